"""The worker pool in a process of its own, with Beam's portable runner as its client."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pipelines.worker_pool.pools import SECONDS, Pool, holds, running_pool, start_pool
from tests.repository import ROOT, environment

pytestmark = pytest.mark.tf

# Writes what a worker sees, and its process; waits there for the given seconds.
CLIENT = """
import json, os, sys, time
import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

folder, address, wait = sys.argv[1:4]

def look(number):
    facts = {"python": sys.executable, "folder": os.getcwd(), "process": os.getpid()}
    with open(f"{folder}/facts-{number}.json", "w") as file:
        json.dump(facts, file)
    time.sleep(float(wait))
    return number * number

environment = json.dumps({"url": address, "params": {"folder": folder}})
options = PipelineOptions([
    "--runner=PortableRunner", "--job_endpoint=embed", "--environment_type=EXTERNAL",
    f"--environment_config={environment}",
])
with beam.Pipeline(options=options) as pipeline:
    (
        pipeline | beam.Create(range(10)) | beam.Map(look) | beam.CombineGlobally(sum)
        | beam.Map(lambda total: open(f"{folder}/total", "w").write(str(total)))
    )
"""


@pytest.fixture
def pool(tmp_path: Path) -> Iterator[Pool]:
    with running_pool(tmp_path / "pool.log") as running:
        yield running


def start_client(folder: Path, pool: Pool, wait: float = 0.0) -> subprocess.Popen[str]:
    folder.mkdir()
    return subprocess.Popen(
        [sys.executable, "-c", CLIENT, str(folder), pool.address, str(wait)],
        cwd=ROOT, env=environment(), text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip


def facts(folder: Path) -> dict[str, str]:
    found: dict[str, str] = json.loads((folder / "facts-0.json").read_text())
    return found


def runs(process: int) -> bool:
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text()
    except OSError:
        return False


def test_workers_run_in_the_given_folder_with_the_same_interpreter(
    pool: Pool, tmp_path: Path
) -> None:
    client = start_client(tmp_path / "run", pool)
    shown, _ = client.communicate(timeout=SECONDS)

    assert client.returncode == 0, shown
    assert (tmp_path / "run" / "total").read_text() == "285"
    found = facts(tmp_path / "run")
    assert (found["python"], found["folder"]) == (sys.executable, str(tmp_path / "run"))
    assert holds(lambda: not runs(int(found["process"])))  # The runner has hung up.


def test_two_runners_share_a_pool_and_none_ends_the_other_s_workers(
    pool: Pool, tmp_path: Path
) -> None:
    slow = start_client(tmp_path / "slow", pool, wait=0.5)
    assert holds((tmp_path / "slow" / "facts-0.json").exists)
    fast = start_client(tmp_path / "fast", pool)

    for client, name in ((fast, "fast"), (slow, "slow")):
        shown, _ = client.communicate(timeout=SECONDS)
        assert client.returncode == 0, shown
        assert (tmp_path / name / "total").read_text() == "285"


def test_a_worker_ends_when_its_runner_is_killed(pool: Pool, tmp_path: Path) -> None:
    client = start_client(tmp_path / "run", pool, wait=600)
    assert holds((tmp_path / "run" / "facts-0.json").exists)
    worker = int(facts(tmp_path / "run")["process"])

    client.kill()
    client.communicate()

    assert holds(lambda: not runs(worker))
    assert pool.process.poll() is None


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_the_pool(pool: Pool, tmp_path: Path, number: signal.Signals) -> None:
    client = start_client(tmp_path / "run", pool, wait=600)
    assert holds((tmp_path / "run" / "facts-0.json").exists)
    worker = int(facts(tmp_path / "run")["process"])

    os.kill(pool.process.pid, number)

    assert holds(lambda: not runs(worker))
    client.kill()
    client.communicate()
    assert pool.process.wait(SECONDS) == (-9 if number == signal.SIGKILL else 0)


def test_a_folder_that_the_pool_does_not_see_is_named(pool: Pool, tmp_path: Path) -> None:
    client = start_client(tmp_path / "run", pool)
    (tmp_path / "run").rmdir()

    shown, _ = client.communicate(timeout=SECONDS)

    assert client.returncode != 0
    assert f"{tmp_path / 'run'} is no folder here, expected the run folder" in shown


def test_a_port_in_use_is_one_line(pool: Pool, tmp_path: Path) -> None:
    log = tmp_path / "second.log"

    assert start_pool(pool.address, log).wait(SECONDS) == 2

    [line] = [line for line in log.read_text().splitlines() if line.startswith("worker pool:")]
    assert "cannot be bound, expected a free port" in line


@pytest.mark.parametrize("address", ["50000", "localhost:", "http://localhost:1", ""])
def test_what_is_no_address_is_refused(address: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "pipelines.worker_pool", f"--address={address}"],
        cwd=ROOT, env=environment(), text=True, capture_output=True, check=False,
    )  # fmt: skip

    assert done.returncode == 2
    assert "expected host:port, such as 127.0.0.1:50000" in done.stderr
