"""Label policies as tables: accepted label texts, their class and the rule that accepts them.

A policy is a row of POLICIES: an ordered list of rules, each a function of the label text. The
first rule that returns a class wins; a text that no rule accepts is rejected with a reason. Texts
are the meanings that `schemas.labels.vocabularies` reads.
"""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from schemas.labels.classes import ADIENCE8, GENDERS, AgeClass

MISSING_TEXTS = ("", "None")  # Adience writes a missing age as `None`, a missing gender as nothing.

# Misspelt official texts, and the text they stand for.
# `(25, 23)`: 72 rows of the Adience files, the digits of 32 exchanged.
BOUNDS_REVERSED = {"(25, 23)": "(25, 32)"}

OFFICIAL = "official"
AGE_INSIDE_CLASS = "age_inside_class"
OVER_LAST_CLASS = "age_over_last_class"

_AGE = re.compile(r"(?P<exact>[0-9]{1,3})|\((?P<low>[0-9]{1,3}), (?P<high>[0-9]{1,3}|inf)\)")

MAX_AGE = 999  # Label texts have at most three digits.
NO_END = MAX_AGE + 1  # Upper bound of `70 or more`.
_OPEN_FROM = 100  # A last class that reaches this age has no upper end: 60-100 is 60 or more.

# Reasons of texts without a meaning.
AGE_UNKNOWN = "age_unknown_text"
GENDER_UNKNOWN = "gender_unknown"
RACE_UNKNOWN = "race_unknown"
_MAPPED = "labels.vocabulary gives a text its meaning"

AgeTable = Sequence[AgeClass]


class LabelDecision(NamedTuple):
    """A label text's class and the rule that gave it, or the reason of its rejection."""

    target: str | None  # Class name; None: rejected.
    rule: str  # Rule name, or the reason of the rejection.
    detail: str = ""  # Message of a rejection.


class AgeSpan(NamedTuple):
    """Years of an age text, both bounds inclusive; an exact age has low == high.

    `high` is NO_END for ages without an upper bound.
    """

    low: int
    high: int


def parse_age(text: str) -> AgeSpan | None:
    """Years of `35`, `(25, 32)` or `(70, inf)`; None for other texts and reversed bounds."""
    match = _AGE.fullmatch(text)
    if match is None:
        return None
    low = int(match["exact"] or match["low"])
    high = NO_END if match["high"] == "inf" else int(match["exact"] or match["high"])
    return AgeSpan(low, high) if low <= high else None


# Texts of Adience's eight classes: official under every table, as the class that encloses them.
_ADIENCE_TEXTS = frozenset(age.text for age in ADIENCE8)


def _official(text: str, classes: AgeTable) -> str | None:
    span = parse_age(text)
    if span is None:
        return None
    if span.high == NO_END:
        span = _closed(span, classes)
        text = f"({span.low}, {span.high})"
    if text not in _ADIENCE_TEXTS and text not in {age.text for age in classes}:
        return None
    return _enclosing(span, classes)


def _bounds_reversed(text: str, classes: AgeTable) -> str | None:
    return _official(BOUNDS_REVERSED.get(text, ""), classes)


def _closed(span: AgeSpan, classes: AgeTable) -> AgeSpan:
    """Ages without an upper bound that begin in a last class without one: to its end."""
    last = classes[-1]
    if span.high == NO_END and last.high >= _OPEN_FROM and span.low <= last.high:
        return AgeSpan(span.low, last.high)
    return span


def _enclosing(span: AgeSpan, classes: AgeTable) -> str | None:
    span = _closed(span, classes)
    return next(
        (age.name for age in classes if age.low <= span.low and span.high <= age.high), None
    )


def _inside_class(text: str, classes: AgeTable, *, exact: bool) -> str | None:
    span = parse_age(text)
    return _enclosing(span, classes) if span and (span.low == span.high) == exact else None


def _nearest_class(text: str, classes: AgeTable) -> str | None:
    span = parse_age(text)
    if span is None:
        return None
    span = _closed(span, classes)
    high = max(span.low, classes[-1].high) if span.high == NO_END else span.high
    twice = span.low + high  # Twice the midpoint: whole numbers tie exactly.
    return min(classes, key=lambda age: max(2 * age.low - twice, twice - 2 * age.high, 0)).name


def _over_last_class(text: str, classes: AgeTable) -> str | None:
    """Ages and ranges beyond a last class without an upper end, such as 105 beyond 60-100."""
    span, last = parse_age(text), classes[-1]
    beyond = span is not None and last.low <= span.low and last.high < span.high
    return last.name if beyond and last.high >= _OPEN_FROM else None


# Rules by their stable names, as counted under `repaired` in the label report.
AGE_RULES: dict[str, Callable[[str, AgeTable], str | None]] = {
    OFFICIAL: _official,
    "bounds_reversed": _bounds_reversed,
    "range_inside_class": partial(_inside_class, exact=False),
    AGE_INSIDE_CLASS: partial(_inside_class, exact=True),
    OVER_LAST_CLASS: _over_last_class,
    "nearest_class": _nearest_class,  # Ties: the younger class.
}


