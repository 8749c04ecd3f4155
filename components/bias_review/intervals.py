"""95 % intervals by subject, not by image; the only module that knows the methods.

Faces of one person resemble each other, so subjects are resampled, not rows: the percentile
interval (Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 13) over the cluster
bootstrap (Field and Welsh 2007, Bootstrapping clustered data, JRSS B 69, 369-390).
"""

import hashlib
from collections.abc import Sequence
from math import sqrt
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

REPLICATES = 2_000
LEVEL = 0.95
TAILS = (2.5, 97.5)  # Percentiles that leave LEVEL between them.
Z = 1.959963984540054  # Standard normal quantile at 0.975.
CHUNK = 2_000_000  # Subjects drawn at a time, over all replicates: about 50 MB.

BOOTSTRAP = "bootstrap"
WILSON = "wilson"  # On the number of subjects, where every subject has the same value.
COMBINED = "combined"  # Of a difference with at least one side without a bootstrap.
ONE_SUBJECT = "one subject"  # No interval.
NO_VARIATION = "no variation between subjects"  # No interval.

MARKS = {WILSON: " W", COMBINED: " C"}  # Behind the bounds of the rarer methods.

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Column = npt.NDArray[Any]  # Bool, int or float.


class Estimate(NamedTuple):
    """A number with its 95 % interval, or with the reason for none in `method`."""

    value: float
    low: float | None
    high: float | None
    method: str


def generator(seed: int, name: str) -> np.random.Generator:
    """Random numbers of one group, independent of all other groups under review."""
    digest = hashlib.sha256(name.encode()).digest()
    return np.random.default_rng([seed, int.from_bytes(digest[:8], "big")])


def subject_sums(subject: Ints, columns: Sequence[Column]) -> Floats:
    """Sums of columns over the rows of each subject.

    Args:
      subject: (rows,), a number of each row's subject; 0 or more, gaps allowed.
      columns: each (rows,).

    Returns:
      float64 (subjects that occur, len(columns)), in the order of the subjects' numbers.
    """
    _, dense = np.unique(subject, return_inverse=True)
    return np.stack([np.bincount(dense, weights=column) for column in columns], axis=1)


def resample(sums: Floats, rng: np.random.Generator) -> Floats:
    """Column totals of REPLICATES samples of as many subjects, drawn with replacement.

    Args:
      sums: (subjects, columns); totals of whole numbers are exact in any order of addition.
      rng: see `generator`.

    Returns:
      float64 (REPLICATES, columns).
    """
    subjects = len(sums)
    step = max(1, CHUNK // subjects)
    parts = []
    for start in range(0, REPLICATES, step):
        size = min(step, REPLICATES - start)
        drawn = rng.integers(0, subjects, size=(size, subjects), dtype=np.int32)
        drawn += np.arange(size, dtype=np.int32)[:, None] * np.int32(subjects)
        times = np.bincount(drawn.ravel(), minlength=size * subjects).reshape(size, subjects)
        parts.append(times.astype(np.float64) @ sums)
    return np.concatenate(parts)


def ratios(subject: Ints, columns: Sequence[Column], rng: np.random.Generator) -> list[Estimate]:
    """The mean of each column over the rows, resampled by subject.

    All columns share the samples. An interval of zero width is omitted: see `share`.

    Args:
      subject: (rows,), at least one row.
      columns: each (rows,).
      rng: see `generator`.
    """
    sums = subject_sums(subject, [np.ones(len(subject)), *columns])
    values = sums[:, 1:].sum(axis=0) / len(subject)
    if len(sums) == 1:
        return [Estimate(float(value), None, None, ONE_SUBJECT) for value in values]
    totals = resample(sums, rng)
    low, high = np.percentile(totals[:, 1:] / totals[:, :1], TAILS, axis=0)
    return [
        Estimate(float(v), float(a), float(b), BOOTSTRAP)
        if a < b
        else Estimate(float(v), None, None, NO_VARIATION)
        for v, a, b in zip(values, low, high, strict=True)
    ]


def share(estimate: Estimate, subjects: int) -> Estimate:
    """A share in [0, 1], with Wilson's interval where the bootstrap has none.

    If all subjects have the same share (all faces right, or all wrong), so has every sample, and
    the bootstrap interval has zero width. Wilson's score interval (Wilson 1927; Brown, Cai and
    DasGupta 2001) on the number of subjects replaces it: 0 wrong of 10 subjects gives 0.72 to 1.
    """
    if estimate.method != NO_VARIATION:
        return estimate
    low, high = wilson(estimate.value, subjects)
    return Estimate(estimate.value, low, high, WILSON)


def wilson(value: float, n: int) -> tuple[float, float]:
    """Wilson's 95 % score interval of a share `value` in [0, 1] of `n` independent trials."""
    centre = (value + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * sqrt(value * (1 - value) / n + Z * Z / (4 * n * n))
    return (
        0.0 if value == 0.0 else max(0.0, centre - half),
        1.0 if value == 1.0 else min(1.0, centre + half),
    )


def all_resampled(*estimates: Estimate) -> bool:
    """Whether all have bootstrap samples, so that a difference can be resampled jointly."""
    return all(estimate.method == BOOTSTRAP for estimate in estimates)


def difference(better: Estimate, worse: Estimate, paired: Floats | None) -> Estimate:
    """`better` minus `worse`, with an interval.

    Args:
      better: a share.
      worse: a share.
      paired: (REPLICATES, 2), both shares in each joint sample of subjects, NaN where a group drew
        no subject (such samples are left out); None where a side has no bootstrap.

    Without joint samples the two sides' own intervals are combined (Zou and Donner 2008,
    Construction of confidence limits about effect measures, Statistics in Medicine 27, 1693-1702).
    """
    value = better.value - worse.value
    if ONE_SUBJECT in (better.method, worse.method):
        return Estimate(value, None, None, ONE_SUBJECT)
    if paired is not None:
        low, high = np.nanpercentile(paired[:, 0] - paired[:, 1], TAILS)
        if low < high:
            return Estimate(value, float(low), float(high), BOOTSTRAP)
    below = sqrt((better.value - _low(better)) ** 2 + (_high(worse) - worse.value) ** 2)
    above = sqrt((_high(better) - better.value) ** 2 + (worse.value - _low(worse)) ** 2)
    return Estimate(value, max(-1.0, value - below), min(1.0, value + above), COMBINED)


def _low(estimate: Estimate) -> float:
    return 0.0 if estimate.low is None else estimate.low


def _high(estimate: Estimate) -> float:
    return 1.0 if estimate.high is None else estimate.high
