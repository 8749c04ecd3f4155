"""Values summed by the person they come from, and how alike the values of one person are."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Column = npt.NDArray[Any]  # Bool, int or float.


class ClusterSums(NamedTuple):
    """Sums over the values of each cluster (a subject, or a photographer).

    Every array is float64 (..., clusters); leading axes are independent data sets. Every cluster
    has a value.
    """

    sizes: Floats  # Number of values.
    sums: Floats
    squares: Floats  # Sums of squares.

    @property
    def clusters(self) -> int:
        """Number of clusters."""
        return int(self.sizes.shape[-1])

    @property
    def total(self) -> Floats:
        """(...): number of values."""
        return np.asarray(self.sizes.sum(axis=-1))

    @property
    def mean(self) -> Floats:
        """(...): mean of the values."""
        return np.asarray(self.sums.sum(axis=-1) / self.total)


def cluster_sums(cluster: Ints, values: Column) -> ClusterSums:
    """The sums of one data set.

    Args:
      cluster: (rows,), a number of each row's cluster; 0 or more, gaps allowed; at least one row.
      values: (rows,).
    """
    return dense_sums(dense(cluster), values)


def dense(cluster: Ints) -> Ints:
    """(rows,): the clusters numbered anew from 0, without gaps."""
    return np.asarray(np.unique(cluster, return_inverse=True)[1])


def dense_sums(cluster: Ints, values: Column) -> ClusterSums:
    """As `cluster_sums`, of clusters that are numbered from 0 without gaps."""
    numbers = values.astype(np.float64)
    return ClusterSums(
        sizes=np.bincount(cluster).astype(np.float64),
        sums=np.bincount(cluster, weights=numbers).astype(np.float64),
        squares=np.bincount(cluster, weights=numbers * numbers).astype(np.float64),
    )


def correlation(sums: ClusterSums) -> Floats:
    """(...): the intra-class correlation of a cluster's values, cut to [0, 1].

    The estimator of the one-way analysis of variance for clusters of different sizes (Donner 1986,
    A review of inference procedures for the intraclass correlation coefficient, International
    Statistical Review 54, 67-82). It is 0 where every cluster has one value, and NaN where nothing
    shows it: in a single cluster of several values, or where all values are equal.
    """
    total, clusters = sums.total, sums.clusters
    if clusters == 1:
        return np.where(total == 1, 0.0, np.nan)
    within = (sums.squares - sums.sums**2 / sums.sizes).sum(axis=-1)
    means = sums.sums / sums.sizes
    between = (sums.sizes * (means - sums.mean[..., None]) ** 2).sum(axis=-1)
    typical = (total - (sums.sizes**2).sum(axis=-1) / total) / (clusters - 1)
    with np.errstate(divide="ignore", invalid="ignore"):
        per_within = within / (total - clusters)
        per_between = between / (clusters - 1)
        found = (per_between - per_within) / (per_between + (typical - 1) * per_within)
    return np.where(total == clusters, 0.0, np.clip(found, 0.0, 1.0))


def effective_values(sums: ClusterSums, correlation: Floats) -> Floats:
    """(...): the number of independent values that tell as much about the mean.

    Of clusters of sizes n_i with values correlated by r the mean has the variance of
    N^2 / sum n_i (1 + (n_i - 1) r) independent values (Kish 1965, Survey Sampling, section 5.4).
    """
    inflated = sums.sizes * (1 + (sums.sizes - 1) * np.asarray(correlation)[..., None])
    return np.asarray(sums.total**2 / inflated.sum(axis=-1))
