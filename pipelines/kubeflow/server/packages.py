"""A config as a package in a temporary file, and the names of its tasks."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.kubeflow.names import task_name
from pipelines.kubeflow.paths import FOLDS
from pipelines.nodes import node_names
from pipelines.terminal import redirect_output
from schemas.config.blocks import Config


@contextmanager
def compiled(config: Config, fingerprint: str = "") -> Iterator[Path]:
    """The package of a config, removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        package = Path(folder) / "pipeline.yaml"
        with redirect_output(Path(os.devnull)):
            from pipelines.kubeflow.compile import write_package

            write_package(config, package, fingerprint)
        yield package


def task_names(config: Config) -> list[str]:
    """The tasks of the package, in their order."""
    return [task_name(node) for node in node_names(config, FOLDS)]
