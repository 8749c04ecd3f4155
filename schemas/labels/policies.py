"""Label policies as tables: which label texts are accepted, as which class, under which rule.

A policy is a row of POLICIES: an ordered list of rules, each a small function of what was written.
The first rule that names a class wins; a text that none accepts gets the reason of its shape.
"""

import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from schemas.labels.classes import ADIENCE8, GENDERS, AgeClass

MISSING_TEXTS = ("", "None")  # Adience writes a missing age as `None`, a missing gender as nothing.

# Texts that are official ones with a slip of the pen: read as the second one.
# `(25, 23)`: 72 rows of the Adience files, the digits of 32 exchanged.
BOUNDS_REVERSED = {"(25, 23)": "(25, 32)"}

OFFICIAL = "official"

_AGE = re.compile(r"(?P<exact>[0-9]{1,3})|\((?P<low>[0-9]{1,3}), (?P<high>[0-9]{1,3})\)")

AgeTable = Sequence[AgeClass]


class Fate(NamedTuple):
    """What becomes of one label text: a class and the rule that gave it, or a reason."""

    target: str | None  # Class name; None means that the text is rejected.
    rule: str  # Rule name, or the rejection's reason.
    detail: str = ""  # Of a rejection: what came, what was expected, the mend.


class AgeSpan(NamedTuple):
    """The years that an age text names, both ends included; an exact age has low == high."""

    low: int
    high: int

    @property
    def exact(self) -> bool:
        """Whether one year is named, and no range."""
        return self.low == self.high


def parse_age(text: str) -> AgeSpan | None:
    """Years named by `35` or `(25, 32)`; None where the text is neither, or runs backwards."""
    match = _AGE.fullmatch(text)
    if match is None:
        return None
    low = int(match["exact"] or match["low"])
    high = int(match["exact"] or match["high"])
    return AgeSpan(low, high) if low <= high else None


# What Adience writes for its eight classes: official under every table, as the class around it.
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


def _range_inside_class(text: str, classes: AgeTable) -> str | None:
    span = parse_age(text)
    return _enclosing(span, classes) if span and not span.exact else None


def _age_inside_class(text: str, classes: AgeTable) -> str | None:
    span = parse_age(text)
    return _enclosing(span, classes) if span and span.exact else None


def _nearest_class(text: str, classes: AgeTable) -> str | None:
    span = parse_age(text)
    if span is None:
        return None
    twice = span.low + span.high  # Twice the midpoint: whole numbers tie exactly.
    return min(classes, key=lambda age: max(2 * age.low - twice, twice - 2 * age.high, 0)).name


# Every rule by its stable name, as counted under `repaired` in the label report.
AGE_RULES: dict[str, Callable[[str, AgeTable], str | None]] = {
    OFFICIAL: _official,
    "bounds_reversed": _bounds_reversed,
    "range_inside_class": _range_inside_class,
    "age_inside_class": _age_inside_class,
    "nearest_class": _nearest_class,  # Of two that are as near, the younger.
}


class OwnRule(NamedTuple):
    """A rule of a user's policy: one text, or every age and range inside some years."""

    name: str
    text: str | None  # None: `low` and `high` say what it takes.
    low: int
    high: int
    target: str | None  # Class name; None rejects.
    reason: str = ""  # Of the rejection.

    def takes(self, text: str) -> bool:
        """Whether the rule decides about a text."""
        if self.text is not None:
            return text == self.text
        span = parse_age(text)
        return span is not None and self.low <= span.low and span.high <= self.high


class Policy(NamedTuple):
    """A named list of age rules, tried in order, and what is asked of a photo."""

    age_rules: tuple[str | OwnRule, ...]  # Keys of AGE_RULES, or a user's.
    single_gender_photos: bool = False  # Photos with faces of both genders are rejected whole.


_REPAIRS = ("bounds_reversed", "range_inside_class", "age_inside_class")

POLICIES: dict[str, Policy] = {
    "strict": Policy((OFFICIAL,)),
    "repaired": Policy((OFFICIAL, *_REPAIRS)),
    "nearest": Policy((OFFICIAL, *_REPAIRS, "nearest_class")),
    "single_gender_photo": Policy((OFFICIAL,), single_gender_photos=True),
}


@lru_cache
def policy_of(policy: str) -> Policy:
    """The policy of a config: a key of POLICIES, or the content of a user's."""
    if policy in POLICIES:
        return POLICIES[policy]
    raw = json.loads(policy)
    rules = tuple(rule if isinstance(rule, str) else OwnRule(*rule) for rule in raw["age"])
    return Policy(rules, raw["single_gender_photos"])


def rule_names(policy: Policy) -> tuple[str, ...]:
    """The names of a policy's age rules, in order."""
    return tuple(rule if isinstance(rule, str) else rule.name for rule in policy.age_rules)


def age_fate(text: str, policy: str, classes: AgeTable) -> Fate:
    """The class of an age text under a policy, or the reason of its rejection.

    Args:
      text: as written in the label file.
      policy: as `policy_of` takes it.
      classes: a table of `schemas.labels.classes.age_table`.
    """
    for rule in policy_of(policy).age_rules:
        if (fate := try_rule(rule, text, classes)) is not None:
            return fate
    return _age_rejection(text, classes)


def try_rule(rule: str | OwnRule, text: str, classes: AgeTable) -> Fate | None:
    """What one rule says of a text; None where it leaves it to the next."""
    if isinstance(rule, OwnRule):
        if not rule.takes(text):
            return None
        detail = "" if rule.target else f"age {text!r} is rejected by rule {rule.name!r}"
        return Fate(rule.target, rule.name if rule.target else rule.reason, detail)
    name = AGE_RULES[rule](text, classes)
    return None if name is None else Fate(name, rule)


def _age_rejection(text: str, classes: AgeTable) -> Fate:
    if text in MISSING_TEXTS:
        return Fate(None, "age_missing", f"age is {text!r}, expected one of {_texts(classes)}")
    span = parse_age(text)
    if span is None or _enclosing(span, classes):
        return Fate(
            None,
            "age_unknown_text",
            f"age {text!r} has no rule in this policy, expected one of {_texts(classes)}; "
            "a policy with more rules is set by labels.policy, "
            "a new rule by schemas/labels/policies.py",
        )
    touched = [age.name for age in classes if span.low <= age.high and age.low <= span.high]
    if touched:
        where = " and ".join(touched)
        return Fate(None, "age_spans_classes", f"age {text!r} reaches into and beyond {where}")
    return Fate(None, "age_between_classes", f"age {text!r} lies in none of {_texts(classes)}")


def gender_fate(text: str) -> Fate:
    """The class of a gender text, or the reason of its rejection."""
    if text in GENDERS:
        return Fate(text, OFFICIAL)
    reason = "gender_missing" if text in MISSING_TEXTS else "gender_unknown"
    return Fate(None, reason, f"gender is {text!r}, expected one of {', '.join(GENDERS)}")


def _texts(classes: AgeTable) -> str:
    return " ".join(age.text for age in classes)
