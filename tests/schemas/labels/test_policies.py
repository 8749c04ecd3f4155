"""Label policies: every text of the real files has a decision."""

import csv
from itertools import pairwise
from pathlib import Path

import pytest

from schemas.labels.classes import ADIENCE8, AGE_TABLES, SEVEN
from schemas.labels.policies import POLICIES, decide_age, decide_gender, parse_age
from schemas.labels.rejection_reasons import REASONS

OFFICIAL = {
    "(0, 2)": "0-2",
    "(4, 6)": "4-6",
    "(8, 12)": "8-12",
    "(15, 20)": "15-20",
    "(25, 32)": "25-32",
    "(38, 43)": "38-43",
    "(48, 53)": "48-53",
    "(60, 100)": "60-100",
}

# The other texts: (class or None, rule or reason) under `repaired`.
REPAIRED = {
    "(25, 23)": ("25-32", "bounds_reversed"),
    "(27, 32)": ("25-32", "range_inside_class"),
    "(38, 42)": ("38-43", "range_inside_class"),
    "2": ("0-2", "age_inside_class"),
    "29": ("25-32", "age_inside_class"),
    "32": ("25-32", "age_inside_class"),
    "42": ("38-43", "age_inside_class"),
    "(38, 48)": (None, "age_spans_classes"),
    "(8, 23)": (None, "age_spans_classes"),
    "None": (None, "age_missing"),
    "3": (None, "age_between_classes"),
    "13": (None, "age_between_classes"),
    "22": (None, "age_between_classes"),
    "23": (None, "age_between_classes"),
    "34": (None, "age_between_classes"),
    "35": (None, "age_between_classes"),
    "36": (None, "age_between_classes"),
    "45": (None, "age_between_classes"),
    "46": (None, "age_between_classes"),
    "55": (None, "age_between_classes"),
    "56": (None, "age_between_classes"),
    "57": (None, "age_between_classes"),
    "58": (None, "age_between_classes"),
}


def column(shared_data: Path, name: str) -> set[str]:
    texts = set()
    for path in (shared_data / "adience").glob("fold_*_data.txt"):
        with path.open(encoding="utf-8", newline="") as file:
            texts |= {row[name] for row in csv.DictReader(file, delimiter="\t")}
    return texts


def test_the_tables_here_hold_every_real_age_text(shared_data: Path) -> None:
    assert column(shared_data, "age") == OFFICIAL.keys() | REPAIRED.keys()
    assert len(OFFICIAL) + len(REPAIRED) == 31


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(("text", "name"), OFFICIAL.items())
def test_an_official_text_is_its_class_under_every_policy(
    text: str, name: str, policy: str
) -> None:
    assert decide_age(text, policy, ADIENCE8) == (name, "official", "")


@pytest.mark.parametrize(("text", "decision"), REPAIRED.items())
def test_repaired_accepts_ages_inside_a_class(text: str, decision: tuple[str | None, str]) -> None:
    assert decide_age(text, "repaired", ADIENCE8)[:2] == decision


@pytest.mark.parametrize(("text", "decision"), REPAIRED.items())
def test_strict_rejects_unofficial_texts(text: str, decision: tuple[str | None, str]) -> None:
    name, reason = decision
    wanted = reason if name is None else "age_unknown_text"

    found = decide_age(text, "strict", ADIENCE8)

    assert (found.target, found.rule) == (None, wanted)
    assert found.detail
    assert repr(text) in found.detail


@pytest.mark.parametrize(
    "text",
    ["25-32", "(25,32)", "( 25, 32)", "(32, 25)", "adult", "-5", "25.5", "٣٥", "1000", "35\n"],
)
@pytest.mark.parametrize("policy", POLICIES)
def test_a_text_without_a_rule_is_unknown(text: str, policy: str) -> None:
    decision = decide_age(text, policy, ADIENCE8)

    assert (decision.target, decision.rule) == (None, "age_unknown_text")
    assert "expected one of (0, 2) (4, 6)" in decision.detail


# Under `nearest`: what `repaired` gives, and these; 35 is 3 years from two, the younger has it.
NEAREST = {
    "3": "0-2", "13": "8-12", "22": "15-20", "23": "25-32", "34": "25-32", "35": "25-32",
    "36": "38-43", "45": "38-43", "46": "48-53", "55": "48-53", "56": "48-53", "57": "60-100",
    "58": "60-100", "(38, 48)": "38-43", "(8, 23)": "15-20",
}  # fmt: skip


@pytest.mark.parametrize("text", REPAIRED)
def test_nearest_gives_every_numeric_age_the_nearest_class(text: str) -> None:
    name, rule = REPAIRED[text]
    wanted = (name, rule) if name else (NEAREST.get(text), "nearest_class")

    found = decide_age(text, "nearest", ADIENCE8)

    assert found[:2] == ((None, "age_missing") if text == "None" else wanted)


SEVEN_NAMES = ["0-3", "4-6", "8-13", "15-23", "25-33", "34-54", "34-54", "55-100"]


@pytest.mark.parametrize(("text", "name"), zip(OFFICIAL, SEVEN_NAMES, strict=True))
@pytest.mark.parametrize("policy", POLICIES)
def test_an_official_text_has_its_class_among_seven(text: str, name: str, policy: str) -> None:
    assert decide_age(text, policy, SEVEN) == (name, "official", "")


@pytest.mark.parametrize("table", AGE_TABLES)
def test_the_classes_of_a_table_are_in_order_and_apart(table: str) -> None:
    bounds = [bound for age in AGE_TABLES[table] for bound in (age.low, age.high)]

    assert bounds == sorted(bounds)
    assert all(one.high < other.low for one, other in pairwise(AGE_TABLES[table]))


@pytest.mark.parametrize("table", AGE_TABLES)
@pytest.mark.parametrize("policy", POLICIES)
def test_every_real_text_has_a_decision_under_every_policy_and_table(
    policy: str, table: str
) -> None:
    for text in [*OFFICIAL, *REPAIRED]:
        decision = decide_age(text, policy, AGE_TABLES[table])

        names = {age.name for age in AGE_TABLES[table]}
        assert decision.target in names if decision.target else decision.rule in REASONS


def test_an_empty_age_is_missing() -> None:
    assert decide_age("", "repaired", ADIENCE8)[:2] == (None, "age_missing")


def test_parse_age_reads_years_and_ranges() -> None:
    assert parse_age("35") == (35, 35)
    assert parse_age("(8, 23)") == (8, 23)
    assert parse_age("(25, 23)") is None


@pytest.mark.parametrize(
    ("text", "target", "rule"),
    [
        ("m", "m", "official"),
        ("f", "f", "official"),
        ("", None, "gender_missing"),
        ("u", None, "gender_unknown"),
        ("M", None, "gender_unknown"),
    ],
)
def test_a_gender_text_has_a_decision(text: str, target: str | None, rule: str) -> None:
    assert decide_gender(text)[:2] == (target, rule)


def test_the_real_gender_texts_are_those_above(shared_data: Path) -> None:
    assert column(shared_data, "gender") == {"m", "f", "", "u"}


def test_every_rejection_is_a_stable_reason() -> None:
    rejections = {rule for name, rule in REPAIRED.values() if name is None}

    assert rejections | {"age_unknown_text", "gender_missing", "gender_unknown"} <= set(REASONS)
    assert len(set(REASONS)) == len(REASONS)
