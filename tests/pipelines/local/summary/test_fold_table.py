"""A cross-validation in the summary of a run."""

from typing import Any

import pytest

from pipelines.local.summary.fold_table import context_facts, fold_facts
from pipelines.terminal import table


def group(head: str, accuracy: float, images: int, **given: Any) -> dict[str, Any]:
    low, high = accuracy - 0.05, accuracy + 0.05
    plain = {"accuracy_low": low, "accuracy_high": high, "accuracy_method": "wilson by subject"}
    return {
        "head": head, "accuracy": accuracy, "images": images, "subjects": 9, "one_off": None,
        **plain, **given,
    }  # fmt: skip


def words(facts: list[tuple[str, str]]) -> list[str]:
    """The lines of a table of facts, each gap one blank."""
    return [" ".join(line.split()) for line in table(facts, "l").splitlines()]


@pytest.fixture
def review() -> dict[str, Any]:
    """review.json of two folds and two heads, as far as the summary reads it."""
    models = [{"fold": fold, "best_epoch": 3, "epochs_run": 8} for fold in "ab"]
    folds = [
        group("age", 0.5, 40, one_off=0.75, values={"fold": "a"}),
        group(
            "age",
            0.25,
            20,
            one_off=0.5,
            values={"fold": "b"},
            accuracy_low=None,
            accuracy_method="one subject",
        ),
        group("gender", 0.9, 40, values={"fold": "a"}),
        group("gender", 0.8, 20, values={"fold": "b"}),
    ]
    mean = [
        {"head": "age", "folds": 2, "accuracy": 0.375, "accuracy_deviation": 0.1768,
         "one_off": 0.625, "one_off_deviation": 0.1768},
        {"head": "gender", "folds": 2, "accuracy": 0.85, "accuracy_deviation": None,
         "one_off": None, "one_off_deviation": None},
    ]  # fmt: skip
    return {
        "overall": [group("age", 0.4167, 60, one_off=0.6667), group("gender", 0.8667, 60)],
        "cross_validation": {
            "models": models, "folds": folds, "mean": mean,
            "pushed": {"images": 60, "subjects": 18, "epochs": 3, "rule": "the median"},
        },
        "published": {"results": [], "why_none": "other data", "differences": []},
        "protocol": {
            "held_out_folds": ["a", "b"], "subjects_shared": None, "policy": "strict",
            "images": 60, "subjects": 18,
        },
    }  # fmt: skip


def test_each_head_has_its_folds_all_together_and_the_mean(review: dict[str, Any]) -> None:
    lines = words(fold_facts(review))

    assert lines == [
        "age by fold exact, % 95 % interval 1-off images subjects best epoch",
        "a 50.0 45.0 to 55.0 75.0 40 9 3 of 8",
        "b 25.0 one subject 50.0 20 9 3 of 8",
        "all together 41.7 36.7 to 46.7 66.7 60 9",
        (
            "age mean exact 37.5 ± 17.7 %, 1-off 62.5 ± 17.7 % over 2 folds "
            "(± sample standard deviation, n - 1)"
        ),
        "gender by fold exact, % 95 % interval images subjects best epoch",
        "a 90.0 85.0 to 95.0 40 9 3 of 8",
        "b 80.0 75.0 to 85.0 20 9 3 of 8",
        "all together 86.7 81.7 to 91.7 60 9",
        "gender mean exact 85.0 % over 2 folds (± sample standard deviation, n - 1)",
    ]


def test_a_metric_that_the_review_does_not_have_yet_is_left_out(review: dict[str, Any]) -> None:
    for part in ("folds", "mean"):
        for record in review["cross_validation"][part]:
            del record["one_off"]
    for record in review["overall"]:
        del record["one_off"]

    lines = words(fold_facts(review))

    assert lines[0] == "age by fold exact, % 95 % interval images subjects best epoch"
    assert lines[4].startswith("age mean exact 37.5 ± 17.7 % over 2 folds")


def test_columns_stand_below_each_other(review: dict[str, Any]) -> None:
    head, *rows = fold_facts(review)[0][1].splitlines()

    for title, values in (("images", ("40", "20", "60")), ("subjects", ("9", "9", "9"))):
        end = head.index(title) + len(title)
        for row, value in zip(rows, values, strict=True):
            assert row[:end].endswith(f" {value}")


def test_a_run_without_cross_validation_has_none_of_these_facts(review: dict[str, Any]) -> None:
    plain = {**review, "cross_validation": None}

    assert fold_facts(plain) == context_facts(plain) == []


def test_the_pushed_model_is_called_unevaluated(review: dict[str, Any]) -> None:
    lines = words(context_facts(review))

    assert lines == [
        "published none to compare with: other data",
        "final model trained on all folds, 60 images, 3 epochs (the median)",
        "it was never evaluated: the numbers are of the folds' models",
    ]


def test_published_results_stand_beside_this_protocol(review: dict[str, Any]) -> None:
    result = {"head": "age", "exact": "50.7 ± 5.1", "one_off": "84.7 ± 2.2"}
    gender = {"head": "gender", "exact": "86.8 ± 1.4", "one_off": ""}
    source = {"protocol": "five folds", "source": "A study"}
    review["published"] = {
        "results": [result | source, gender | source],
        "why_none": "", "differences": ["other labels"],
    }  # fmt: skip

    lines = words(context_facts(review))[:4]

    assert lines == [
        "published age: exact 50.7 ± 5.1 %, 1-off 84.7 ± 2.2 % (A study: five folds)",
        "published gender: exact 86.8 ± 1.4 % (A study: five folds)",
        (
            "this protocol 2 folds held out in turn, subjects shared: not known, policy strict, "
            "60 images of 18 subjects"
        ),
        "not comparable: other labels",
    ]
