"""The job of one name among those of a cluster."""

import socket
import time

import pytest

from pipelines.beam.flink_jobs import FlinkJob, check_cluster
from schemas.errors import ConfigError
from tests.pipelines.beam.flink_answers import JOB, flink, job


def test_a_job_progresses_where_its_records_grow_and_not_by_its_time() -> None:
    with flink() as cluster:
        cluster.jobs = [job("mine")]
        mine = FlinkJob(cluster.address, "mine")
        first = mine.progress()
        assert mine.progress() == first
        cluster.records += 1

        assert mine.progress() != first


def test_an_own_job_counts_alone_and_else_those_that_started_since() -> None:
    with flink() as cluster:
        old, new = job("old", jid="1"), job("job", start=time.time(), jid="2")
        cluster.jobs = [old, new, job("mine", jid="3")]
        mine = FlinkJob(cluster.address, "mine")
        [(jid, _, _)] = mine.progress()
        assert jid == "3"

        cluster.jobs = [old, new]
        [(jid, _, _)] = mine.progress()
        assert jid == "2"


def test_only_the_own_running_job_is_cancelled() -> None:
    with flink() as cluster:
        cluster.jobs = [job("theirs", jid="1"), job("mine"), job("mine", state="FINISHED", jid="9")]

        FlinkJob(cluster.address, "mine").cancel()

        assert cluster.patched == [f"/v1/jobs/{JOB}?mode=cancel"]


def test_a_cluster_that_gives_no_answer_shows_no_progress() -> None:
    with flink() as cluster:
        cluster.jobs = [job("mine")]
        mine = FlinkJob(f"http://{cluster.address}", "mine")
        first = mine.progress()
    assert first

    assert mine.progress() == first
    assert "gives no answer" in mine.describe()


def test_a_job_in_words() -> None:
    with flink() as cluster:
        cluster.jobs = [job("mine")]

        text = FlinkJob(cluster.address, "mine").describe()

        assert text == f"job {JOB} is RUNNING (1 running, 3 scheduled tasks)"
        cluster.jobs = []
        assert FlinkJob(cluster.address, "mine").describe() == "it has no running job"


def test_a_cluster_that_answers_passes() -> None:
    with flink() as cluster:
        check_cluster(cluster.address)


def test_an_address_where_nothing_or_no_flink_answers_is_refused() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(ConfigError, match=r"no Flink cluster answers.*refused.*Start the"):
            check_cluster(address)
    with flink() as cluster:
        cluster.answer = lambda _: {"errors": ["Not found"]}  # type: ignore[assignment, method-assign]
        with pytest.raises(ConfigError, match="no Flink cluster answers"):
            check_cluster(cluster.address)
