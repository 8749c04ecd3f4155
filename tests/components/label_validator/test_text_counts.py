"""Counts of label texts without a class."""

from collections import Counter

import numpy as np
import pyarrow as pa

from components.label_validator.text_counts import LabelText, TextCounter, TextRows
from schemas.config.blocks import LabelsConfig
from tests.components.label_validator.small_manifest import face, manifest, validate


def text(name: str) -> LabelText:
    return LabelText("age", name, "age_unknown_text", known=False)


def found(
    labels: LabelsConfig, table: pa.Table, name: str
) -> dict[tuple[str, str], tuple[int, int]]:
    """{(label, text): (rows, first line)} of a list of the report."""
    report = validate(table, labels).report.to_dict()[name]
    return {(one["label"], one["text"]): (one["rows"], one["line"]) for one in report}


ROWS = manifest(
    face("a", age_text="old"),
    face("b", age_text="old"),
    face("c", age_text="(8, 23)", gender_text="u"),
    face("d", gender_text="u"),
    face("e", race_text="green"),
    face("e", race_text="green"),
    face("f", age_text=None),
    face("g", age_text="None", fault="image_missing", content_hash=None),
    face("h", gender_text="x" * 200),
)


def test_a_text_counts_under_the_reason_of_its_row() -> None:
    assert found(LabelsConfig("age"), ROWS, "rejected_texts") == {
        ("age", "old"): (2, 2),
        ("age", "(8, 23)"): (1, 4),
        ("age", ""): (1, 8),
    }
    both = validate(ROWS, LabelsConfig("age_gender")).report
    by_reason: Counter[str] = Counter()
    for one in both.rejected_texts:
        by_reason[str(one["reason"])] += int(one["rows"])
    assert by_reason == {
        reason: count
        for reason, count in both.rejected.items()
        if reason.startswith(("age_", "gender_"))
    }


def test_an_unknown_text_of_an_accepted_row_is_counted_with_its_text() -> None:
    assert found(LabelsConfig("age"), ROWS, "unknown_texts") == {
        ("gender", "u"): (1, 5),
        ("race", "green"): (1, 6),
        ("gender", "x" * 100 + "..."): (1, 10),
    }


def test_equal_meanings_are_repeats_and_other_meanings_conflicts() -> None:
    labels = LabelsConfig("gender")
    rows = manifest(
        face("a", gender_text="Male", age_text="25.0"),
        face("a", gender_text="m", age_text="25"),
        face("b", gender_text="M"),
        face("b", gender_text="F"),
    )

    by_vocabulary = {
        name: validate(rows, labels, vocabularies={"adience": name}).report
        for name in ("common", "adience")
    }

    common = by_vocabulary["common"]
    assert common.rejected == {"repeat_of": 1, "conflicting_labels": 2}
    assert common.accepted == 1
    assert by_vocabulary["adience"].rejected == {"conflicting_labels": 4}


def test_each_source_of_a_block_is_read_by_its_own_vocabulary() -> None:
    rows = manifest(
        face("a", key="one/a", gender_text="0"),
        face("b", key="two/b", gender_text="0"),
        face("c", key="two/c", gender_text=None),
        face("d", key="one/d", gender_text="f"),
        face("e", key="three/e", gender_text="m"),
    )

    validation = validate(
        rows, LabelsConfig("gender"), vocabularies={"one": "utkface", "two": "common"}
    )

    rejected = validation.rejects.select(["key", "reason"]).to_pydict()
    assert list(zip(*rejected.values(), strict=True)) == [
        ("two/b", "gender_unknown"),
        ("two/c", "gender_missing"),
    ]
    assert validation.accepted["gender"].to_pylist() == ["m", "f", "m"]


def test_counts_are_exact_while_they_fit() -> None:
    counter = TextCounter()
    rng = np.random.default_rng(0)
    words = [f"w{number}" for number in rng.integers(0, 3000, 20_000)]

    for line, word in enumerate(words):
        counter.add([(text(word), TextRows(1, "a", line))])

    top = counter.most_frequent(5)
    expected = sorted(Counter(words).items(), key=lambda item: (-item[1], item[0]))[:5]
    assert [(one.text, rows.rows) for one, rows in top] == expected
    assert [rows.line for _, rows in top] == [words.index(one.text) for one, _ in top]
    assert counter.uncounted == 0


def test_memory_is_bounded_and_a_frequent_text_is_never_lost() -> None:
    counter = TextCounter()
    rng = np.random.default_rng(1)
    total, largest = 0, 0
    for number in range(120_000):  # One row in 200 has the frequent text, late as well as early.
        word = "often" if rng.random() < 0.005 else f"once {number}"
        total += word == "often"
        counter.add([(text(word), TextRows(1, "a", number))])
        largest = max(largest, len(counter._counts))

    (first, rows), *_ = counter.most_frequent(1)

    assert largest <= 4097
    assert first.text == "often"
    assert rows.rows <= total <= rows.rows + counter.uncounted
    assert counter.uncounted <= 120_000 // 2048
