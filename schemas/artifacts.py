"""The artifact types that travel between steps; each is a folder with the files it names.

`TYPE_NAME` holds exactly one dot: Kubeflow imports the type by that name from `schemas`.
"""

from tfx.types.artifact import Artifact


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
