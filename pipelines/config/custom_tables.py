"""A user's policy or class table: a YAML file, checked and carried in the config as its content.

The content stands in the config in place of the path, as one line of JSON: so every step that
depends on it runs again when it changes, and no step or container needs the file.
"""

import dataclasses
import json
import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

from pipelines.config.known_names import did_you_mean
from schemas.config.blocks import LabelsConfig
from schemas.errors import ConfigError
from schemas.labels.classes import AgeClass, age_table
from schemas.labels.policies import AGE_RULES, BOUNDS_REVERSED, CustomRule, apply_rule, rule_names
from schemas.labels.policies import Policy as PolicyTable
from schemas.labels.rejection_reasons import REASONS

Read = Callable[[Path, str], dict[str, Any]]  # (file, keys that it should have).

OLDEST = 999  # Label texts have three digits at most.
_YEARS = re.compile(r"([0-9]{1,3})-([0-9]{1,3})")
_AGE_REASONS = tuple(reason for reason in REASONS if reason.startswith("age_"))
_RULE_KEYS = {"rule", "text", "years", "class", "reject"}
_RULE_FORM = "{rule: NAME, text: TEXT or years: LOW-HIGH, class: CLASS or reject: REASON}"


def is_file(name: str) -> bool:
    """Whether a config's policy or class table is a file of the user's."""
    return name.endswith((".yaml", ".yml"))


def embed_tables(labels: LabelsConfig, read: Read) -> LabelsConfig:
    """Put the contents of a user's files in place of their paths.

    Raises:
      ConfigError: a gap, an overlap, an unreachable rule or a wrong word, with its place.
    """
    if is_file(labels.classes):
        text = read_classes(Path(labels.classes), read)
        labels = dataclasses.replace(labels, classes=text)
    if is_file(labels.policy):
        text = read_policy(Path(labels.policy), age_table(labels.classes), read)
        labels = dataclasses.replace(labels, policy=text)
    return labels


def read_classes(path: Path, read: Read) -> str:
    """A class table file as JSON: `classes: [0-17, 18-59, ...]`, `between: [years of no class]`."""
    raw = read(path, "`classes:`")
    _check_keys(path, raw, {"classes", "between"})
    spans = _spans(path, "classes", raw.get("classes"))
    if len(spans) < 2:
        raise ConfigError(f"{path}: classes holds {len(spans)} items, expected two or more.")
    between = _spans(path, "between", raw.get("between", []))
    _check_cover(path, spans, between)
    classes = [(f"{low}-{high}", low, high) for low, high in spans]
    return _one_line({"name": path.name, "classes": classes})


def _spans(path: Path, key: str, items: Any) -> list[tuple[int, int]]:
    if not isinstance(items, list):
        raise ConfigError(f"{path}: {key} is {items!r}, expected a list such as [0-17, 18-59].")
    return [_span(f"{path}: {key}.{place}", item) for place, item in enumerate(items)]


def _span(where: str, item: Any) -> tuple[int, int]:
    """(first year, last year) of `8-12`, or of one year."""
    match = _YEARS.fullmatch(f"{item}-{item}" if isinstance(item, int) else str(item))
    if match is None or int(match[1]) > int(match[2]):
        raise ConfigError(f"{where} is {item!r}, expected years such as 8-12, the lower first.")
    return int(match[1]), int(match[2])


def _check_cover(path: Path, spans: list[tuple[int, int]], between: list[tuple[int, int]]) -> None:
    """Each year from the first class to the last is of one class, or named as of none."""
    named = [(*span, f"classes.{place}") for place, span in enumerate(spans)]
    named += [(*span, f"between.{place}") for place, span in enumerate(between)]
    if spans != sorted(spans):
        raise ConfigError(f"{path}: classes are not in order of age; write the youngest first.")
    named.sort()
    for (low, high, one), (next_low, next_high, other) in pairwise(named):
        if next_low <= high:
            raise ConfigError(
                f"{path}: an overlap: {one} ({low}-{high}) and {other} ({next_low}-{next_high}) "
                f"both hold {next_low}; give each year to one."
            )
        if next_low > high + 1:
            raise ConfigError(
                f"{path}: a gap: the years {high + 1}-{next_low - 1} between {one} ({low}-{high}) "
                f"and {other} ({next_low}-{next_high}) are of no class; widen one, or name them: "
                f"`between: [{high + 1}-{next_low - 1}]`."
            )


