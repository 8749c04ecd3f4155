"""The gate's truth table."""

import itertools

import pytest

from components.bias_review.gate import decide
from components.bias_review.groups import Group
from components.bias_review.intervals import Estimate
from schemas.config.blocks import ThresholdsConfig

THRESHOLDS = ThresholdsConfig(accuracy=0.4, worst_group_accuracy=0.2)


def group(head: str, accuracy: float, name: str = "gender=f") -> Group:
    metrics = {"accuracy": Estimate(accuracy, 0.0, 1.0, "bootstrap")}
    return Group("gender", ("gender",), ("f",), name, head, 50, 9, metrics, True, "")


@pytest.mark.parametrize(
    ("overall", "worst", "evaluator"), list(itertools.product([True, False], repeat=3))
)
def test_blessed_means_that_every_check_passed(overall: bool, worst: bool, evaluator: bool) -> None:
    verdict = decide(
        {"age": group("age", 0.5 if overall else 0.3)},
        {"age": group("age", 0.25 if worst else 0.15)},
        THRESHOLDS,
        evaluator,
    )

    assert verdict.blessed == (overall and worst and evaluator)
    assert [check.passed for check in verdict.checks] == [overall, worst, evaluator]
    failed = [overall, worst, evaluator].count(False)
    assert len(verdict.reasons) == (failed or 3)


def test_accuracy_at_its_threshold_passes() -> None:
    verdict = decide({"age": group("age", 2 / 5)}, {"age": group("age", 1 / 5)}, THRESHOLDS, True)

    assert verdict.blessed


def test_the_lowest_head_decides() -> None:
    good = {"age": group("age", 0.9), "gender": group("gender", 0.9)}

    low_overall = decide(good | {"gender": group("gender", 0.3)}, dict(good), THRESHOLDS, True)
    low_worst = decide(good, {**good, "age": group("age", 0.1)}, THRESHOLDS, True)

    assert decide(good, dict(good), THRESHOLDS, True).blessed
    assert [reason[:38] for reason in low_overall.reasons] == [
        "Overall accuracy of the gender head is"
    ]
    assert [reason[:38] for reason in low_worst.reasons] == [
        "Accuracy of the worst group of the age"
    ]


def test_a_model_without_judged_groups_is_not_blessed_and_the_reason_says_so() -> None:
    verdict = decide({"age": group("age", 0.9)}, {"age": None}, ThresholdsConfig(0.0, 0.0), True)

    assert not verdict.blessed
    assert "No group of people could be judged for the age head" in verdict.reasons[0]


def test_reasons_show_value_interval_and_threshold_even_when_they_nearly_meet() -> None:
    verdict = decide({"age": group("age", 0.39996)}, {"age": group("age", 0.5)}, THRESHOLDS, True)

    assert list(verdict.reasons) == [
        (
            "Overall accuracy of the age head is 39.996 % (95 % interval 0.0 to 100.0 %), below "
            "the threshold of 40.000 %."
        )
    ]


def test_a_worst_group_of_a_single_subject_says_why_it_has_no_interval() -> None:
    lone = group("age", 0.1)._replace(
        metrics={"accuracy": Estimate(0.1, None, None, "one subject")}
    )

    verdict = decide({"age": group("age", 0.5)}, {"age": lone}, THRESHOLDS, True)

    assert "10.0 % (no interval: one subject), below" in verdict.reasons[0]
