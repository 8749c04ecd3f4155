"""A step's files on the volume that a cluster's Beam workers mount, too.

Kubeflow's launcher puts artifacts into the step's own container, which those workers do not see.
"""

import shutil
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

_WORK = "work"  # Below `kubeflow.store`.


@contextmanager
def on_volume(request: Any, store: Path) -> Iterator[None]:
    """Put copies on the volume in place of the local paths of an ExecutorInput, then copy back.

    Args:
      request: the ExecutorInput; its URIs are local paths, and so they are afterwards.
      store: `kubeflow.store`, under the same path for all workers.
    """
    folder = store / _WORK / uuid.uuid4().hex
    inputs = [
        (artifact, folder / "inputs" / name / str(number))
        for name, channel in request.inputs.artifacts.items()
        for number, artifact in enumerate(channel.artifacts)
    ]
    outputs = [
        (channel.artifacts[0], folder / "outputs" / name)
        for name, channel in request.outputs.artifacts.items()
    ]
    local = {str(path): Path(artifact.uri) for artifact, path in (*inputs, *outputs)}
    try:
        for artifact, path in inputs:
            copy(Path(artifact.uri), path)
            artifact.uri = str(path)
        for artifact, path in outputs:
            path.parent.mkdir(parents=True, exist_ok=True)
            artifact.uri = str(path)
        yield
        for _, path in outputs:
            copy(path, local[str(path)])
    finally:
        for artifact, path in (*inputs, *outputs):
            artifact.uri = str(local[str(path)])
        shutil.rmtree(folder, ignore_errors=True)


def copy(source: Path, target: Path) -> None:
    """Copy a folder or a file, if there is one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.exists():
        shutil.copyfile(source, target)
