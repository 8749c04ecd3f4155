"""Custom policies, class tables and vocabularies: YAML files, checked and put in the config.

Their content replaces the path, as one line of JSON: steps that depend on it run again when it
changes, and neither steps nor containers need the file.
"""

from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Literal

from pipelines.config.custom_vocabulary import read_vocabulary
from pipelines.config.known_names import did_you_mean
from pipelines.config.parsing import build, load_yaml
from pipelines.config.year_spans import Span, check_gap, check_overlap, read_span
from schemas.config.blocks import LabelsConfig
from schemas.config.serialization import Block, one_line
from schemas.errors import ConfigError
from schemas.labels.classes import AgeClass, age_table
from schemas.labels.policies import (
    AGE_RULES,
    BOUNDS_REVERSED,
    MAX_AGE,
    CustomRule,
    apply_rule,
    rule_names,
)
from schemas.labels.policies import Policy as PolicyTable
from schemas.labels.rejection_reasons import REASONS

MAX_RULES = 100  # The check for unreachable rules grows with their cube.
_AGE_REASONS = tuple(reason for reason in REASONS if reason.startswith("age_"))
_RULE_KEYS = {"rule", "text", "years", "class", "reject"}
_RULE_FORM = "{rule: NAME, text: TEXT or years: LOW-HIGH, class: CLASS or reject: REASON}"


@dataclass(frozen=True)
class _ClassTableFile(Block):
    """A class table: `classes: [0-17, 18-59, ...]`, `between: [years of no class]`."""

    classes: tuple[str | int, ...]
    between: tuple[str | int, ...] = ()


@dataclass(frozen=True)
class _PolicyFile(Block):
    """A policy: `age: [rules in order]`, `photo: any | single_gender`."""

    age: tuple[str | dict[str, str | int], ...]
    photo: Literal["any", "single_gender"] = "any"


def is_file(name: str) -> bool:
    """Whether a policy, class table or vocabulary is a custom file, by its name."""
    return name.endswith((".yaml", ".yml"))


def embed_tables(labels: LabelsConfig) -> LabelsConfig:
    """Replace the paths of custom files by their contents.

    Raises:
      ConfigError: a gap, an overlap, an unreachable rule or a wrong value, with its place.
    """
    if is_file(labels.classes):
        labels = replace(labels, classes=read_classes(Path(labels.classes)))
    if is_file(labels.vocabulary or ""):
        labels = replace(labels, vocabulary=read_vocabulary(Path(labels.vocabulary or "")))
    if is_file(labels.policy):
        policy = read_policy(Path(labels.policy), age_table(labels.classes))
        labels = replace(labels, policy=policy)
    return labels


def read_classes(path: Path) -> str:
    """Read and check a class table; as JSON."""
    table = build(_ClassTableFile, load_yaml(path, "`classes:`"), source=str(path))
    spans = [read_span(path, f"classes.{i}", item) for i, item in enumerate(table.classes)]
    if len(spans) < 2:
        raise ConfigError(f"{path}: classes holds {len(spans)} items, expected two or more.")
    if spans != sorted(spans):
        raise ConfigError(f"{path}: classes are not in order of age; write the youngest first.")
    between = [read_span(path, f"between.{i}", item) for i, item in enumerate(table.between)]
    check_overlap(path, spans + between)
    check_gap(path, spans + between)
    classes = [(f"{low}-{high}", low, high) for low, high, _ in spans]
    return one_line({"name": path.name, "classes": classes})


def read_policy(path: Path, classes: tuple[AgeClass, ...]) -> str:
    """Read and check a policy, whose rules may name the given age classes; as JSON."""
    policy = build(_PolicyFile, load_yaml(path, "`age:`"), source=str(path))
    if not policy.age:
        raise ConfigError(f"{path}: age is an empty list, expected one rule or more.")
    if len(policy.age) > MAX_RULES:
        raise ConfigError(
            f"{path}: age holds {len(policy.age)} rules, expected at most {MAX_RULES}; write years "
            "of the same class as one range."
        )
    names = [age.name for age in classes]
    rules = [_rule(path, f"age.{i}", item, names) for i, item in enumerate(policy.age)]
    _check_rules(path, PolicyTable(tuple(rules)), classes)
    return one_line(
        {
            "name": path.name,
            "age": rules,
            "single_gender_photos": policy.photo == "single_gender",
        }
    )


