"""Outputs that Kubeflow's own page shows: the review, its figures and the statistics.

They are artifacts of Kubeflow's types, which TFX does not know: the package adds them to the steps,
and the entry point fills them from what the step has written.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from pipelines.kubeflow.statistics_page import statistics_page
from schemas.artifact_files import PAGE_FILE, REVIEW_FILE

HTML = "system.HTML"
METRICS = "system.Metrics"
CONFUSION = "system.ClassificationMetrics"
_VERSION = "0.0.1"  # Of these types, in kfp's dsl.
_CONFUSION_KEY = "confusion_"  # Followed by the head.

Places = Mapping[str, Path]  # {output channel: its folder}.


class Content(NamedTuple):
    """Content of a shown output: a file, or metadata alone."""

    text: str = ""
    metadata: Mapping[str, Any] = {}


def _review(places: Places) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((places["page"] / REVIEW_FILE).read_text(encoding="utf-8"))
    return found


def _page(places: Places, _: str) -> Content:
    return Content((places["page"] / PAGE_FILE).read_text(encoding="utf-8"))


def _metrics(places: Places, _: str) -> Content:
    review = _review(places)
    metadata = {"verdict": review["verdict"]}
    several = len(review["overall"]) > 1
    for overall in review["overall"]:
        prefix = f"{overall['head']}_" if several else ""
        metadata[f"{prefix}accuracy"] = overall["accuracy"]
        worst = review["worst_groups"][overall["head"]]
        if worst:
            metadata[f"{prefix}worst_group"] = worst["title"]
            metadata[f"{prefix}worst_group_accuracy"] = worst["accuracy"]
    return Content(metadata={key: value for key, value in metadata.items() if value is not None})


def _confusion(places: Places, channel: str) -> Content:
    table = _review(places)["confusion"][channel.removeprefix(_CONFUSION_KEY)]
    return Content(
        metadata={
            "confusionMatrix": {
                "annotationSpecs": [{"displayName": name} for name in table["classes"]],
                "rows": [{"row": row} for row in table["counts"]],
            }
        }
    )


def _statistics(places: Places, _: str) -> Content:
    return Content(statistics_page(places["statistics"]))


_SHOWN: dict[str, tuple[str, Callable[[Places, str], Content]]] = {
    "review": (HTML, _page),
    "metrics": (METRICS, _metrics),
    "shown_statistics": (HTML, _statistics),
}


def shown_types(step: str, heads: tuple[str, ...]) -> dict[str, str]:
    """{channel: Kubeflow's type} of what is shown of a step."""
    if step == "BiasReview":
        return {
            "review": HTML,
            "metrics": METRICS,
            **{f"{_CONFUSION_KEY}{head}": CONFUSION for head in heads},
        }
    return {"shown_statistics": HTML} if step == "StatisticsGen" else {}


def artifact_type(title: str) -> dict[str, str]:
    """The type of an artifact in a package."""
    return {"schemaTitle": title, "schemaVersion": _VERSION}


def content(channel: str, places: Places) -> Content:
    """What a channel of `shown_types` shows, from the step's own outputs."""
    fill = _confusion if channel.startswith(_CONFUSION_KEY) else _SHOWN[channel][1]
    return fill(places, channel)
