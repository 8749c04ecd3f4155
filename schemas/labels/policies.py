"""Label policies as tables: accepted label texts, their class and the rule that accepts them.

A policy is a row of POLICIES: an ordered list of rules, each a function of the label text. The
first rule that returns a class wins; a text that no rule accepts is rejected with a reason.
"""

import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from schemas.labels.classes import ADIENCE8, GENDERS, AgeClass

MISSING_TEXTS = ("", "None")  # Adience writes a missing age as `None`, a missing gender as nothing.

# Misspelt official texts, and the text they stand for.
# `(25, 23)`: 72 rows of the Adience files, the digits of 32 exchanged.
BOUNDS_REVERSED = {"(25, 23)": "(25, 32)"}

OFFICIAL = "official"

_AGE = re.compile(r"(?P<exact>[0-9]{1,3})|\((?P<low>[0-9]{1,3}), (?P<high>[0-9]{1,3})\)")

AgeTable = Sequence[AgeClass]


class LabelDecision(NamedTuple):
    """A label text's class and the rule that gave it, or the reason of its rejection."""

    target: str | None  # Class name; None: rejected.
    rule: str  # Rule name, or the reason of the rejection.
    detail: str = ""  # Message of a rejection.


class AgeSpan(NamedTuple):
    """Years of an age text, both bounds inclusive; an exact age has low == high."""

    low: int
    high: int


def parse_age(text: str) -> AgeSpan | None:
    """Years of `35` or `(25, 32)`; None for any other text and for reversed bounds."""
    match = _AGE.fullmatch(text)
    if match is None:
        return None
    low = int(match["exact"] or match["low"])
    high = int(match["exact"] or match["high"])
    return AgeSpan(low, high) if low <= high else None


# Texts of Adience's eight classes: official under every table, as the class that encloses them.
_ADIENCE_TEXTS = frozenset(age.text for age in ADIENCE8)


def _official(text: str, classes: AgeTable) -> str | None:
    span = parse_age(text)
    if span is None or not (text in _ADIENCE_TEXTS or text in {age.text for age in classes}):
        return None
    return _enclosing(span, classes)


def _bounds_reversed(text: str, classes: AgeTable) -> str | None:
    return _official(BOUNDS_REVERSED.get(text, ""), classes)


def _enclosing(span: AgeSpan, classes: AgeTable) -> str | None:
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
    twice = span.low + span.high  # Twice the midpoint: whole numbers tie exactly.
    return min(classes, key=lambda age: max(2 * age.low - twice, twice - 2 * age.high, 0)).name


# Rules by their stable names, as counted under `repaired` in the label report.
AGE_RULES: dict[str, Callable[[str, AgeTable], str | None]] = {
    OFFICIAL: _official,
    "bounds_reversed": _bounds_reversed,
    "range_inside_class": partial(_inside_class, exact=False),
    "age_inside_class": partial(_inside_class, exact=True),
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

    def takes(self, text: str) -> bool:
        """Whether the rule applies to a text."""
        if self.text is not None:
            return text == self.text
        span = parse_age(text)
        return span is not None and self.low <= span.low and span.high <= self.high


class Policy(NamedTuple):
    """Age rules, tried in order, and the condition on photos."""

    age_rules: tuple[str | CustomRule, ...]  # Keys of AGE_RULES, or custom ones.
    single_gender_photos: bool = False  # Reject all faces of mixed photos.


_REPAIRS = ("bounds_reversed", "range_inside_class", "age_inside_class")

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
    return Policy(rules, raw["single_gender_photos"])


def rule_names(policy: Policy) -> tuple[str, ...]:
    """The names of a policy's age rules, in order."""
    return tuple(rule if isinstance(rule, str) else rule.name for rule in policy.age_rules)


def decide_age(text: str, policy: str, classes: AgeTable) -> LabelDecision:
    """The class of an age text under a policy (see `policy_of`), or the reason of its rejection."""
    for rule in policy_of(policy).age_rules:
        if (decision := apply_rule(rule, text, classes)) is not None:
            return decision
    return _age_rejection(text, classes)


def apply_rule(rule: str | CustomRule, text: str, classes: AgeTable) -> LabelDecision | None:
    """The decision of one rule; None if the rule does not apply."""
    if isinstance(rule, CustomRule):
        if not rule.takes(text):
            return None
        detail = "" if rule.target else f"age {text!r} is rejected by rule {rule.name!r}"
        return LabelDecision(rule.target, rule.name if rule.target else rule.reason, detail)
    name = AGE_RULES[rule](text, classes)
    return None if name is None else LabelDecision(name, rule)


def _age_rejection(text: str, classes: AgeTable) -> LabelDecision:
    texts = " ".join(age.text for age in classes)
    if text in MISSING_TEXTS:
        return LabelDecision(None, "age_missing", f"age is {text!r}, expected one of {texts}")
    span = parse_age(text)
    if span is None or _enclosing(span, classes):
        return LabelDecision(
            None,
            "age_unknown_text",
            f"age {text!r} has no rule in this policy, expected one of {texts}; "
            "a policy with more rules is set by labels.policy, "
            "a new rule by schemas/labels/policies.py",
        )
    touched = [age.name for age in classes if span.low <= age.high and age.low <= span.high]
    if touched:
        where = " and ".join(touched)
        return LabelDecision(
            None, "age_spans_classes", f"age {text!r} reaches into and beyond {where}"
        )
    return LabelDecision(None, "age_between_classes", f"age {text!r} lies in none of {texts}")


def decide_gender(text: str) -> LabelDecision:
    """The class of a gender text, or the reason of its rejection."""
    if text in GENDERS:
        return LabelDecision(text, OFFICIAL)
    reason = "gender_missing" if text in MISSING_TEXTS else "gender_unknown"
    return LabelDecision(None, reason, f"gender is {text!r}, expected one of {', '.join(GENDERS)}")
