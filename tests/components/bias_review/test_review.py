"""The whole review: order, heads, verdict."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pyarrow as pa

from components.bias_review.output.html import render
from components.bias_review.review import review
from components.bias_review.run_info import RunInfo
from schemas.config.blocks import EvaluateConfig, ThresholdsConfig

Tables = Callable[..., pa.Table]
RunInfos = Callable[..., RunInfo]
Heads = dict[str, tuple[str, ...]]
CONFIG = EvaluateConfig(min_images=8, min_subjects=3)
FOLDS = ("fold_0", "fold_1", "fold_2")


def test_row_and_table_order_leave_no_trace(
    crowd: Tables, run_info: RunInfos, heads: Heads
) -> None:
    table = crowd(3)
    order = np.random.default_rng(0).permutation(table.num_rows)
    shuffled = table.take(pa.array(order))
    halves = [shuffled.slice(300), shuffled.slice(0, 300)]

    files = [
        render(review(tables, run_info(held_out=FOLDS), CONFIG, heads, seed=0))
        for tables in ([table], [table], halves)
    ]

    assert files[0] == files[1] == files[2]


def test_slices_in_another_order_give_the_same_numbers(
    crowd: Tables, run_info: RunInfos, heads: Heads
) -> None:
    reordered = EvaluateConfig(slices=("age", "gender"), min_images=8, min_subjects=3)

    usual = review([crowd(3)], run_info(held_out=FOLDS), CONFIG, heads, seed=0)
    other = review([crowd(3)], run_info(held_out=FOLDS), reordered, heads, seed=0)

    assert len(other.groups) < len(usual.groups)
    assert all(group in usual.groups for group in other.groups)


def test_a_quality_bucket_that_is_all_wrong_is_shown_and_changes_no_verdict(
    people: Tables, run_info: RunInfos, heads: Heads
) -> None:
    ages = heads["age"]
    rows = [(f"{gender}{age}{n}", gender, age) for gender in "mf" for age in ages for n in range(5)]
    good = people([(*row, 4, 4) for row in rows], blur="from 1600")
    bad = people([(f"{row[0]}b", *row[1:], 2, 0) for row in rows], blur="under 25")
    by_blur = replace(CONFIG, slices=(*CONFIG.slices, "blur", ("blur", "gender")))

    plain, measured = (
        review([pa.concat_tables([good, bad])], run_info(), config, {"age": ages}, seed=0)
        for config in (CONFIG, by_blur)
    )

    blurred = next(group for group in measured.groups if group.name == "blur=under 25")
    assert blurred.accuracy is not None
    assert (blurred.judged, blurred.accuracy.value) == (True, 0.0)
    assert measured.verdict == plain.verdict
    assert measured.verdict.released
    assert len(plain.groups) < len(measured.groups)
    assert all(group in measured.groups for group in plain.groups)
    gaps = next(part.shortfalls for part in measured.heads[0].slices if part.slice == "blur")
    assert [(gap.group.name, gap.value) for gap in gaps] == [("blur=under 25", 1.0)]


def test_seed_moves_permutations_and_no_group(
    crowd: Tables, run_info: RunInfos, heads: Heads
) -> None:
    first, second = (
        review([crowd(3)], run_info(held_out=FOLDS), CONFIG, heads, seed=seed) for seed in (0, 1)
    )

    assert (first.groups, first.verdict) == (second.groups, second.verdict)
    assert [tested.test.found.expected for tested in first.tests] != [
        tested.test.found.expected for tested in second.tests
    ]


def test_every_head_has_its_groups_confusion_and_threshold(
    crowd: Tables, run_info: RunInfos, heads: Heads
) -> None:
    table = crowd(3)

    result = review([table], run_info(held_out=FOLDS), CONFIG, heads, seed=0)

    assert [head.head for head in result.heads] == ["age", "gender"]
    for head in result.heads:
        rows = [row for row in table.to_pylist() if row["head"] == head.head]
        size = len(head.classes)
        counts = [[0] * size for _ in range(size)]
        for row in rows:
            counts[row["label"]][row["predicted"]] += 1
        assert [list(row) for row in head.confusion] == counts
        assert [part.slice for part in head.slices] == ["fold", "gender", "age", "gender x age"]
        for part in head.slices:
            assert sum(group.images for group in part.groups) == len(rows)
    assert len(result.verdict.checks) == 4
    assert len(result.tests) == 6  # Three slices of people under each head.
    assert result.worst is not None
    assert result.worst.accuracy is not None
    lows = [
        head.worst.accuracy.value for head in result.heads if head.worst and head.worst.accuracy
    ]
    assert result.worst.accuracy.value == min(lows)


def test_small_groups_alone_release_nothing(
    people: Tables, run_info: RunInfos, heads: Heads
) -> None:
    table = people([(gender + age, gender, age, 9, 9) for gender in "mf" for age in heads["age"]])
    config = EvaluateConfig(min_subjects=10, thresholds=ThresholdsConfig(0.0, 0.0))

    result = review([table], run_info(), config, {"age": heads["age"]}, seed=0)

    record = json.loads(render(result)["review.json"])
    assert (record["verdict"], record["worst_group"], record["gaps"]) == ("undecidable", None, [])
    assert record["reasons"][0].startswith("No group by gender has enough images")
    assert "Not decidable" in render(result)["index.html"]


def test_a_class_without_a_held_out_face_refuses(
    people: Tables, run_info: RunInfos, heads: Heads
) -> None:
    table = people([("a", "m", "4-6", 50, 50), ("b", "f", "4-6", 50, 50)])

    result = review([table], run_info(), CONFIG, {"age": heads["age"]}, seed=0)

    assert result.verdict.state == "refused"
    assert result.verdict.reasons[0].startswith("No face of age 0-2, 8-12, ")


def test_a_planted_bad_cell_is_the_worst_group_and_stops_the_model(
    people: Tables, run_info: RunInfos, heads: Heads
) -> None:
    rows = [
        (f"{gender}{age}{n}", gender, age, 4, 0 if (gender, age) == ("f", "48-53") else 3)
        for gender in ("m", "f")
        for age in heads["age"]
        for n in range(5)
    ]

    result = review([people(rows)], run_info(), CONFIG, {"age": heads["age"]}, seed=0)

    assert result.worst is not None
    assert result.worst.name == "gender=f x age=48-53"
    assert not result.verdict.released
    found = {tested.test.worst.name: tested.p for tested in result.tests}
    assert found["gender=f x age=48-53"] < 0.01


def test_a_held_out_fold_without_a_face_is_listed(
    people: Tables, run_info: RunInfos, heads: Heads
) -> None:
    held_out = run_info(held_out=("fold_3", "fold_4"))

    result = review([people([("a", "m", "4-6", 9, 9)])], held_out, CONFIG, {"age": heads["age"]}, 0)

    assert result.empty_folds == ("fold_3",)
    assert "fold_3 was held out, but no face of it" in render(result)["index.html"]
