"""The fingerprint of the sources: changes exactly when FaceIngest must run again."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow.compute as pc
import xxhash

from components.faces.safe_open import Links
from components.ingest.images.image_index import ImageIndex, index_images
from components.ingest.label_files import open_labels
from components.ingest.sources.registry import SOURCES
from schemas.config.blocks import DataConfig

_BLOCK_BYTES = 1 << 20


def fingerprint(data: Sequence[DataConfig], links: Links = None) -> str:
    """Hash label files by name and content, and images by name, size and modification time.

    Parent folders are not hashed, so a data set may be moved. `links` is that of ImagesConfig.
    """
    digest = xxhash.xxh3_128()
    for source in data:
        _add_text(digest, source.dataset)
        for file in SOURCES[source.dataset].label_files(source):
            _add_text(digest, file.source)
            _add_text(digest, _file_digest(file.path))
        if source.images:
            _add_images(digest, index_images(source.images, links))
    return str(digest.hexdigest())


def _file_digest(path: str) -> str:
    digest = xxhash.xxh3_128()
    with open_labels(path) as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return str(digest.hexdigest())


def _add_images(digest: Any, images: ImageIndex) -> None:
    lengths = np.asarray(pc.binary_length(images.names).to_numpy(), np.int64)
    for column in (lengths, images.kinds, images.sizes, images.mtimes):
        _add_text(digest, f"{column.dtype}:{len(column)}")
        digest.update(column.tobytes())
    for name in images.names:
        digest.update(name.as_buffer())


def _add_text(digest: Any, text: str) -> None:
    """Add a length and a text, so that no two sequences of texts hash alike."""
    encoded = text.encode("utf-8", errors="surrogateescape")
    digest.update(f"{len(encoded)}:".encode())
    digest.update(encoded)