def _rule(
    path: Path, place: str, item: str | dict[str, str | int], names: list[str]
) -> str | CustomRule:
    if isinstance(item, str):
        if item not in AGE_RULES:
            raise ConfigError(
                f"{path}: {place} is {item!r}{did_you_mean(item, AGE_RULES)}, expected one of "
                f"{', '.join(AGE_RULES)}, or {_RULE_FORM}."
            )
        return item
    if (
        not isinstance(item.get("rule"), str)
        or item.keys() - _RULE_KEYS
        or len(item.keys() & {"text", "years"}) != 1
        or len(item.keys() & {"class", "reject"}) != 1
    ):
        raise ConfigError(f"{path}: {place} is {item!r}, expected {_RULE_FORM}.")
    known = names if "class" in item else _AGE_REASONS
    chosen = str(item.get("class", item.get("reject")))
    if chosen not in known:
        raise ConfigError(f"{path}: {place} names {chosen!r}, expected one of {', '.join(known)}.")
    low, high = read_span(path, f"{place}.years", item["years"])[:2] if "years" in item else (0, 0)
    text = str(item["text"]) if "text" in item else None
    target, reason = (chosen, "") if "class" in item else (None, chosen)
    return CustomRule(str(item["rule"]), text, low, high, target, reason)


def _check_rules(path: Path, policy: PolicyTable, classes: tuple[AgeClass, ...]) -> None:
    names = rule_names(policy)
    for i, name in enumerate(names):
        custom = isinstance(policy.age_rules[i], CustomRule)
        if name in names[:i] or (custom and (name in AGE_RULES or name in REASONS)):
            raise ConfigError(f"{path}: age.{i} is named {name!r}, which is taken; rename it.")
    check_overlap(
        path,
        [
            Span(rule.low, rule.high, f"age.{i}")
            for i, rule in enumerate(policy.age_rules)
            if isinstance(rule, CustomRule) and rule.text is None
        ],
    )
    reached = _reached(policy, classes)
    for i, name in enumerate(names):
        if i not in reached:
            raise ConfigError(
                f"{path}: age.{i} ({name}) is unreachable: the rules before it take every text "
                "that it takes; move it up or remove it."
            )


def _reached(policy: PolicyTable, classes: tuple[AgeClass, ...]) -> set[int]:
    """Indices of the rules that are the first to apply to some text, of all kinds of texts."""
    custom = [rule for rule in policy.age_rules if isinstance(rule, CustomRule)]
    ends = {age.low for age in classes} | {age.high for age in classes}
    ends |= {rule.low for rule in custom} | {rule.high for rule in custom}
    # The decision of a rule changes only at these years and next to them.
    years = sorted({min(max(end + step, 0), MAX_AGE) for end in ends for step in (-1, 0, 1)})
    texts = chain(
        (age.text for age in classes),
        BOUNDS_REVERSED,
        (rule.text for rule in custom if rule.text is not None),
        map(str, years),
        (f"({low}, {high})" for low in years for high in years if low <= high),
    )
    reached: set[int] = set()
    for text in texts:
        index = _first(policy, text, classes)
        reached |= set() if index is None else {index}
        if len(reached) == len(policy.age_rules):  # Before the many ranges, in a valid policy.
            break
    return reached


def _first(policy: PolicyTable, text: str, classes: tuple[AgeClass, ...]) -> int | None:
    rules = enumerate(policy.age_rules)
    return next((i for i, rule in rules if apply_rule(rule, text, classes, text)), None)
