"""Identity of a model: one hash over the names and bytes of all its files."""

import hashlib
import os
from typing import Any

_BLOCK_BYTES = 1 << 20


def model_hash(folder: str, files: Any) -> str:
    """SHA-256 of a SavedModel, 64 hex digits; equal for a copy of it.

    Args:
      folder: local path or URI.
      files: tfx.dsl.io.fileio.
    """
    paths = [os.path.join(below, name) for below, _, names in files.walk(folder) for name in names]
    whole = hashlib.sha256()
    for name, path in sorted((os.path.relpath(path, folder), path) for path in paths):
        whole.update(f"{_file_hash(path, files)}  {name}\n".encode())
    return whole.hexdigest()


def _file_hash(path: str, files: Any) -> str:
    digest = hashlib.sha256()
    with files.open(path, "rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()
