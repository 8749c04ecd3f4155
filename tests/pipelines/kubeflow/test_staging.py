"""A step's files on a shared volume: in place before it runs, and back afterwards."""

from pathlib import Path
from typing import Any

import pytest
from kfp.pipeline_spec import pipeline_spec_pb2

from pipelines.kubeflow.staging import on_volume


def request_of(folder: Path) -> Any:
    """Two inputs of one channel, and an output; as URIs local paths."""
    request = pipeline_spec_pb2.ExecutorInput()
    for number in (0, 1):
        path = folder / "in" / str(number)
        (path / "below").mkdir(parents=True)
        (path / "below" / "file").write_text(f"content {number}")
        request.inputs.artifacts["examples"].artifacts.add(uri=str(path))
    request.outputs.artifacts["statistics"].artifacts.add(uri=str(folder / "out" / "statistics"))
    return request


def uris(request: Any) -> list[str]:
    inputs = [artifact.uri for artifact in request.inputs.artifacts["examples"].artifacts]
    return [*inputs, request.outputs.artifacts["statistics"].artifacts[0].uri]


def fail_half_way(output: Path) -> None:
    output.mkdir()
    raise RuntimeError("lost")


def test_inputs_are_on_the_volume_and_outputs_come_back(tmp_path: Path) -> None:
    request, store = request_of(tmp_path), tmp_path / "store"
    before = uris(request)

    with on_volume(request, store):
        first, second, output = map(Path, uris(request))
        assert all(path.is_relative_to(store) for path in (first, second, output))
        assert [(path / "below" / "file").read_text() for path in (first, second)] == [
            "content 0",
            "content 1",
        ]
        output.mkdir()
        (output / "made").write_text("new")

    assert uris(request) == before
    assert (tmp_path / "out" / "statistics" / "made").read_text() == "new"
    assert list((store / "work").iterdir()) == []


def test_a_failed_step_leaves_nothing_and_brings_nothing_back(tmp_path: Path) -> None:
    request, store = request_of(tmp_path), tmp_path / "store"
    before = uris(request)

    with pytest.raises(RuntimeError, match="lost"), on_volume(request, store):
        fail_half_way(Path(uris(request)[-1]))

    assert uris(request) == before
    assert not (tmp_path / "out").exists()
    assert list((store / "work").iterdir()) == []
