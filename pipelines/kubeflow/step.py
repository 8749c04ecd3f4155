"""The command of every step of a package: `python -m pipelines.kubeflow.step ...`.

Kubeflow's driver names the inputs of a step without their types, and by the URIs of an object
store, while its launcher has put them into local folders. This command adds the types, puts the
local folders in place of the URIs, runs TFX's own command, and puts the URIs back. Before, it looks
for outputs that an earlier run kept; afterwards, it keeps them, and writes what Kubeflow shows.
"""

import argparse
import json
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from google.protobuf import json_format
from kfp.pipeline_spec import pipeline_spec_pb2

from pipelines.beam.options import RUNNERS
from pipelines.kubeflow import kept, shown
from pipelines.kubeflow.object_paths import local_path, remote_uri
from pipelines.kubeflow.resources import step_of
from pipelines.kubeflow.staging import on_volume
from pipelines.kubeflow.tasks import RUN_PARAMETER, RUN_PLACEHOLDER
from pipelines.process_environment import set_environment
from schemas.artifact_files import PUSHED_FILE, REVIEW_FILE
from schemas.config.blocks import BEAM_TIMEOUT, BEAM_WORKERS, DASK_ADDRESS
from schemas.errors import ConfigError, DataError, RejectError
from schemas.release.approval import review_hash

# Steps whose outputs are kept: all others take seconds beside their imports, or depend on more than
# their inputs, as the pushed models.
REUSED = ("FaceExampleGen", "Tuner", "Trainer", "Evaluator")
# Steps that read what no key knows: their outputs are named by content.
_BY_CONTENT = ("FaceIngest", "ImportSchemaGen")
_KEY = "facefold_key"  # Custom property of every artifact.
_REVIEW_STEP, _LAST_STEP = "BiasReview", "Pusher"


class Call(NamedTuple):
    """What Kubeflow asks of this container."""

    node: str
    store: Path | None
    gpus: int
    workers: str
    beam_timeout: str  # Minutes.
    dask: str  # Address; empty: threads.
    executor: str
    request: Any  # ExecutorInput.
    inputs_spec: Any  # ComponentInputsSpec.
    beam: list[str]

    @property
    def step(self) -> str:
        """The kind of step."""
        return step_of(self.node)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one step; returns the exit status."""
    call = _parse(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # A cluster's job is then cancelled.
    set_environment()
    os.environ |= {
        BEAM_WORKERS: call.workers,
        BEAM_TIMEOUT: call.beam_timeout,
        DASK_ADDRESS: call.dask,
    }
    try:
        _run(call)
    except (ConfigError, DataError, RejectError) as error:
        sys.stderr.write(f"{call.node} failed: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"{call.node} was stopped\n")
        return 128 + signal.SIGTERM
    return 0


def _parse(arguments: Sequence[str] | None) -> Call:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--node", required=True)
    parser.add_argument("--store", type=Path)
    parser.add_argument("--gpus", type=int, default=0)
    parser.add_argument("--workers", default="auto")
    parser.add_argument("--beam-timeout", default="inf")
    parser.add_argument("--dask", default="")
    parser.add_argument("--executor_class_path", required=True)
    parser.add_argument("--json_serialized_invocation_args", required=True)
    parser.add_argument("--json_serialized_inputs_spec_args", required=True)
    given, beam = parser.parse_known_args(arguments)
    request = pipeline_spec_pb2.ExecutorInput()
    json_format.Parse(given.json_serialized_invocation_args, request, ignore_unknown_fields=True)
    inputs_spec = pipeline_spec_pb2.ComponentInputsSpec()
    json_format.Parse(given.json_serialized_inputs_spec_args, inputs_spec)
    return Call(
        node=given.node,
        store=given.store,
        gpus=given.gpus,
        workers=given.workers,
        beam_timeout=given.beam_timeout,
        dask=given.dask,
        executor=given.executor_class_path,
        request=request,
        inputs_spec=inputs_spec,
        beam=beam,
    )


def _run(call: Call) -> None:
    _fill_types(call)
    run = _take_run(call.request)
    wanted = _take_shown(call.request)
    _make_local(call.request)
    _check_gpus(call.gpus)
    outputs = call.request.outputs.artifacts
    places = {name: Path(each.artifacts[0].uri) for name, each in outputs.items()}
    output_file = Path(call.request.outputs.output_file)
    for path in (output_file, *places.values(), *map(Path, map(local_path, wanted.values()))):
        path.parent.mkdir(parents=True, exist_ok=True)
    key = _key(call)
    output = _outputs(call, key, places)
    if call.step == _REVIEW_STEP and call.store:
        _keep_review(places["page"], call.store)
    if call.step == _LAST_STEP and call.store and run:
        page = Path(call.request.inputs.artifacts["page"].artifacts[0].uri)
        kept.note_outcome(call.store, run, _outcome(page, places["pushed"]))
    for name, artifact in output["artifacts"].items():
        [one] = artifact["artifacts"]
        one["uri"] = remote_uri(str(places[name]))
        content = kept.content_key(places[name]) if call.step in _BY_CONTENT else None
        one["metadata"] = one.get("metadata", {}) | {_KEY: content or kept.output_key(key, name)}
    for name, uri in wanted.items():
        found = shown.content(name, places)
        if found.text:
            Path(local_path(uri)).write_text(found.text, encoding="utf-8")
        output["artifacts"][name] = {"artifacts": [{"uri": uri, "metadata": dict(found.metadata)}]}
    output_file.write_text(json.dumps(output), encoding="utf-8")


def _outputs(call: Call, key: str, places: dict[str, Path]) -> dict[str, Any]:
    """The step's ExecutorOutput as JSON: kept by an earlier run, or made now."""
    store = call.store if call.step in REUSED else None
    if store and (found := kept.reuse(store, key, places)):
        _say(f"{call.node}: reused, made on {found.date} ({key[:16]})")
        return found.output
    _execute(call)
    written = Path(call.request.outputs.output_file).read_text(encoding="utf-8")
    output: dict[str, Any] = json.loads(written)
    output.setdefault("artifacts", {})
    if store:
        try:
            kept.keep(store, key, output, places)
        except OSError as error:  # Such as a full volume: the outputs themselves are whole.
            _say(f"{call.node}: done, but not kept for later runs: {error}")
        else:
            _say(f"{call.node}: done, kept for later runs ({key[:16]})")
    return output


