"""Beam options of each runner, as Beam parses them."""

import json
import os
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import apache_beam as beam
import pytest
from apache_beam.options import pipeline_options as options
from apache_beam.runners.portability.flink_runner import FlinkJarJobServer, FlinkRunner
from apache_beam.runners.portability.fn_api_runner import FnApiRunner
from apache_beam.testing.util import assert_that, equal_to

from pipelines.beam.options import (
    OPTIONS,
    describe,
    plain_args,
    set_environment,
    variable,
)
from schemas.config.blocks import BEAM_TIMEOUT, BEAM_WORKERS, BeamConfig
from tests.repository import ROOT

DIRECT = BeamConfig()
FLINK = BeamConfig("flink", 4, "flink.example:8081", "/jars/server.jar", "pool.example:50000")


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the variables as another run would have left them; restore them after the test."""
    for name in (*map(variable, OPTIONS), BEAM_WORKERS, BEAM_TIMEOUT):
        monkeypatch.setenv(name, "of another run")


def local_args(config: BeamConfig) -> list[str]:
    """Arguments of the local runner, after TFX has resolved the variables."""
    set_environment(config)
    return [f"--{option}={os.environ[variable(option)]}" for option in OPTIONS]


def ways(config: BeamConfig) -> list[list[str]]:
    return [local_args(config), list(plain_args(config))]


def parsed(args: list[str]) -> dict[str, Any]:
    """Options that Beam parses, without defaults and unknown ones."""
    found: dict[str, Any] = options.PipelineOptions(args).get_all_options(drop_default=True)
    return {name: value for name, value in found.items() if value != ""}


def test_direct_pins_the_in_process_engine_and_sets_nothing_else() -> None:
    assert parsed(local_args(DIRECT)) == {"runner": "FnApiRunner"}
    assert parsed(list(plain_args(DIRECT))) == {
        "runner": "FnApiRunner",
        "sdk_container_image": "unused",
    }


@pytest.mark.parametrize("workers", ["auto", 1, 8])
def test_direct_gives_every_step_one_worker_in_this_process(workers: Any) -> None:
    for args in ways(BeamConfig(workers=workers)):
        view = options.PipelineOptions(args).view_as(options.DirectOptions)

        assert (view.direct_running_mode, view.direct_num_workers) == ("in_memory", 1)


def test_direct_runs_a_pipeline_in_its_own_process() -> None:
    for args in ways(BeamConfig(workers=8)):
        pipeline = beam.Pipeline(argv=args)

        pids = pipeline | beam.Create([1, 2]) | beam.Map(lambda _: os.getpid())

        assert_that(pids, equal_to([os.getpid()] * 2))
        assert isinstance(pipeline.runner, FnApiRunner)
        pipeline.run().wait_until_finish()


@pytest.mark.parametrize(
    ("workers", "parallelism"), [("auto", {}), (1, {"parallelism": 1}), (4, {"parallelism": 4})]
)
def test_flink_sets_master_jar_worker_pool_and_parallelism(
    workers: Any, parallelism: dict[str, int]
) -> None:
    expected = {
        "runner": "pipelines.beam.portable.WatchedFlinkRunner",
        "flink_master": "flink.example:8081",
        "flink_job_server_jar": "/jars/server.jar",
        "environment_type": "EXTERNAL",
        **parallelism,
    }
    config = replace(FLINK, workers=workers)
    local, plain = parsed(local_args(config)), parsed(list(plain_args(config)))

    pool = {"url": "pool.example:50000", "params": {"folder": os.getcwd()}}
    assert json.loads(local.pop("environment_config")) == pool
    assert json.loads(plain.pop("environment_config")) == {"url": "pool.example:50000"}
    assert local == expected
    assert plain == expected | {"sdk_container_image": "unused"}


def test_a_job_server_that_runs_is_an_endpoint_in_place_of_a_jar() -> None:
    args = parsed(local_args(replace(FLINK, job_server="server.example:8099")))

    assert args["job_endpoint"] == "server.example:8099"
    assert args["flink_master"] == "flink.example:8081"
    assert "flink_job_server_jar" not in args


def test_portable_names_a_job_service_and_no_flink() -> None:
    config = BeamConfig("portable", job_server="embed", worker_pool="localhost:1")
    args = parsed(list(plain_args(config)))

    assert (args["runner"], args["job_endpoint"]) == (
        "pipelines.beam.portable.WatchedRunner",
        "embed",
    )
    assert "flink_master" not in args
    assert describe(config) == "PortableRunner (portable at embed), workers auto"


def test_beam_builds_a_flink_job_on_external_workers_from_them(tmp_path: Path) -> None:
    jar = str(tmp_path / "server.jar")
    with zipfile.ZipFile(jar, "w") as file:
        file.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\n")
    for args in ways(replace(FLINK, job_server=jar)):
        pipeline = beam.Pipeline(argv=args)  # Validates the options.

        environment = pipeline.runner.default_environment(pipeline.options)
        pipeline.runner.default_job_server(pipeline.options)  # Completes the address.
        server = FlinkJarJobServer(pipeline.options)
        java = server.java_arguments(1, 2, 3, "staged")

        assert isinstance(pipeline.runner, FlinkRunner)
        assert environment.url == "pool.example:50000"
        assert set(environment.params or {}) <= {"folder"}
        assert server.path_to_jar() == jar
        assert java[:2] == ["--flink-master", "http://flink.example:8081"]


def test_a_run_inherits_nothing_from_the_run_before_it() -> None:
    set_environment(FLINK)

    assert parsed(local_args(DIRECT)) == {"runner": "FnApiRunner"}


@pytest.mark.parametrize("config", [DIRECT, FLINK], ids=["direct", "flink"])
@pytest.mark.parametrize(("workers", "told"), [("auto", "auto"), (1, "1"), (8, "8")])
def test_the_number_of_workers_is_in_the_environment(
    config: BeamConfig, workers: Any, told: str
) -> None:
    set_environment(replace(config, workers=workers))

    assert os.environ["FACEFOLD_BEAM_WORKERS"] == told


@pytest.mark.parametrize(("timeout", "minutes"), [(None, 30.0), (0.5, 0.5)])
def test_the_minutes_without_progress_are_in_the_environment(
    timeout: float | None, minutes: float
) -> None:
    set_environment(replace(FLINK, timeout=timeout))

    assert float(os.environ["FACEFOLD_BEAM_TIMEOUT"]) == minutes


@pytest.mark.parametrize(
    ("config", "line"),
    [
        (DIRECT, "FnApiRunner (direct), workers auto"),
        (BeamConfig(workers=2), "FnApiRunner (direct), workers 2"),
        (FLINK, "FlinkRunner (flink at flink.example:8081), workers 4"),
    ],
    ids=["direct", "two workers", "flink"],
)
def test_the_line_names_engine_address_and_workers(config: BeamConfig, line: str) -> None:
    assert describe(config) == line


def test_the_options_are_made_without_importing_beam() -> None:
    code = "import sys, pipelines.beam.options; print({'apache_beam', 'tfx'} & set(sys.modules))"

    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "set()"
