"""A cross-validation fold by fold: mean and deviation, the pooled interval, the page."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from components.bias_review.cross_validation import Spread, spread
from components.bias_review.output.html import render
from components.bias_review.published_results import compare
from components.bias_review.review import Review, review
from components.bias_review.run_info import FoldModel, PushedModel, RunInfo
from schemas.config.blocks import EvaluateConfig
from schemas.metrics import METRICS, head_metrics
from schemas.row_counts import RowCounts
from tests.components.bias_review.conftest import AGES, GENDERS

Tables = Callable[..., pa.Table]
RunInfos = Callable[..., RunInfo]
Heads = dict[str, tuple[str, ...]]
CONFIG = EvaluateConfig(slices=("gender",), min_images=8, min_subjects=3)
FOLDS = ("fold_0", "fold_1", "fold_2")  # Those of `crowd`.
MODELS = tuple(FoldModel(fold, 400, 40, 3 + n, 9) for n, fold in enumerate(FOLDS))
PUSHED = PushedModel(600, 60, 4, "the median of the folds' best epochs, a half rounded up")
WHOLE = (RowCounts("label_validator", 19_487, 19_487, {}),)


@pytest.fixture
def crossed(run_info: RunInfos) -> RunInfo:
    """RunInfos of a cross-validation over three folds."""
    return run_info(held_out=FOLDS, training=FOLDS, fold_models=MODELS, pushed=PUSHED)


@pytest.fixture
def reviewed(crowd: Tables, crossed: RunInfo, heads: Heads) -> Review:
    table = crowd(3)
    folds = [table.filter(pc.equal(table["fold"], fold)) for fold in FOLDS]
    return review(folds, crossed, CONFIG, heads, seed=0)


def distances(table: pa.Table, head: str) -> dict[str, npt.NDArray[np.int64]]:
    """Classes between prediction and label of each labelled face, by fold; with plain loops."""
    far: dict[str, list[int]] = {fold: [] for fold in FOLDS}
    for row in table.to_pylist():
        if row["head"] == head and row["label"] >= 0:
            far[row["fold"]].append(row["predicted"] - row["label"])
    return {fold: np.array(values) for fold, values in far.items()}


@pytest.mark.parametrize("head", ["age", "gender"])
def test_mean_and_deviation_are_over_the_folds(head: str, reviewed: Review, crowd: Tables) -> None:
    far = distances(crowd(3), head)
    exact = np.array([(far[fold] == 0).mean() for fold in FOLDS])
    near = np.array([(np.abs(far[fold]) <= 1).mean() for fold in FOLDS])

    [folds] = [part.folds for part in reviewed.heads if part.head == head]

    assert folds is not None
    assert [group.name for group in folds.folds] == [f"fold={fold}" for fold in FOLDS]
    assert [group.images for group in folds.folds] == [len(far[fold]) for fold in FOLDS]
    expected = {"accuracy": (exact.mean(), exact.std(ddof=1))}
    if head == "age":
        expected["one_off"] = (near.mean(), near.std(ddof=1))
    assert set(folds.means) == {name for name in head_metrics(head) if METRICS[name].headline}
    assert set(expected) == set(folds.means) & {"accuracy", "one_off", "error", "absolute_error"}
    for name, mean_and_deviation in expected.items():
        assert tuple(folds.means[name]) == pytest.approx(mean_and_deviation)


def test_deviation_divides_by_one_less_than_the_folds_and_one_fold_has_none() -> None:
    assert tuple(spread([0.25, 0.75])) == pytest.approx((0.5, np.sqrt(0.125)))
    assert tuple(spread([0.3, 0.3, 0.3])) == pytest.approx((0.3, 0.0))
    assert spread([0.4]) == Spread(0.4, None)


def test_folds_count_the_same_and_together_images_do(
    people: Tables, crossed: RunInfo, heads: Heads
) -> None:
    sizes = {"fold_0": (40, 40), "fold_1": (10, 0), "fold_2": (10, 5)}  # (images, of them right)
    tables = [
        people([(f"{fold}{n}", "mf"[n % 2], "4-6", images // 5, right // 5) for n in range(5)],
               fold=fold)
        for fold, (images, right) in sizes.items()
    ]  # fmt: skip

    [head] = review(tables, crossed, CONFIG, {"age": heads["age"]}, seed=0).heads

    assert head.folds is not None
    assert head.folds.means["accuracy"].mean == pytest.approx((1 + 0 + 0.5) / 3)
    assert head.overall.accuracy is not None
    assert head.overall.accuracy.value == pytest.approx(45 / 60)


def test_overall_and_the_only_fold_have_the_same_interval(
    crowd: Tables, crossed: RunInfo, heads: Heads
) -> None:
    alone = replace(crossed, held_out=("fold_1",), fold_models=(MODELS[1],))
    table = crowd(3)

    parts = review([table.filter(pc.equal(table["fold"], "fold_1"))], alone, CONFIG, heads, 0).heads

    for part in parts:
        assert part.folds is not None
        assert part.folds.folds[0].metrics == part.overall.metrics


def text_of(page: str) -> str:
    """The page's text, with every run of white space as one space."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page).replace("&nbsp;", " "))


