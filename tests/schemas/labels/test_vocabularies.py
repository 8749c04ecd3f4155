"""Vocabularies: what each reads, and what stays unknown."""

import json
import re

import pytest

from schemas.labels.classes import ADIENCE8, FAIRFACE9, RACE_TABLES, SEVEN, AgeClass
from schemas.labels.policies import decide_age, decide_gender, decide_race, parse_age
from schemas.labels.vocabularies import VOCABULARIES, for_source, read_label

# Years of the texts as a person reads them; None: missing.
COMMON_AGES: dict[str, tuple[int, float] | None] = {
    "25": (25, 25), " 25 ": (25, 25), "25.0": (25, 25), "2.9": (2, 2), "05": (5, 5),
    "20-29": (20, 29), "20 - 29": (20, 29), "20\u201329": (20, 29), "20 to 29": (20, 29),
    "(25,32)": (25, 32), "(25, 32)": (25, 32), "( 25 , 32 )": (25, 32), "[25, 32]": (25, 32),
    "70+": (70, 999), "70 +": (70, 999), "more than 70": (70, 999), "More  than 70": (70, 999),
    ">=70": (70, 999), "70 and older": (70, 999), "70 or more": (70, 999),
    "nan": None, "NaN": None, "-1": None, "-1.0": None, "NA": None, "n/a": None, "null": None,
    "None": None, "?": None, "": None, " ": None,
}  # fmt: skip
UNKNOWN_AGES = [
    "adult", "-5", "1000", "25,32", "32-25x", "20s", "1e1", "٣٥", "(24, 32]", "[25, 33)",
    "25-32-40", "--", "25.", ".5", "25 years", "more than", "70++", "(25 32)",
]  # fmt: skip


@pytest.mark.parametrize(("text", "years"), COMMON_AGES.items())
def test_common_reads_ages(text: str, years: tuple[int, float] | None) -> None:
    reading = read_label("common", "age", text)

    assert (reading.written, reading.known) == (text, True)
    if years is None:
        assert reading.meaning == ""
    else:
        span = parse_age(reading.meaning)
        assert span is not None
        assert (span.low, min(span.high, 999)) == years


@pytest.mark.parametrize("text", UNKNOWN_AGES)
@pytest.mark.parametrize("vocabulary", VOCABULARIES)
def test_an_unknown_text_keeps_its_wording_and_is_rejected(vocabulary: str, text: str) -> None:
    reading = read_label(vocabulary, "age", text)

    assert reading == (text, text, False)
    decision = decide_age(reading.meaning, "nearest", ADIENCE8, reading.written)
    assert decision[:2] == (None, "age_unknown_text")
    assert repr(text) in decision.detail
    assert "labels.vocabulary" in decision.detail


@pytest.mark.parametrize(
    ("vocabulary", "texts"),
    [
        ("adience", {"m": "m", "f": "f", "": None, "M": "?", "u": "?", "0": "?", "male": "?"}),
        ("utkface", {"0": "m", "1": "f", "m": "m", "f": "f", "2": "?", "Male": "?"}),
        ("fairface", {"Male": "m", "Female": "f", "0": "?", "1": "?", "m": "m"}),
        (
            "common",
            {
                "M": "m", "Male": "m", " m": "m", "MALE\t": "m", "man": "m", "F": "f",
                "Female": "f", "woman": "f", "nan": None, "0": "?", "1": "?", "u": "?", "w": "?",
            },
        ),
    ],
)  # fmt: skip
def test_genders_are_read_as_the_data_set_writes_them(
    vocabulary: str, texts: dict[str, str | None]
) -> None:
    found = {}
    for text in texts:
        reading = read_label(vocabulary, "gender", text)
        decision = decide_gender(reading.meaning, reading.written)
        found[text] = (
            decision.target or {"gender_missing": None, "gender_unknown": "?"}[decision[1]]
        )

    assert found == texts


@pytest.mark.parametrize(
    ("vocabulary", "text", "five", "seven"),
    [
        ("common", "White", "white", "white"),
        ("common", "East Asian", "asian", "east_asian"),
        ("common", "southeast_asian", "asian", "southeast_asian"),
        ("common", "Latino_Hispanic", "other", "latino_hispanic"),
        ("common", "Asian", "asian", "race_unknown"),
        ("common", "Klingon", "race_unknown", "race_unknown"),
        ("common", "NA", "race_missing", "race_missing"),
        ("fairface", "Middle Eastern", "other", "middle_eastern"),
        ("fairface", "asian", "asian", "race_unknown"),
        ("utkface", "3", "indian", "indian"),
        ("utkface", "5", "race_unknown", "race_unknown"),
        ("adience", "black", "black", "black"),
        ("adience", "Black", "race_unknown", "race_unknown"),
    ],
)
def test_races_are_classes_of_the_race_table(
    vocabulary: str, text: str, five: str, seven: str
) -> None:
    meaning = read_label(vocabulary, "race", text).meaning

    for table, expected in (("utkface5", five), ("fairface7", seven)):
        decision = decide_race(meaning, RACE_TABLES[table], text)
        assert (decision.target or decision.rule) == expected
        assert decision.target or repr(text) in decision.detail


