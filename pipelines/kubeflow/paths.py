"""Checks of a config for Kubeflow, without importing TFX."""

import re
from pathlib import Path

from schemas.config.blocks import Config
from schemas.config.train import WEIGHT_WORDS
from schemas.errors import ConfigError
from schemas.folds import fold_names
from schemas.labels.classes import AGE_TABLES, table_name

# Folds of the shipped datasets: a package is compiled without reading data.
FOLDS = fold_names(5)

# Folder of the image with a TFDV schema per class table, written by deploy/Dockerfile.
SCHEMA_FOLDER = "/opt/facefold/face_schemas"

_ABSOLUTE = re.compile(r"/|[a-z][a-z0-9+.-]*://")


def check_cluster_paths(config: Config) -> None:
    """Every path is absolute, in the container, or a URI; none is looked up on this machine.

    Raises:
      ConfigError: a relative path, or a custom class table, whose schema the image lacks.
    """
    if config.labels.classes not in AGE_TABLES:
        raise ConfigError(
            f"labels.classes is the custom table {table_name(config.labels.classes)!r}, expected "
            f"one of {', '.join(AGE_TABLES)}, whose schemas the image holds. Add yours to "
            "AGE_TABLES in schemas/labels/classes.py, and build the image."
        )
    weights = config.train.weights
    paths = {
        "push.directory": config.push.directory,
        "train.weights": "/" if weights in (None, *WEIGHT_WORDS) else weights,
        "train.start_from": config.train.start_from or "/",
    }
    for position, data in enumerate(config.data):
        key = "data" if len(config.data) == 1 else f"data.{position}"
        paths |= {f"{key}.labels": data.labels or "/", f"{key}.images": data.images or ""}
    for name, path in paths.items():
        if not _ABSOLUTE.match(path):
            raise ConfigError(
                f"{name} is {path!r}, expected an absolute path in the container or a URI: "
                "on the cluster there is no current folder."
            )


def check_package(package: Path) -> None:
    """The package has the right ending, its folder exists, and it replaces a package alone."""
    if package.suffix not in (".yaml", ".yml"):
        raise ConfigError(f"-o is {str(package)!r}, expected a name ending in .yaml.")
    if package.is_dir() or not package.absolute().parent.is_dir():
        raise ConfigError(f"-o is {str(package)!r}, expected a file in an existing folder.")
    if package.exists() and not _is_package(package):
        raise ConfigError(
            f"-o is {str(package)!r}, which exists and is no package, expected none or an earlier "
            "one. Name another file, or move it away."
        )


def _is_package(path: Path) -> bool:
    """Whether a file has the key that every package has at its top; an empty one will do."""
    content = path.read_bytes() if path.is_file() else b"-"
    return not content or b"\nschemaVersion:" in content
