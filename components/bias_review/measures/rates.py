"""Error rates of a head with two classes, and how far groups differ in them.

Definitions are those of fairlearn (Weerts et al. 2023, Fairlearn: Assessing and Improving Fairness
of AI Systems, JMLR 24): the second class counts as positive.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ints = npt.NDArray[np.int64]


class Rates(NamedTuple):
    """Shares of one group's images; None where no image has the label."""

    false_positive: float | None  # Of those of the first class, called the second.
    false_negative: float | None  # Of those of the second class, called the first.
    selected: float  # Called the second.


class Disparities(NamedTuple):
    """Differences and ratios of rates between groups; None where a group lacks a rate."""

    equalized_odds_difference: float | None
    equalized_odds_ratio: float | None
    demographic_parity_difference: float


def rates(label: Ints, predicted: Ints) -> Rates:
    """The rates of one group; both (images,), at least one image."""
    negative, positive = label == 0, label == 1
    return Rates(
        _share(predicted[negative] == 1),
        _share(predicted[positive] == 0),
        float((predicted == 1).mean()),
    )


def disparities(groups: Sequence[Rates]) -> Disparities | None:
    """The largest differences between groups; None for fewer than two."""
    if len(groups) < 2:
        return None
    selected = [group.selected for group in groups]
    parity = max(selected) - min(selected)
    false_positive = [each for group in groups if (each := group.false_positive) is not None]
    true_positive = [1 - each for group in groups if (each := group.false_negative) is not None]
    if not len(false_positive) == len(true_positive) == len(groups):
        return Disparities(None, None, parity)
    spans = [(min(values), max(values)) for values in (false_positive, true_positive)]
    return Disparities(
        max(high - low for low, high in spans),
        min(low / high if high else 1.0 for low, high in spans),
        parity,
    )


def _share(mask: npt.NDArray[np.bool_]) -> float | None:
    return float(mask.mean()) if len(mask) else None
