"""What TFX makes of the Beam arguments: the same steps for every runner, and each one's options."""

import errno
import json
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from apache_beam.options.pipeline_options import PipelineOptions
from tfx.dsl.compiler import compiler, placeholder_utils
from tfx.orchestration.portable import data_types
from tfx.proto.orchestration import executable_spec_pb2, pipeline_pb2

from pipelines.beam.options import OPTIONS, set_environment, variable
from pipelines.local.launch import beam_args, find_cause, root_cause
from pipelines.pipeline import create_pipeline
from pipelines.run_context import RunContext
from schemas.config.blocks import BEAM_WORKERS, BeamConfig, Config, DataConfig
from schemas.errors import DataError
from tests.file_limit import file_limit

pytestmark = pytest.mark.tf

CONFIG = Config("test", (DataConfig("adience", "l", "i"),))
FLINK = BeamConfig("flink", 4, "flink:8081", "/jars/server.jar", "pool:50000")


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables are put back after the test."""
    for name in (*map(variable, OPTIONS), BEAM_WORKERS):
        monkeypatch.setenv(name, "of another run")


def compiled(beam: BeamConfig) -> pipeline_pb2.Pipeline:
    """The pipeline as the local runner makes it for this config."""
    set_environment(beam)
    context = RunContext("root", "schema", "", (), ("fold_0", "fold_4"), beam_args())
    return compiler.Compiler().compile(create_pipeline(replace(CONFIG, beam=beam), context))


def beam_options(ir: pipeline_pb2.Pipeline) -> dict[str, dict[str, Any]]:
    """Of each Beam step, the options as TFX hands them to Beam now."""
    options = {}
    deployment = pipeline_pb2.IntermediateDeploymentConfig()
    ir.deployment_config.Unpack(deployment)
    for name, packed in deployment.executor_specs.items():
        spec = executable_spec_pb2.BeamExecutableSpec()
        if packed.Unpack(spec):
            context = placeholder_utils.ResolutionContext(data_types.ExecutionInfo())
            args = [
                placeholder_utils.resolve_placeholder_expression(expression, context)
                for expression in spec.beam_pipeline_args_placeholders
            ]
            options[name.removesuffix("_executor")] = PipelineOptions(args).get_all_options(
                drop_default=True
            )
    return options


def test_neither_runner_nor_workers_change_what_tfx_compares() -> None:
    """Its cache compares the compiled steps: equal ones are reused."""
    direct = compiled(BeamConfig())

    for beam in (BeamConfig(workers=8), FLINK, replace(FLINK, workers="auto")):
        assert compiled(beam) == direct


def trainer_and_others(ir: pipeline_pb2.Pipeline) -> tuple[Any, list[Any]]:
    nodes = {node.pipeline_node.node_info.id: node.pipeline_node for node in ir.nodes}
    return nodes.pop("Trainer"), list(nodes.values())


def test_another_start_or_other_weights_change_what_tfx_compares_of_trainer_alone() -> None:
    context = RunContext("root", "schema", "", (), ("fold_0", "fold_4"), ())
    made = [
        trainer_and_others(compiler.Compiler().compile(create_pipeline(CONFIG, one)))
        for one in (
            context,
            replace(context, start="inputs/0123"),
            replace(context, start="inputs/4567"),
            replace(context, weights_hash="89ab"),
        )
    ]

    assert len({str(trainer) for trainer, _ in made}) == 4
    assert all(others == made[0][1] for _, others in made)


def test_tfx_fills_in_the_options_of_the_run_that_goes_on() -> None:
    ir = compiled(BeamConfig())

    direct = beam_options(ir)
    set_environment(FLINK)
    flink = beam_options(ir)

    assert set(direct) == {"FaceExampleGen", "StatisticsGen", "Transform", "Evaluator"}
    assert {step["runner"] for step in direct.values()} == {"FnApiRunner"}
    for name in direct:
        assert json.loads(flink[name].pop("environment_config"))["url"] == "pool:50000"
        assert flink[name] == {
            "sdk_container_image": "unused",
            "runner": "pipelines.beam.portable.WatchedFlinkRunner",
            "flink_master": "flink:8081",
            "flink_job_server_jar": "/jars/server.jar",
            "job_endpoint": "",
            "environment_type": "EXTERNAL",
            "parallelism": 4,
        }


@pytest.mark.parametrize(
    "telling",
    [
        RuntimeError("INSERT INTO `Type`: database or disk is full"),
        OSError(errno.ENOSPC, "No space left on device"),
        DataError("no rows left"),
    ],
    ids=["full database", "full disk", "ours"],
)
def test_the_cause_of_a_failure_is_what_tells_what_to_do(telling: Exception) -> None:
    """Whichever error TFX was handling when it came, and into which it was made."""
    outer = ValueError("cannot create a node")
    outer.__cause__ = telling
    telling.__context__ = KeyError("no such type yet")

    assert root_cause(outer) is telling


def test_the_cause_of_another_failure_is_the_last_link() -> None:
    first, second = KeyError("first"), ValueError("second")
    second.__cause__ = first

    assert root_cause(second) is first


@pytest.mark.parametrize("limit", [None, 1000])
def test_a_full_disk_is_the_cause_of_a_failure_that_does_not_tell_of_it(
    limit: int | None, tmp_path: Path
) -> None:
    error, store = RuntimeError("cannot commit - no transaction is active"), tmp_path / "db"

    with nullcontext() if limit is None else file_limit(limit):
        cause = find_cause(error, store)

    if limit is None:
        assert cause is error
    else:
        assert isinstance(cause, OSError)
        assert (cause.errno, cause.filename) == (errno.ENOSPC, str(store))