def _execute(call: Call) -> None:
    """Run TFX's own command, on the shared volume where a cluster's workers run the step."""
    in_process = not call.beam or f"--runner={RUNNERS['direct']}" in call.beam
    if in_process or call.store is None:
        _run_tfx(call)
        return
    with on_volume(call.request, call.store):
        _run_tfx(call)


def _run_tfx(call: Call) -> None:
    from tfx.orchestration.kubeflow.v2.container import kubeflow_v2_run_executor

    given = argparse.Namespace(
        executor_class_path=call.executor,
        json_serialized_invocation_args=json_format.MessageToJson(call.request),
        json_serialized_inputs_spec_args=json_format.MessageToJson(call.inputs_spec),
    )
    kubeflow_v2_run_executor.main((given, call.beam))


def _fill_types(call: Call) -> None:
    """Add the types of the inputs, which Kubeflow's driver leaves empty."""
    for name, artifacts in call.request.inputs.artifacts.items():
        for artifact in artifacts.artifacts:
            artifact.type.CopyFrom(call.inputs_spec.artifacts[name].artifact_type)


def _take_run(request: Any) -> str:
    """Take the run's id out of a request; empty where Kubeflow gives none."""
    parameters = request.inputs.parameter_values
    run = str(parameters[RUN_PARAMETER].string_value) if RUN_PARAMETER in parameters else ""
    parameters.pop(RUN_PARAMETER, None)
    return "" if run == RUN_PLACEHOLDER else run


def _outcome(page: Path, pushed: Path) -> kept.Outcome:
    content = (page / REVIEW_FILE).read_bytes()
    record = json.loads((pushed / PUSHED_FILE).read_text(encoding="utf-8"))
    return kept.Outcome(
        verdict=json.loads(content)["verdict"],
        version=record["version"],
        why_not=record["why_not"],
        review=review_hash(content),
    )


def _take_shown(request: Any) -> dict[str, str]:
    """Take Kubeflow's own outputs out of a request; returns the URI of each channel."""
    outputs = request.outputs.artifacts
    own = {
        name: each.artifacts[0].uri
        for name, each in outputs.items()
        if each.artifacts[0].type.schema_title.startswith("system.")
    }
    for name in own:
        del outputs[name]
    return own


def _make_local(request: Any) -> None:
    """Put local folders in place of the URIs."""
    for channels in (request.inputs.artifacts, request.outputs.artifacts):
        for artifacts in channels.values():
            for artifact in artifacts.artifacts:
                artifact.uri = local_path(artifact.uri)


def _key(call: Call) -> str:
    inputs = {
        name: str(each.artifacts[0].metadata.fields[_KEY].string_value)
        for name, each in call.request.inputs.artifacts.items()
    }
    parameters = {
        name: json_format.MessageToDict(value)
        for name, value in call.request.inputs.parameter_values.items()
    }
    return kept.step_key(call.executor, parameters, inputs)


def _check_gpus(promised: int) -> None:
    """Raise ConfigError if TensorFlow sees fewer GPUs than the container was promised."""
    if not promised:
        return
    import tensorflow as tf

    seen = len(tf.config.list_physical_devices("GPU"))
    if seen < promised:
        raise ConfigError(
            f"TensorFlow sees {seen} GPU(s), expected the {promised} of kubeflow.resources: a "
            "training on the CPU would take many times as long. Build the image's GPU variant "
            "(deploy/README.md), or set gpus to 0."
        )


def _keep_review(page: Path, store: Path) -> None:
    """Copy a review to where `facefold approve` finds it."""
    digest = review_hash((page / REVIEW_FILE).read_bytes())
    folder = store / kept.REVIEWS / digest
    kept.keep_folder(page, folder)
    _say(f"To sign this review: facefold approve {folder} --by NAME --because TEXT")


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    os.umask(0o002)  # Other users' pods of the same group share the store.
    sys.exit(main())
