"""The argument of every reader: `read_rows(source: SourceInput) -> Iterator[pa.Table]`."""

from typing import NamedTuple

from components.ingest.images.image_index import ImageIndex
from schemas.config.blocks import DataConfig
from schemas.task_stream import Compute


class SourceInput(NamedTuple):
    """One source of a config, and the means to read it."""

    config: DataConfig
    name: str  # Unique among the sources; the first part of the rows' keys.
    images: ImageIndex | None  # Index of the image root; None if images are not read.
    compute: Compute  # Runs delayed tasks.
