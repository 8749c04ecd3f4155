"""Runs a package task by task, as Kubeflow's driver and launcher do.

Each task is its own command in a process of its own. It is handed an ExecutorInput as the driver of
kubeflow/pipelines writes it (backend/src/v2/driver and metadata/client.go): inputs without their
types, artifacts named by numbers, URIs of an object store, metadata as MLMD gives it back. The
bucket is a folder; as the launcher does, inputs are copied below `/minio` before a task, and
outputs from there afterwards, and then nothing is left there.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

from pipelines.kubeflow.paths import SCHEMA_FOLDER
from pipelines.kubeflow.tasks import RUN_PLACEHOLDER
from tests.repository import ROOT, environment

MOUNT = Path("/minio")
AT_ONCE = 2  # Tasks.


class Artifact(NamedTuple):
    """What the metadata store knows of one output."""

    number: int
    uri: str
    metadata: dict[str, Any]


class Done(NamedTuple):
    """A finished task."""

    outputs: dict[str, Artifact]
    log: str
    seconds: float
    cached: bool = False


class TaskFailedError(Exception):
    """A task ended with another exit status than 0; the message is its log's end."""


class Cluster:
    """An object store, a metadata store and a cache, in a folder."""

    def __init__(self, folder: Path) -> None:
        self.bucket = folder / "bucket"
        self._name = f"facefold-{os.getpid()}-{folder.name}"  # Of the bucket below MOUNT.
        self._numbers = iter(range(1, 1_000_000))
        self._cache: dict[str, dict[str, Artifact]] = {}
        self._runs = 0

    def local(self, artifact: Artifact) -> Path:
        """Where the bucket's folder holds an artifact."""
        return self.bucket / artifact.uri.removeprefix(f"minio://{self._name}/")

    def run(self, package: Path) -> dict[str, Done]:
        """Run all tasks of a package; returns them by name.

        Raises:
          TaskFailedError: a task failed.
        """
        specification, _platform = yaml.safe_load_all(package.read_text(encoding="utf-8"))
        json_format.ParseDict(specification, pipeline_spec_pb2.PipelineSpec())
        self._runs += 1
        done: dict[str, Done] = {}
        waiting = dict(specification["root"]["dag"]["tasks"])
        running: dict[str, Future[Done]] = {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            while waiting or running:
                for name, task in list(waiting.items()):
                    if set(task.get("dependentTasks", ())) <= done.keys():
                        del waiting[name]
                        running[name] = pool.submit(self._task, name, specification, dict(done))
                time.sleep(0.02)
                for name in [name for name, future in running.items() if future.done()]:
                    done[name] = running.pop(name).result()
        return done

    def _task(self, name: str, specification: Any, done: Mapping[str, Done]) -> Done:
        task = specification["root"]["dag"]["tasks"][name]
        component = specification["components"][task["componentRef"]["name"]]
        executor = specification["deploymentSpec"]["executors"][component["executorLabel"]]
        given = {
            key: done[each["taskOutputArtifact"]["producerTask"]].outputs[
                each["taskOutputArtifact"]["outputArtifactKey"]
            ]
            for key, each in task.get("inputs", {}).get("artifacts", {}).items()
        }
        parameters = {
            key: self._resolved(each["runtimeValue"]["constant"])
            for key, each in task.get("inputs", {}).get("parameters", {}).items()
        }
        kinds = component["outputDefinitions"]["artifacts"]
        key = json.dumps(
            [{key: each.number for key, each in given.items()}, parameters, kinds, executor],
            sort_keys=True,
        )
        cached = task.get("cachingOptions", {}).get("enableCache", False)
        if cached and key in self._cache:
            return Done(self._cache[key], "", 0.0, cached=True)
        finished = self._execute(name, executor["container"], given, parameters, kinds)
        self._cache[key] = finished.outputs
        return finished

    def _resolved(self, constant: Any) -> Any:
        """A constant, or what the driver puts in its place."""
        return f"run-{self._runs}" if constant == RUN_PLACEHOLDER else constant

    def _execute(
        self,
        name: str,
        container: Any,
        given: Mapping[str, Artifact],
        parameters: Mapping[str, Any],
        kinds: Mapping[str, Any],
    ) -> Done:
        root = f"minio://{self._name}/v2/artifacts/run-{self._runs}/{name}"
        began = time.monotonic()
        with tempfile.TemporaryDirectory() as scratch, self._mounted(given.values(), root):
            output_file = Path(scratch) / "kfp_outputs" / "output_metadata.json"
            request = _request(given, parameters, kinds, root, str(output_file))
            words = [*container["command"], *container["args"]]
            words = [word.replace("{{$}}", json.dumps(request)) for word in words]
            assert words[0] == "python"
            ended = subprocess.run(
                [sys.executable, *words[1:]],
                cwd=scratch, env=environment(), text=True, check=False,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            )  # fmt: skip
            if ended.returncode != 0:
                raise TaskFailedError(f"{name}:\n{ended.stdout[-4000:]}")
            written = pipeline_spec_pb2.ExecutorOutput()
            json_format.Parse(output_file.read_text(encoding="utf-8"), written)  # Strictly.
            self._upload(root)
        outputs = {}
        for key in kinds:
            [artifact] = written.artifacts[key].artifacts
            assert artifact.uri == f"{root}/{key}", artifact.uri
            metadata = json_format.MessageToDict(artifact.metadata)
            outputs[key] = Artifact(next(self._numbers), artifact.uri, _through_mlmd(metadata))
        return Done(outputs, ended.stdout, time.monotonic() - began)

    @contextmanager
    def _mounted(self, given: Any, root: str) -> Iterator[None]:
        """The inputs below MOUNT, each a copy; afterwards nothing of this task."""
        paths = [MOUNT / each.uri.removeprefix("minio://") for each in given]
        for artifact, path in zip(given, paths, strict=True):
            if not path.exists():
                _copy(self.local(artifact), path)
        try:
            yield
        finally:
            shutil.rmtree(MOUNT / root.removeprefix("minio://"), ignore_errors=True)

    def _upload(self, root: str) -> None:
        below = root.removeprefix("minio://")
        written = MOUNT / below
        if written.exists():
            _copy(written, self.bucket / below.removeprefix(f"{self._name}/"))

    def empty_mount(self) -> None:
        """Remove what was downloaded."""
        shutil.rmtree(MOUNT / self._name, ignore_errors=True)


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target, dirs_exist_ok=True)
    elif source.exists():
        shutil.copyfile(source, target)


