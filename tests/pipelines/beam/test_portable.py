"""Jobs of Beam's own job service: what comes back, and what happens to one that does not end."""

import os
import signal
import threading
import time
from pathlib import Path

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

from pipelines.beam.flink_jobs import FlinkJob
from schemas.config.blocks import BEAM_TIMEOUT
from schemas.errors import DataError
from tests.pipelines.beam.flink_answers import Cluster, flink, job

pytestmark = pytest.mark.tf

SECONDS = 600  # Longer than any test waits.


def pipeline(cluster: Cluster | None = None) -> beam.Pipeline:
    args = [
        "--runner=pipelines.beam.portable.WatchedRunner", "--job_endpoint=embed",
        "--environment_type=LOOPBACK", *([f"--flink_master={cluster.address}"] if cluster else []),
    ]  # fmt: skip
    return beam.Pipeline(options=PipelineOptions(args))


def stand(_: int) -> None:
    time.sleep(SECONDS)


def run_standing(cluster: Cluster) -> None:
    with pipeline(cluster) as standing:
        _ = standing | beam.Create([1]) | beam.Map(stand)


def name_jobs(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the cluster run whatever job is named."""

    def named(master: str, name: str) -> FlinkJob:
        cluster.jobs = [job(name)]
        return FlinkJob(master, name)

    monkeypatch.setattr("pipelines.beam.portable.FlinkJob", named)


def test_a_job_that_ends_has_its_result(tmp_path: Path) -> None:
    with pipeline() as running:
        _ = (
            running
            | beam.Create(range(10))
            | beam.CombineGlobally(sum)
            | beam.Map(lambda total: (tmp_path / "total").write_text(str(total)))
        )

    assert (tmp_path / "total").read_text() == "45"


@pytest.mark.parametrize("message", ["2 faces, expected 3. Look.", "it's [odd] 'here'"])
def test_an_error_of_ours_in_a_worker_comes_back_as_itself(message: str) -> None:
    def fail(_: int) -> None:
        raise DataError(message)

    with pytest.raises(DataError) as caught, pipeline() as failing:
        _ = failing | beam.Create([1]) | "Step it" >> beam.Map(fail)

    assert str(caught.value) == message


def test_another_error_is_its_last_line() -> None:
    def fail(_: int) -> None:
        raise KeyError("colour")

    with pytest.raises(RuntimeError) as caught, pipeline() as failing:
        _ = failing | beam.Create([1]) | beam.Map(fail)

    expected = "the Beam job failed: KeyError: \"colour [while running 'Map(fail)']\". No result of"
    assert str(caught.value).startswith(expected)
    assert "Traceback" not in str(caught.value)


def test_a_job_without_progress_is_cancelled_with_one_clear_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(BEAM_TIMEOUT, "0.05")
    with flink() as cluster:
        name_jobs(cluster, monkeypatch)

        with pytest.raises(RuntimeError) as caught:
            run_standing(cluster)

        message = str(caught.value)
        assert "made no progress for 0.05 minutes" in message
        assert f"expected some at {cluster.address}: job 5f0a1c is RUNNING" in message
        assert message.endswith("or set beam.timeout, then run the same command again.")
        assert cluster.patched == ["/v1/jobs/5f0a1c?mode=cancel"]


def test_an_interrupt_cancels_a_job_that_progresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(BEAM_TIMEOUT, "0.05")
    with flink() as cluster:
        name_jobs(cluster, monkeypatch)
        cluster.grows = True
        seconds = 12  # More than twice the timeout and the polls.
        threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT)).start()

        with pytest.raises(KeyboardInterrupt):
            run_standing(cluster)

        assert cluster.patched == ["/v1/jobs/5f0a1c?mode=cancel"]