class CustomRule(NamedTuple):
    """A rule of a custom policy, for one text or for all ages and ranges inside its years."""

    name: str
    text: str | None  # None: `low` and `high` apply.
    low: int
    high: int
    target: str | None  # Class name; None rejects.
    reason: str = ""  # Of the rejection.

    def takes(self, text: str, written: str) -> bool:
        """Whether the rule applies to a text, by its meaning or by its own wording."""
        if self.text is not None:
            return self.text in (text, written)
        span = parse_age(text)
        return span is not None and self.low <= span.low and min(span.high, MAX_AGE) <= self.high


class Policy(NamedTuple):
    """Age rules, tried in order, and the condition on photos."""

    age_rules: tuple[str | CustomRule, ...]  # Keys of AGE_RULES, or custom ones.
    single_gender_photos: bool = False  # Reject all faces of mixed photos.


_REPAIRS = ("bounds_reversed", "range_inside_class", AGE_INSIDE_CLASS, OVER_LAST_CLASS)

POLICIES: dict[str, Policy] = {
    "strict": Policy((OFFICIAL,)),
    "repaired": Policy((OFFICIAL, *_REPAIRS)),
    "nearest": Policy((OFFICIAL, *_REPAIRS, "nearest_class")),
    "single_gender_photo": Policy((OFFICIAL,), single_gender_photos=True),
}


@lru_cache
def policy_of(policy: str) -> Policy:
    """The policy of a config: a key of POLICIES, or a custom policy as JSON."""
    if policy in POLICIES:
        return POLICIES[policy]
    raw = json.loads(policy)
    rules = tuple(rule if isinstance(rule, str) else CustomRule(*rule) for rule in raw["age"])
    if AGE_INSIDE_CLASS in rules and OVER_LAST_CLASS not in rules:
        rules += (OVER_LAST_CLASS,)
    return Policy(rules, raw["single_gender_photos"])


def rule_names(policy: Policy) -> tuple[str, ...]:
    """The names of a policy's age rules, in order."""
    return tuple(rule if isinstance(rule, str) else rule.name for rule in policy.age_rules)


def decide_age(
    text: str, policy: str, classes: AgeTable, written: str | None = None
) -> LabelDecision:
    """The class of an age under a policy (see `policy_of`), or the reason of its rejection.

    Args:
      text: the meaning of the label text.
      policy: see `policy_of`.
      classes: the class table.
      written: the label text itself; by default `text`.
    """
    written = text if written is None else written
    for rule in policy_of(policy).age_rules:
        if (decision := apply_rule(rule, text, classes, written)) is not None:
            return decision
    return _age_rejection(text, classes, written)


def apply_rule(
    rule: str | CustomRule, text: str, classes: AgeTable, written: str
) -> LabelDecision | None:
    """The decision of one rule; None if the rule does not apply."""
    if isinstance(rule, CustomRule):
        if not rule.takes(text, written):
            return None
        detail = "" if rule.target else f"age {written!r} is rejected by rule {rule.name!r}"
        return LabelDecision(rule.target, rule.name if rule.target else rule.reason, detail)
    name = AGE_RULES[rule](text, classes)
    return None if name is None else LabelDecision(name, rule)


def _age_rejection(text: str, classes: AgeTable, written: str) -> LabelDecision:
    texts = " ".join(age.text for age in classes)
    if text in MISSING_TEXTS:
        return LabelDecision(None, "age_missing", f"age is {written!r}, expected one of {texts}")
    span = parse_age(text)
    if span is None or _enclosing(span, classes):
        return LabelDecision(
            None,
            AGE_UNKNOWN,
            f"age {written!r} has no rule in this policy, expected one of {texts}; {_MAPPED}; "
            "a policy with more rules is set by labels.policy, "
            "a new rule by schemas/labels/policies.py",
        )
    touched = [age.name for age in classes if span.low <= age.high and age.low <= span.high]
    if touched:
        where = " and ".join(touched)
        return LabelDecision(
            None, "age_spans_classes", f"age {written!r} reaches into and beyond {where}"
        )
    return LabelDecision(None, "age_between_classes", f"age {written!r} lies in none of {texts}")


def decide_gender(text: str, written: str | None = None) -> LabelDecision:
    """The class of a gender (as `decide_age`), or the reason of its rejection."""
    written = text if written is None else written
    if text in GENDERS:
        return LabelDecision(text, OFFICIAL)
    expected = f"gender is {written!r}, expected one of {', '.join(GENDERS)}"
    if text in MISSING_TEXTS:
        return LabelDecision(None, "gender_missing", expected)
    return LabelDecision(None, GENDER_UNKNOWN, f"{expected}; {_MAPPED}")


def decide_race(
    text: str, races: Mapping[str, Sequence[str]], written: str | None = None
) -> LabelDecision:
    """The class of a race (as `decide_age`) in a race table, or the reason of its rejection."""
    written = text if written is None else written
    if text in MISSING_TEXTS:
        came = f"race is {written!r}" if written else "no race is given"
        detail = f"{came}, expected one of {', '.join(races)}; use another labels.target"
        return LabelDecision(None, "race_missing", detail)
    for name, members in races.items():
        if text in members:
            return LabelDecision(name, OFFICIAL)
    detail = (
        f"race is {written!r}, expected one of {', '.join(races)}; {_MAPPED}, "
        "and the classes are set by labels.races"
    )
    return LabelDecision(None, RACE_UNKNOWN, detail)
