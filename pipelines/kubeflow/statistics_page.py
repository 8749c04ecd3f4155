"""TFDV's statistics as one HTML file that loads nothing.

TFDV's own page (Facets) loads its code from two hosts when it is opened; many clusters have no way
out.
"""

from pathlib import Path
from typing import Any, NamedTuple

from jinja2 import Environment, PackageLoader

_MOST_FREQUENT = 5  # Values that are shown.


class Feature(NamedTuple):
    """A row of the page."""

    name: str
    present: int  # Faces that have the feature.
    different: str  # Number of different values; empty where TFDV counts none.
    values: str


class Split(NamedTuple):
    """A table of the page."""

    name: str
    examples: int
    features: list[Feature]


def statistics_page(folder: Path) -> str:
    """The page of an artifact of StatisticsGen."""
    import tensorflow_data_validation as tfdv

    splits = [
        _split(path.parent.name.removeprefix("Split-"), tfdv.load_stats_binary(str(path)))
        for path in sorted(folder.glob("Split-*/FeatureStats.pb"))
    ]
    environment = Environment(loader=PackageLoader("pipelines.kubeflow"), autoescape=True)
    return environment.get_template("statistics.html.j2").render(splits=splits)


def _split(name: str, statistics: Any) -> Split:
    [data] = statistics.datasets
    features = sorted(map(_feature, data.features), key=lambda feature: feature.name)
    return Split(name, data.num_examples, features)


def _feature(statistics: Any) -> Feature:
    kind = statistics.WhichOneof("stats")
    found = getattr(statistics, kind)
    name = "/".join(statistics.path.step) or statistics.name
    if kind == "num_stats":
        values = f"{found.min:g} to {found.max:g}, mean {found.mean:g}"
        return Feature(name, found.common_stats.num_non_missing, "", values)
    if kind == "string_stats":
        top = [f"{each.value} ({each.frequency:,.0f})" for each in found.top_values]
        return Feature(
            name,
            found.common_stats.num_non_missing,
            f"{found.unique:,}",
            ", ".join(top[:_MOST_FREQUENT]),
        )
    return Feature(name, found.common_stats.num_non_missing, "", "")
