"""Simulated people, whose images a model gets right or wrong."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy import stats

from components.bias_review.measures import intervals
from components.bias_review.measures.clusters import ClusterSums, Floats, Ints

RUN_SUBJECTS = 200  # Of all the head's faces, from which the pooled correlation comes.
MOST_IMAGES = 40  # Of a subject.
TYPICAL_IMAGES = 6
SLOPE = 1.0  # Of the log-odds of being right, from a subject's first image to its tenth.

Generator = np.random.Generator
# (numbers of images (...), accuracy, correlation, random numbers) to the chance of each subject.
Kind = Callable[[Ints, float, float, Generator], Floats]


def image_counts(shape: tuple[int, ...], rng: Generator) -> Ints:
    """Numbers of images of subjects: many have one or two, few have many, as in Adience."""
    counts = rng.geometric(1 / TYPICAL_IMAGES, shape)
    return np.minimum(counts, MOST_IMAGES)


def beta(images: Ints, accuracy: float, icc: float, rng: Generator) -> Floats:
    """Chances of a beta distribution; images of a subject are then correlated by `icc`."""
    strength = 1 / icc - 1
    return rng.beta(accuracy * strength, (1 - accuracy) * strength, images.shape)


def all_or_nothing(images: Ints, accuracy: float, icc: float, rng: Generator) -> Floats:
    """Subjects whose images are all right or all wrong; `icc` is 1."""
    del icc
    return (rng.random(images.shape) < accuracy).astype(np.float64)


def rising(images: Ints, accuracy: float, icc: float, rng: Generator) -> Floats:
    """As `beta`, but who has more images is more often right."""
    mean, strength = rising_means(images, accuracy), 1 / icc - 1
    return rng.beta(mean * strength, (1 - mean) * strength)


def rising_means(images: Ints, accuracy: float) -> Floats:
    """The mean chance of subjects with so many images; `accuracy` with 3 images."""
    odds = np.log(accuracy / (1 - accuracy)) + SLOPE * (np.log10(images) - 0.5)
    return np.asarray(1 / (1 + np.exp(-odds)))


def results(images: Ints, chances: Floats, rng: Generator) -> ClusterSums:
    """Right images of each subject, as sums of zeros and ones."""
    right = rng.binomial(images, chances).astype(np.float64)
    return ClusterSums(images.astype(np.float64), right, right)


class Cell(NamedTuple):
    """A population."""

    name: str
    kind: Kind
    accuracy: float
    icc: float  # Of the group.
    pooled: float  # Of all the head's faces.

    @property
    def truth(self) -> float:
        """The share of right images in the whole population."""
        if self.kind is not rising:
            return self.accuracy
        images = np.arange(1, MOST_IMAGES + 1)
        going_on = 1 - 1 / TYPICAL_IMAGES
        frequency = going_on ** (images - 1) / np.where(images < MOST_IMAGES, TYPICAL_IMAGES, 1)
        return float(np.average(rising_means(images, self.accuracy), weights=images * frequency))

    def draw(self, data_sets: int, subjects: int, icc: float, rng: Generator) -> ClusterSums:
        """Results of independent data sets of so many subjects each."""
        images = image_counts((data_sets, subjects), rng)
        return results(images, self.kind(images, self.accuracy, icc, rng), rng)


class MeanCell(NamedTuple):
    """Class errors: whole numbers that differ between subjects and between a subject's images."""

    name: str
    shift: float  # Of all errors, before they are rounded.
    between: float  # Standard deviation of the subjects' means.
    within: float  # Of a subject's images.

    def draw(self, shape: tuple[int, ...], rng: Generator) -> ClusterSums:
        """Errors of independent data sets, summed by subject; the last axis is the subjects'."""
        images = image_counts(shape, rng)
        means = rng.normal(self.shift, self.between, shape)
        errors = np.rint(rng.normal(means[..., None], self.within, (*shape, MOST_IMAGES)))
        errors *= np.arange(MOST_IMAGES) < images[..., None]
        return ClusterSums(images.astype(np.float64), errors.sum(-1), (errors**2).sum(-1))

    def truth(self) -> float:
        """The mean of the whole population, over rounded values; the images do not depend on it."""
        deviation = float(np.hypot(self.between, self.within))
        values = np.arange(-30, 31)
        upper = stats.norm.cdf(values + 0.5, self.shift, deviation)
        lower = stats.norm.cdf(values - 0.5, self.shift, deviation)
        return float((values * (upper - lower)).sum())


def mean_coverage(cell: MeanCell, subjects: int, data_sets: int, seed: int) -> tuple[float, float]:
    """As `coverage`, of the mean class error."""
    rng = np.random.default_rng([seed, subjects])
    sums = cell.draw((data_sets, subjects), rng)
    low, high = intervals.mean_bounds(sums)
    deviation = np.sqrt(sums.squares.sum(-1) / sums.total - sums.mean**2)
    half = stats.norm.isf(intervals.TAIL) * deviation / np.sqrt(sums.total)
    truth = cell.truth()
    ours = (low <= truth) & (truth <= high)
    return float(ours.mean()), float((np.abs(sums.mean - truth) <= half).mean())


def coverage(cell: Cell, subjects: int, data_sets: int, seed: int) -> tuple[float, float]:
    """Shares of the data sets whose 95 % interval holds the truth: ours, and the one by image."""
    rng = np.random.default_rng([seed, subjects])
    group = cell.draw(data_sets, subjects, cell.icc, rng)
    pooled = intervals.pooled_correlation(cell.draw(data_sets, RUN_SUBJECTS, cell.pooled, rng))
    bounds = (
        intervals.share_bounds(group, pooled),
        intervals.wilson(group.mean, group.total),
    )
    ours, by_image = (
        float(((low <= cell.truth) & (cell.truth <= high)).mean()) for low, high in bounds
    )
    return ours, by_image
