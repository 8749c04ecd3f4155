"""Artifact types, each a folder with the files it names, and specs of components that count folds.

`TYPE_NAME` holds exactly one dot: Kubeflow imports the type by that name from `schemas`.
"""

from collections.abc import Mapping
from typing import Any

from tfx.types.artifact import Artifact
from tfx.types.channel import Channel
from tfx.types.component_spec import ChannelParameter, ComponentSpec, ExecutionParameter


class Manifest(Artifact):
    """`manifest.parquet`, of `schemas.tables.MANIFEST`."""

    TYPE_NAME = "schemas.Manifest"


class Rejects(Artifact):
    """`rejects.parquet`, of `schemas.tables.REJECTS`."""

    TYPE_NAME = "schemas.Rejects"


class LabelReport(Artifact):
    """`report.json`: counts of label rows by decision."""

    TYPE_NAME = "schemas.LabelReport"


class ImageReport(Artifact):
    """`report.json`: counts of images by decision."""

    TYPE_NAME = "schemas.ImageReport"


class ReviewPage(Artifact):
    """`index.html`, `slices.csv`, `review.json` and `model_card.html`."""

    TYPE_NAME = "schemas.ReviewPage"


def numbered(key: str, count: int) -> list[str]:
    """The keys of `count` channels of one kind: `model_0`, `model_1`..."""
    return [f"{key}_{number}" for number in range(count)]


def make_spec(
    name: str,
    inputs: Mapping[str, type[Artifact]],
    outputs: Mapping[str, type[Artifact]],
    values: Mapping[str, Any],
) -> ComponentSpec:
    """The spec of a component whose number of inputs is known only when it is made.

    `values` holds the channels of the inputs and the texts of the parameters.
    """
    parameters = [key for key in values if key not in inputs]
    members = {
        "PARAMETERS": {key: ExecutionParameter(type=str) for key in parameters},
        "INPUTS": {key: ChannelParameter(type=kind) for key, kind in inputs.items()},
        "OUTPUTS": {key: ChannelParameter(type=kind) for key, kind in outputs.items()},
    }
    spec = type(name, (ComponentSpec,), members)
    return spec(**values, **{key: Channel(type=kind) for key, kind in outputs.items()})