def read_policy(path: Path, classes: tuple[AgeClass, ...], read: Read) -> str:
    """A policy file as JSON: `age: [rules in order]`, `photo: any | single_gender`."""
    raw = read(path, "`age:`")
    _check_keys(path, raw, {"age", "photo"})
    items = raw.get("age")
    if not isinstance(items, list) or not items:
        raise ConfigError(f"{path}: age is {items!r}, expected a list of rules.")
    photo = raw.get("photo", "any")
    if photo not in ("any", "single_gender"):
        raise ConfigError(f"{path}: photo is {photo!r}, expected any or single_gender.")
    rules = [
        _rule(f"{path}: age.{place}", item, [one.name for one in classes])
        for place, item in enumerate(items)
    ]
    _check_rules(path, PolicyTable(tuple(rules)), classes)
    return _one_line(
        {"name": path.name, "age": rules, "single_gender_photos": photo == "single_gender"}
    )


def _rule(where: str, item: Any, names: list[str]) -> str | CustomRule:
    if isinstance(item, str):
        if item not in AGE_RULES:
            raise ConfigError(
                f"{where} is {item!r}{did_you_mean(item, AGE_RULES)}, expected one of "
                f"{', '.join(AGE_RULES)}, or {_RULE_FORM}."
            )
        return item
    if (
        not isinstance(item, dict)
        or not isinstance(item.get("rule"), str)
        or item.keys() - _RULE_KEYS
        or len(item.keys() & {"text", "years"}) != 1
        or len(item.keys() & {"class", "reject"}) != 1
    ):
        raise ConfigError(f"{where} is {item!r}, expected {_RULE_FORM}.")
    known = names if "class" in item else _AGE_REASONS
    chosen = str(item.get("class", item.get("reject")))
    if chosen not in known:
        raise ConfigError(f"{where} names {chosen!r}, expected one of {', '.join(known)}.")
    low, high = _span(f"{where}.years", item["years"]) if "years" in item else (0, 0)
    text = str(item["text"]) if "text" in item else None
    target, reason = (chosen, "") if "class" in item else (None, chosen)
    return CustomRule(item["rule"], text, low, high, target, reason)


def _check_rules(path: Path, policy: PolicyTable, classes: tuple[AgeClass, ...]) -> None:
    names = rule_names(policy)
    for place, name in enumerate(names):
        rule = policy.age_rules[place]
        taken = AGE_RULES.keys() | set(REASONS) if isinstance(rule, CustomRule) else set()
        if name in taken or name in names[:place]:
            raise ConfigError(f"{path}: age.{place} is named {name!r}, which is taken; rename it.")
    _check_years(path, policy)
    reached = _reached(policy, classes)
    for place, name in enumerate(names):
        if place not in reached:
            raise ConfigError(
                f"{path}: age.{place} ({name}) is unreachable: the rules before it take every text "
                "that it takes; move it up or remove it."
            )


def _check_years(path: Path, policy: PolicyTable) -> None:
    own = [
        (rule.low, rule.high, place)
        for place, rule in enumerate(policy.age_rules)
        if isinstance(rule, CustomRule) and rule.text is None
    ]
    own.sort()
    for (low, high, one), (next_low, next_high, other) in pairwise(own):
        if next_low <= high:
            raise ConfigError(
                f"{path}: an overlap: age.{one} ({low}-{high}) and age.{other} "
                f"({next_low}-{next_high}) both take {next_low}; give each year to one rule."
            )


def _reached(policy: PolicyTable, classes: tuple[AgeClass, ...]) -> set[int]:
    """The places of rules that are the first to take some text, asked of every kind of text."""
    own = [rule for rule in policy.age_rules if isinstance(rule, CustomRule)]
    ends = {age.low for age in classes} | {age.high for age in classes}
    ends |= {rule.low for rule in own} | {rule.high for rule in own}
    # What a rule says changes only at these years and beside them.
    years = sorted({min(max(end + step, 0), OLDEST) for end in ends for step in (-1, 0, 1)})
    texts = {age.text for age in classes} | set(BOUNDS_REVERSED)
    texts |= {rule.text for rule in own if rule.text is not None}
    texts |= {str(year) for year in years}
    texts |= {f"({low}, {high})" for low in years for high in years if low <= high}
    return {place for text in texts if (place := _first(policy, text, classes)) is not None}


def _first(policy: PolicyTable, text: str, classes: tuple[AgeClass, ...]) -> int | None:
    rules = enumerate(policy.age_rules)
    return next((place for place, rule in rules if apply_rule(rule, text, classes)), None)


def _check_keys(path: Path, raw: dict[str, Any], known: set[str]) -> None:
    for key in raw:
        if key not in known:
            raise ConfigError(
                f"{path}: unknown key {key!r}{did_you_mean(str(key), known)}. "
                f"Known keys: {', '.join(sorted(known))}."
            )


def _one_line(value: dict[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
