"""Error rates and disparities equal those of fairlearn."""

import fairlearn.metrics as fairlearn
import numpy as np
import pytest

from components.bias_review.measures.rates import disparities, rates


@pytest.mark.parametrize("seed", range(5))
def test_rates_and_disparities_are_those_of_fairlearn(seed: int) -> None:
    random = np.random.default_rng(seed)
    label, group = random.integers(0, 2, 400), random.integers(0, 4, 400)
    predicted = np.where(random.random(400) < 0.3 + 0.1 * group, 1 - label, label)
    frame = fairlearn.MetricFrame(
        metrics={
            "false_positive": fairlearn.false_positive_rate,
            "false_negative": fairlearn.false_negative_rate,
            "selected": fairlearn.selection_rate,
        },
        y_true=label,
        y_pred=predicted,
        sensitive_features=group,
    )

    found = [rates(label[group == number], predicted[group == number]) for number in range(4)]
    between = disparities(found)

    for number, each in enumerate(found):
        expected = frame.by_group.loc[number]
        assert each._asdict() == pytest.approx(expected.to_dict(), abs=1e-12)
    assert between is not None
    by_fairlearn = [
        function(label, predicted, sensitive_features=group)
        for function in (
            fairlearn.equalized_odds_difference,
            fairlearn.equalized_odds_ratio,
            fairlearn.demographic_parity_difference,
        )
    ]
    assert list(between) == pytest.approx(by_fairlearn, abs=1e-12)


def test_a_group_without_one_of_the_labels_has_no_rate_of_it() -> None:
    found = rates(np.array([1, 1, 1]), np.array([1, 0, 1]))

    assert found.false_positive is None
    assert [found.false_negative, found.selected] == pytest.approx([1 / 3, 2 / 3])
    between = disparities([found, rates(np.array([0, 1]), np.array([0, 1]))])
    assert between is not None
    assert between[:2] == (None, None)
    assert between.demographic_parity_difference == pytest.approx(2 / 3 - 1 / 2)


def test_one_group_alone_has_no_disparity() -> None:
    assert disparities([rates(np.array([0, 1]), np.array([0, 1]))]) is None