def test_every_text_of_fairface_has_its_class() -> None:
    bands = ["0-2", "3-9", "10-19", "20-29", "30-39", "40-49", "50-59", "60-69", "more than 70"]
    names = [*bands[:-1], "70-100"]

    meanings = [read_label("fairface", "age", text).meaning for text in bands]

    assert [decide_age(text, "strict", FAIRFACE9)[:2] for text in meanings] == [
        (name, "official") for name in names
    ]


def test_adience_reads_the_texts_of_its_files_and_nothing_more() -> None:
    for text in ("35", "(25, 32)", "(025, 032)", "(25, 23)", "None", "", "007"):
        assert read_label("adience", "age", text).meaning in (text, "")
    for text in ("25.0", "25-32", "(25,32)", "70+", "nan", " 35"):
        assert not read_label("adience", "age", text).known


@pytest.mark.parametrize("text", ["25-23", "25 to 23", "(25,23)", "[25, 23]", "30-20"])
def test_a_reversed_range_is_unknown_however_it_is_written(text: str) -> None:
    reading = read_label("common", "age", text)

    assert not reading.known
    assert decide_age(reading.meaning, "repaired", ADIENCE8)[:2] == (None, "age_unknown_text")
    # The one slip of Adience's files, in their form.
    assert read_label("common", "age", "(25, 23)").meaning == "(25, 23)"


# Ages beyond 100 under a last class of 60-100 or 55-100: "60 or more".
@pytest.mark.parametrize("text", ["101", "105", "116", "999", "(95, 110)", "(101, 116)"])
@pytest.mark.parametrize("policy", ["repaired", "nearest"])
@pytest.mark.parametrize(("classes", "last"), [(ADIENCE8, "60-100"), (SEVEN, "55-100")])
def test_ages_over_the_last_class_are_of_it(
    classes: tuple[AgeClass, ...], last: str, policy: str, text: str
) -> None:
    assert decide_age(text, policy, classes)[:2] == (last, "age_over_last_class")


@pytest.mark.parametrize("policy", ["strict", "single_gender_photo"])
def test_policies_of_class_texts_take_no_age_over_the_last_class(policy: str) -> None:
    assert decide_age("105", policy, ADIENCE8)[0] is None


def test_a_last_class_that_ends_before_100_has_an_end() -> None:
    young = ADIENCE8[:5]

    assert decide_age("105", "repaired", young)[:2] == (None, "age_between_classes")
    assert decide_age("(33, inf)", "repaired", young)[0] is None


@pytest.mark.parametrize(
    ("text", "decision"),
    [
        ("(60, inf)", ("60-100", "official")),
        ("(70, inf)", ("60-100", "range_inside_class")),
        ("(110, inf)", ("60-100", "age_over_last_class")),
        ("(50, inf)", (None, "age_spans_classes")),
    ],
)
def test_ages_without_an_upper_end_lie_in_the_last_class(
    text: str, decision: tuple[str | None, str]
) -> None:
    assert decide_age(text, "repaired", ADIENCE8)[:2] == decision


def test_nearest_takes_the_last_class_as_the_end_of_open_ages() -> None:
    found = [decide_age(f"({low}, inf)", "nearest", ADIENCE8).target for low in (0, 18, 30, 70)]

    assert found == ["48-53", "60-100", "60-100", "60-100"]  # Midpoints 50, 59, 65, 85.


CUSTOM = json.dumps(
    {
        "name": "mine.yaml", "base": None, "race": {},
        "age": {"old": "(60, inf)", "25": "30", "kid": ""}, "gender": {"0": "f", "W": "f"},
    }
)  # fmt: skip


@pytest.mark.parametrize("own", VOCABULARIES)
def test_a_custom_vocabulary_extends_the_source_s_own(own: str) -> None:
    vocabulary = for_source(CUSTOM, own)

    read = {text: read_label(vocabulary, "age", text)[1:] for text in ("old", "OLD ", "25", "kid")}

    assert read == {
        "old": ("(60, inf)", True), "OLD ": ("(60, inf)", True), "25": ("30", True),
        "kid": ("", True),
    }  # fmt: skip
    for text in ("29", "(25, 32)", "70+", "x"):
        assert read_label(vocabulary, "age", text) == read_label(own, "age", text)
    assert read_label(vocabulary, "gender", "0").meaning == "f"


def test_a_custom_text_of_other_case_does_not_replace_one_that_is_known() -> None:
    vocabulary = for_source(CUSTOM.replace('"W": "f"', '"M": ""'), "adience")

    found = [read_label(vocabulary, "gender", text).meaning for text in ("M", "m", " m", "f")]

    assert found == ["", "m", "", "f"]


def test_a_source_has_its_own_vocabulary_unless_one_is_set() -> None:
    assert for_source(None, "utkface") == "utkface"
    assert for_source("common", "utkface") == "common"


def test_every_meaning_of_a_table_is_one_that_the_policies_take() -> None:
    for vocabulary in VOCABULARIES.values():
        for label, texts in vocabulary.texts.items():
            for text, meaning in texts.items():
                assert vocabulary.fold(text) == text or not meaning
                assert re.fullmatch(r"|[a-z_]+", meaning)
                if label == "race" and meaning:
                    assert decide_race(meaning, RACE_TABLES["utkface5"]).target
