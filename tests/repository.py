"""Paths of the repository, for tests that read its files or start its code."""

import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SOURCES = ("schemas", "components", "pipelines")  # The packages.
FACE_SCHEMA = ROOT / "schemas" / "tfdv" / "faces.pbtxt"


def environment(sources: Path = ROOT, **more: str) -> dict[str, str]:
    """Environment of a child process that imports the packages of `sources`."""
    return {**os.environ, "PYTHONPATH": str(sources), "TF_USE_LEGACY_KERAS": "0", **more}
