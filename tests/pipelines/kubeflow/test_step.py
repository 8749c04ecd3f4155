"""The command of a step: types, paths, outputs; and one line where it cannot run."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.kubeflow.step import main
from tests.e2e.kubeflow_cluster import MOUNT, can_mount
from tests.repository import FACE_SCHEMA

pytestmark = pytest.mark.tf

BUCKET = "minio://facefold-test-step"
needs_mount = pytest.mark.skipif(not can_mount(), reason="only root may write to /minio")


def words(request: dict[str, Any], *options: str, spec: dict[str, Any] | None = None) -> list[str]:
    """The command's words for TFX's ImportSchemaGen."""
    return [
        "--node", "ImportSchemaGen",
        "--executor_class_path", "tfx.components.schema_gen.import_schema_gen.executor.Executor",
        "--json_serialized_invocation_args", json.dumps(request),
        "--json_serialized_inputs_spec_args", json.dumps(spec or {}),
        *options,
    ]  # fmt: skip


def request(schema_file: Path, output_file: Path, **inputs: Any) -> dict[str, Any]:
    kind = {"instanceSchema": "title: tfx.Schema\ntype: object\n"}
    output = {"name": "schema", "type": kind, "uri": f"{BUCKET}/run/schema", "metadata": {}}
    return {
        "inputs": {"parameterValues": {"schema_file": str(schema_file)}, "artifacts": inputs},
        "outputs": {
            "artifacts": {"schema": {"artifacts": [output]}},
            "outputFile": str(output_file),
        },
    }


@needs_mount
def test_a_step_writes_below_the_mount_and_names_the_bucket(tmp_path: Path) -> None:
    output_file = tmp_path / "kfp_outputs" / "output_metadata.json"
    folder = MOUNT / BUCKET.removeprefix("minio://")

    assert main(words(request(FACE_SCHEMA, output_file))) == 0

    [artifact] = json.loads(output_file.read_text())["artifacts"]["schema"]["artifacts"]
    written = folder / "run" / "schema" / "schema.pbtxt"
    text = written.read_text()
    written.unlink()
    for empty in (written.parent, written.parent.parent, folder):
        empty.rmdir()
    assert artifact["uri"] == f"{BUCKET}/run/schema"
    assert len(artifact["metadata"]["facefold_key"]) == 64
    assert text == FACE_SCHEMA.read_text()


def test_an_input_outside_of_an_object_store_is_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    inputs = {"schema": {"artifacts": [{"name": "1", "uri": "/data/schema", "metadata": {}}]}}
    spec = {"artifacts": {"schema": {"artifactType": {"instanceSchema": "title: tfx.Schema\n"}}}}

    status = main(words(request(tmp_path, tmp_path / "output.json", **inputs), spec=spec))

    assert status == 1
    [line] = capfd.readouterr().err.splitlines()
    assert line.startswith("ImportSchemaGen failed: the artifact '/data/schema' lies in no object")


def test_a_promised_gpu_that_is_not_seen_is_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    status = main(words(request(tmp_path, tmp_path / "output.json"), "--gpus", "64"))

    assert status == 1
    line = capfd.readouterr().err.splitlines()[-1]
    assert "GPU(s), expected the 64 of kubeflow.resources" in line
    assert not (tmp_path / "output.json").exists()
