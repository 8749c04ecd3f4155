"""The job of one name among those of a cluster."""

import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

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


def test_a_job_of_another_name_is_no_progress() -> None:
    with flink() as cluster:
        theirs, own = job("theirs", start=time.time(), jid="2"), job("mine", jid="3")
        cluster.jobs = [theirs, own]
        mine = FlinkJob(cluster.address, "mine")
        [(jid, _, _)] = mine.progress()
        assert jid == "3"

        cluster.jobs = [theirs]
        assert mine.progress() == []


def test_a_job_that_begins_late_is_cancelled_too() -> None:
    with flink() as cluster:
        begin = threading.Timer(1.0, lambda: cluster.jobs.append(job("mine")))
        begin.start()

        FlinkJob(cluster.address, "mine").cancel(seconds=30)

        assert cluster.patched == [f"/v1/jobs/{JOB}?mode=cancel"]


def test_the_slots_are_those_of_the_cluster_or_unknown() -> None:
    with flink() as cluster:
        assert FlinkJob(cluster.address, "mine").slots() == 4
    assert FlinkJob(cluster.address, "mine").slots() is None


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


@contextmanager
def speaker(answer: bytes) -> Iterator[str]:
    """An address at which every connection gets the same bytes."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            self.request.recv(1 << 16)
            self.request.sendall(answer)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_cluster_that_answers_passes() -> None:
    with flink() as cluster:
        check_cluster(cluster.address)


def test_an_address_where_nothing_or_no_flink_answers_is_refused() -> None:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{bound.getsockname()[1]}"
        with pytest.raises(ConfigError, match=r"no Flink cluster answers.*refused.*Start the"):
            check_cluster(address)
    for answer in (b"\0\0@ @ no HTTP", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n[]"):
        with speaker(answer) as address, pytest.raises(ConfigError, match="no Flink cluster"):
            check_cluster(address)
    with flink() as cluster:
        cluster.answer = lambda _: {"errors": ["Not found"]}  # type: ignore[assignment, method-assign]
        with pytest.raises(ConfigError, match="no Flink cluster answers"):
            check_cluster(cluster.address)
