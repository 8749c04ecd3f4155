"""Processes are started where they repay their start."""

import os

import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from components.example_gen.face_features import ReadOptions
from components.example_gen.workers import START_SECONDS, process_count, worker_count
from pipelines.beam.options import plain_args
from schemas.config.blocks import BEAM_WORKERS, BeamConfig, ImagesConfig

PLAIN = ReadOptions(ImagesConfig(), {}, "adience8")
CROPPED, ALIGNED = (PLAIN._replace(images=ImagesConfig(align=how)) for how in ("crop", "eyes"))


@pytest.mark.parametrize("setting", ["1", "2", "7"])
def test_a_number_is_used_unchanged(setting: str) -> None:
    assert worker_count(setting, 1, PLAIN, 2) == int(setting)


def test_auto_uses_every_cpu_for_a_long_job_and_one_process_for_a_short_one() -> None:
    assert worker_count("auto", 100, PLAIN, 2) == 1
    assert worker_count("auto", 26_580, PLAIN, 2) == 2
    assert worker_count("auto", 26_580, PLAIN, 8) == 8
    assert worker_count("auto", 10_000_000, PLAIN, 1) == 1


def test_auto_starts_processes_sooner_where_faces_are_detected() -> None:
    def least(reading: ReadOptions) -> int:
        return next(n for n in range(0, 100_000, 10) if worker_count("auto", n, reading, 2) == 2)

    # Two CPUs halve the work: it pays from twice the start on, at so many seconds a face.
    assert least(PLAIN) == pytest.approx(2 * START_SECONDS / 0.0017, abs=20)
    assert least(CROPPED) == pytest.approx(2 * START_SECONDS / 0.010, abs=20)
    assert least(ALIGNED) == least(CROPPED) == least(CROPPED._replace(detect=True))
    assert least(PLAIN._replace(detect=True)) == pytest.approx(2 * START_SECONDS / 0.0062, abs=20)


@pytest.mark.parametrize(("setting", "count"), [("1", 1), ("2", 2), (None, 1)])
def test_the_environment_sets_the_number_and_auto_is_the_default(
    monkeypatch: pytest.MonkeyPatch, setting: str | None, count: int
) -> None:
    monkeypatch.delenv(BEAM_WORKERS, raising=False)
    if setting is not None:
        monkeypatch.setenv(BEAM_WORKERS, setting)
    options = PipelineOptions(plain_args(BeamConfig()))

    assert process_count(options, 10, PLAIN) == count


def test_a_runner_with_workers_of_its_own_gets_one_process_in_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(BEAM_WORKERS, "4")
    flink = BeamConfig("flink", 4, "flink:8081", "/jars/server.jar", "pool:50000")

    assert process_count(PipelineOptions(plain_args(flink)), 10, PLAIN) == 1


def test_auto_counts_the_cpus_that_this_process_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(BEAM_WORKERS, raising=False)
    options = PipelineOptions(plain_args(BeamConfig()))
    cpus = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cpus)})
    try:
        assert process_count(options, 10_000_000, PLAIN) == 1
    finally:
        os.sched_setaffinity(0, cpus)
    if len(cpus) == 1:
        pytest.skip("this machine has one CPU")
    assert process_count(options, 10_000_000, PLAIN) > 1