def _request(
    given: Mapping[str, Artifact],
    parameters: Mapping[str, Any],
    kinds: Mapping[str, Any],
    root: str,
    output_file: str,
) -> dict[str, Any]:
    return {
        "inputs": {
            "parameterValues": dict(parameters),
            "artifacts": {
                key: {
                    "artifacts": [
                        {
                            "name": str(each.number),
                            "type": {"instanceSchema": ""},
                            "uri": each.uri,
                            "metadata": each.metadata,
                        }
                    ]
                }
                for key, each in given.items()
            },
        },
        "outputs": {
            "artifacts": {
                key: {
                    "artifacts": [
                        {
                            "name": key,
                            "type": kind["artifactType"],
                            "uri": f"{root}/{key}",
                            "metadata": {},
                        }
                    ]
                }
                for key, kind in kinds.items()
            },
            "outputFile": output_file,
        },
    }


def _through_mlmd(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Metadata as they come back: truth values as numbers, lists and structs in a wrapping."""
    found: dict[str, Any] = {}
    for key, value in metadata.items():
        if isinstance(value, bool):
            found[key] = float(value)
        elif isinstance(value, list):
            found[key] = {"list": value}
        elif isinstance(value, dict):
            found[key] = {"struct": value}
        else:
            found[key] = value
    return found


def can_mount() -> bool:
    """Whether MOUNT and the image's folder of schemas can be made: in a container, or as root."""
    return os.access("/", os.W_OK)


@contextmanager
def image_schemas() -> Iterator[None]:
    """The folder that deploy/Dockerfile writes, where it is missing."""
    folder = Path(SCHEMA_FOLDER)
    there = folder.exists()
    if not there:
        subprocess.run(
            [sys.executable, "-m", "schemas.tfdv", str(folder)],
            cwd=ROOT, env=environment(), check=True, capture_output=True,
        )  # fmt: skip
    try:
        yield
    finally:
        if not there:
            shutil.rmtree(folder)
