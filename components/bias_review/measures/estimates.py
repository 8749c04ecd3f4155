"""Estimates of every metric of a group of faces."""

from collections.abc import Collection, Mapping

from components.bias_review.measures import intervals
from components.bias_review.measures.clusters import Ints, cluster_sums, dense, dense_sums
from components.bias_review.measures.intervals import Estimate
from components.bias_review.predictions import PHOTOGRAPHER, HeadRows
from schemas.metrics import METRICS

LEAST_PHOTOGRAPHERS = 10  # Fewer tell little about how much photographers differ.


class Estimator:
    """Estimates for the groups of one head; it knows how alike the images of one person are."""

    def __init__(self, rows: HeadRows) -> None:
        self.rows = rows
        self._pooled = {
            name: {
                by: float(intervals.pooled_correlation(cluster_sums(cluster, values)))
                for by, cluster in rows.clusters.items()
            }
            for name, values in rows.values.items()
            if METRICS[name].kind == "share"
        }

    def estimate(
        self, members: Ints, only: Collection[str] | None = None
    ) -> Mapping[str, Estimate]:
        """Metrics of the head by name; empty without an image.

        Args:
          members: places of the group's faces.
          only: names of the metrics; all by default.
        """
        if not len(members):
            return {}
        clusters = {by: dense(cluster[members]) for by, cluster in self.rows.clusters.items()}
        if clusters[PHOTOGRAPHER].max() + 1 < LEAST_PHOTOGRAPHERS:
            del clusters[PHOTOGRAPHER]
        found = {}
        for name in self.rows.values if only is None else only:
            values = self.rows.values[name][members]
            sums = {by: dense_sums(cluster, values) for by, cluster in clusters.items()}
            pooled = self._pooled.get(name)
            found[name] = intervals.mean(sums) if pooled is None else intervals.share(sums, pooled)
        return found