def test_page_says_first_that_the_pushed_model_was_never_evaluated(reviewed: Review) -> None:
    files = render(reviewed)
    text = text_of(files["index.html"])

    assert "The pushed model itself was never evaluated" in text
    assert text.index("never evaluated") < text.index("Who is harmed most")
    assert "Every number on this page is of 3 other models" in text
    assert "trained on all 3 folds, 600 images of 60 subjects, for 4 epochs" in text
    assert "a half rounded up (3, 4, 5)" in text
    assert "pushed model itself was never evaluated" in text_of(files["model_card.html"])


def test_page_and_json_show_the_folds_and_the_mean(reviewed: Review, crowd: Tables) -> None:
    far = distances(crowd(3), "age")
    exact = np.array([100 * (far[fold] == 0).mean() for fold in FOLDS])
    files = render(reviewed)
    text = text_of(files["index.html"])
    record = json.loads(files["review.json"])["cross_validation"]

    assert f"{exact.mean():.1f} ± {exact.std(ddof=1):.1f}" in text
    for number, fold in enumerate(FOLDS):
        assert re.search(rf"{fold} {len(far[fold])} \d+ {exact[number]:.1f} ", text)
    assert text.count("sample standard deviation (n - 1)") == 2  # One a head.
    mean = record["mean"][0]
    assert (mean["head"], mean["folds"]) == ("age", 3)
    assert mean["accuracy"] == pytest.approx(exact.mean() / 100, abs=1e-6)
    assert mean["accuracy_deviation"] == pytest.approx(exact.std(ddof=1) / 100, abs=1e-6)
    assert record["mean"][1]["one_off"] is None
    assert [model["best_epoch"] for model in record["models"]] == [3, 4, 5]
    assert record["pushed"]["epochs"] == 4
    assert record["pushed_was_evaluated"] is False


def test_a_review_of_a_single_model_mentions_no_folds(
    crowd: Tables, run_info: RunInfos, heads: Heads
) -> None:
    files = render(review([crowd(3)], run_info(held_out=FOLDS), CONFIG, heads, seed=0))

    assert json.loads(files["review.json"])["cross_validation"] is None
    for name in ("index.html", "model_card.html"):
        assert "never evaluated" not in files[name]
        assert "Cross-validation" not in files[name]


def test_published_numbers_stand_beside_the_mean_of_the_folds_with_both_protocols(
    people: Tables, run_info: RunInfos, heads: Heads
) -> None:
    every = tuple(f"fold_{number}" for number in range(5))
    info = run_info(
        held_out=every, training=every, policy="strict", accounting=WHOLE, pushed=PUSHED,
        fold_models=tuple(FoldModel(fold, 400, 40, 3, 9) for fold in every),
    )  # fmt: skip
    tables = [
        people(
            [(f"{fold}{n}", GENDERS[n % 2], AGES[n], 10, n + number) for n in range(4)], fold=fold
        )
        for number, fold in enumerate(every)
    ]
    shares = np.array([sum(n + number for n in range(4)) / 40 for number in range(5)])

    files = render(review(tables, info, CONFIG, {"age": heads["age"]}, seed=0))
    text = text_of(files["index.html"])

    assert "Age class 50.7 ± 5.1 84.7 ± 2.2 five folds held out in turn, no subject shared" in text
    here = f"Age class {100 * shares.mean():.1f} ± {100 * shares.std(ddof=1):.1f} 100.0 ± 0.0"
    assert f"{here} 5 folds held out in turn, no subject shared between them; 200 images" in text
    assert "Not comparable" not in text
    assert "how the mean was taken" not in text
    assert text.count("50.7") == 1
    assert json.loads(files["review.json"])["published"]["results"][0]["exact"] == "50.7 ± 5.1"


@pytest.mark.parametrize(
    ("given", "head", "why"),
    [
        ({}, "age", "of Adience's 19,487 label rows; these data have its layout and 10 rows"),
        ({"datasets": ("utkface",)}, "age", "of Adience; these data are utkface"),
        ({"accounting": WHOLE, "datasets": ("adience", "csv")}, "age", "data are adience, csv"),
        ({"accounting": WHOLE}, "race", "of age and gender, not of race"),
        ({"accounting": ()}, "age", "these data have its layout and 0 rows"),
    ],
    ids=["drawn", "other", "mixed", "race", "nothing known"],
)
def test_other_data_have_nothing_published_beside_them(
    given: dict[str, Any], head: str, why: str, run_info: RunInfos
) -> None:
    comparison = compare(run_info(**given), [head])

    assert comparison.results == ()
    assert why in comparison.why_none


def test_page_says_why_nothing_published_stands_beside_the_folds(reviewed: Review) -> None:
    files = render(reviewed)
    text = text_of(files["index.html"]).replace("&#39;", "'")
    why = "Levi and Hassner 2015 is of Adience's 19,487 label rows"

    assert f"None to compare with: {why}" in text
    assert "50.7" not in text
    assert json.loads(files["review.json"])["published"]["why_none"].startswith(why)
