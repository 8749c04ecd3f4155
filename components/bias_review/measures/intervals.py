"""Confidence intervals by subject, not by image; the only module that knows the methods.

Faces of one person resemble each other, so many images of few people tell less than their number.
No random numbers: the same faces always get the same interval. `make bench-intervals` shows how
often each covers the truth.
"""

from collections.abc import Mapping
from math import ceil, hypot, sqrt
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy import stats

from components.bias_review.measures.clusters import (
    ClusterSums,
    Floats,
    correlation,
    effective_values,
)

LEVEL = 0.95
TAIL = (1 - LEVEL) / 2  # On each side of an interval.

_LEAST_SIZE = 1e-3  # Of one subject whose images are all alike: the interval is nearly [0, 1].

NO_INTERVAL = "one subject"
# Methods, of an interval by subject or by photographer, such as `wilson by subject`.
WILSON = "wilson by"
JACKKNIFE = "jackknife by"


class Estimate(NamedTuple):
    """A number with its 95 % interval, or with the reason for none in `method`."""

    value: float
    low: float | None
    high: float | None
    method: str
    size: float | None = None  # Of a share: the effective number of images.


def wilson(value: Floats, n: Floats, tail: float = TAIL) -> tuple[Floats, Floats]:
    """Wilson's score interval of a share of `n` independent trials.

    Wilson 1927, Probable inference, JASA 22, 209-212; recommended for small numbers by Brown, Cai
    and DasGupta 2001, Statistical Science 16, 101-133.

    Args:
      value: (...), in [0, 1].
      n: (...), above 0, whole or not.
      tail: probability beyond each bound.
    """
    z = stats.norm.isf(tail)
    centre = (value + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * np.sqrt(value * (1 - value) / n + z * z / (4 * n * n))
    low = np.where(value == 0.0, 0.0, np.maximum(0.0, centre - half))
    return low, np.where(value == 1.0, 1.0, np.minimum(1.0, centre + half))


def share_size(sums: ClusterSums, pooled: npt.ArrayLike) -> Floats:
    """(...): the effective number of images of a share.

    The larger of two correlations r decides, the group's own and that of all the head's faces: a
    few subjects show too little of their own, and none at all where they are all right or all
    wrong. Of G subjects whose images are all alike (r = 1) the share has the variance of G - 1
    degrees of freedom: hence the factor 1 - r / G, which the simulation needs at 5 subjects.

    Args:
      sums: the group's.
      pooled: (...), see `pooled_correlation`.
    """
    alone = sums.total == sums.clusters  # Every subject has one image.
    alike = np.where(alone, 0.0, np.fmax(correlation(sums), pooled))
    size = effective_values(sums, alike) * (1 - alike / sums.clusters)
    return np.maximum(size, _LEAST_SIZE)


def pooled_correlation(sums: ClusterSums) -> Floats:
    """(...): the correlation for the groups of a head; 1 if all its faces are equally right."""
    return np.asarray(np.nan_to_num(correlation(sums), nan=1.0))


def share_bounds(
    sums: ClusterSums, pooled: npt.ArrayLike, tail: float = TAIL
) -> tuple[Floats, Floats]:
    """(...), (...): the bounds of a share with `tail` beyond each; see `share_size`."""
    return wilson(sums.mean, share_size(sums, pooled), tail)


def share(clusters: Mapping[str, ClusterSums], pooled: Mapping[str, float]) -> Estimate:
    """A share with its interval.

    Args:
      clusters: {whose: the sums}, such as by subject and by photographer; the widest decides.
      pooled: the correlation of each, see `pooled_correlation`.
    """
    sizes = {by: float(share_size(sums, pooled[by])) for by, sums in clusters.items()}
    by = min(sizes, key=sizes.__getitem__)
    value = clusters[by].mean
    low, high = wilson(value, np.asarray(sizes[by]))
    return Estimate(float(value), float(low), float(high), f"{WILSON} {by}", sizes[by])


def mean(clusters: Mapping[str, ClusterSums]) -> Estimate:
    """A mean with its interval; `clusters` as of `share`. A single cluster has none."""
    value = float(next(iter(clusters.values())).mean)
    several = {by: sums for by, sums in clusters.items() if sums.clusters > 1}
    if not several:
        return Estimate(value, None, None, NO_INTERVAL)
    bounds = {by: mean_bounds(sums) for by, sums in several.items()}
    by = max(bounds, key=lambda by: float(bounds[by][1] - bounds[by][0]))
    low, high = bounds[by]
    return Estimate(value, float(low), float(high), f"{JACKKNIFE} {by}")


def mean_bounds(sums: ClusterSums, tail: float = TAIL) -> tuple[Floats, Floats]:
    """(...), (...): the bounds of a mean with `tail` beyond each; two clusters at least.

    The jackknife over clusters, whose standard error is too large rather than too small where
    clusters are few and uneven (MacKinnon, Nielsen and Webb 2023, Fast and reliable jackknife and
    bootstrap methods for cluster-robust inference, Journal of Applied Econometrics 38, 671-694),
    with Student's quantiles of the effective number of clusters N^2 / sum n_i^2, less one (after
    Carter, Schnepel and Steigerwald 2017, Asymptotic behavior of a t test robust to cluster
    heterogeneity, Review of Economics and Statistics 99, 698-709). A mean without variation has
    bounds of zero width.
    """
    clusters, mean = sums.clusters, sums.mean
    total = sums.total[..., None]
    without = (sums.sums.sum(axis=-1)[..., None] - sums.sums) / (total - sums.sizes)
    variance = (clusters - 1) / clusters * ((without - mean[..., None]) ** 2).sum(axis=-1)
    freedom = sums.total**2 / (sums.sizes**2).sum(axis=-1) - 1
    half = stats.t.isf(tail, np.maximum(1.0, freedom)) * np.sqrt(variance)
    return mean - half, mean + half


def difference_bounds(better: Estimate, worse: Estimate, tail: float) -> tuple[float, float]:
    """The bounds of `better` minus `worse`, shares of different images, with `tail` beyond each.

    Newcombe 1998, Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17, 873-890, method 10: from both shares' own bounds, by their effective
    sizes. People who are on both sides make it too wide rather than too narrow.
    """
    value = better.value - worse.value
    (low_of_better, high_of_better), (low_of_worse, high_of_worse) = (
        share_of_size(side, tail) for side in (better, worse)
    )
    below = hypot(better.value - low_of_better, high_of_worse - worse.value)
    above = hypot(high_of_better - better.value, worse.value - low_of_worse)
    return max(-1.0, value - below), min(1.0, value + above)


def paired_bounds(
    first: Estimate, second: Estimate, both: float, tail: float
) -> tuple[float, float]:
    """The bounds of `first` minus `second`, shares of the same images, with `tail` beyond each.

    Newcombe 1998, Improved confidence intervals for the difference between binomial proportions
    based on paired data, Statistics in Medicine 17, 2635-2650, method 10, by the shares' effective
    sizes.

    Args:
      first: a share.
      second: a share.
      both: the share of the images that count in both.
      tail: probability beyond each bound.
    """
    one, other = first.value, second.value
    spread = sqrt(one * (1 - one) * other * (1 - other))
    together = both - one * other
    if together > 0 and first.size:
        together = max(0.0, together - 1 / (2 * first.size))  # Correction for continuity.
    phi = together / spread if spread else 0.0
    (low_one, high_one), (low_other, high_other) = (
        share_of_size(share, tail) for share in (first, second)
    )
    below = _paired_distance(one - low_one, high_other - other, phi)
    above = _paired_distance(high_one - one, other - low_other, phi)
    return max(-1.0, one - other - below), min(1.0, one - other + above)


def _paired_distance(one: float, other: float, phi: float) -> float:
    return sqrt(max(0.0, one * one - 2 * phi * one * other + other * other))


def share_of_size(estimate: Estimate, tail: float) -> tuple[float, float]:
    """The bounds of a share of known effective size with `tail` beyond each."""
    if estimate.size is None:
        raise ValueError(f"no effective size of {estimate}, expected a share")
    low, high = wilson(np.asarray(estimate.value), np.asarray(estimate.size), tail)
    return float(low), float(high)


def images_to_decide(estimate: Estimate, images: int, threshold: float, tail: float) -> int | None:
    """About how many images of such people would show on which side of a threshold a share is.

    Wilson's bound with `tail` beyond it is at the threshold t for z^2 t (1 - t) / (p - t)^2
    effective images. None: the share is the threshold itself, which no number of images shows.
    """
    distance = abs(estimate.value - threshold)
    if not distance or estimate.size is None:
        return None
    z = float(stats.norm.isf(tail))
    size = z * z * threshold * (1 - threshold) / (distance * distance)
    return ceil(size * images / estimate.size)
