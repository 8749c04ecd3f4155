"""Whole runs whose Beam steps are jobs on a worker pool, beside one in the process itself.

Beam's own job service stands in for a cluster: the steps, the pool and the workers are the same.
"""

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import ALWAYS_BLESSED, SmallRun
from tests.e2e.same_run import artifact, contents, differences
from tests.pipelines.worker_pool.pools import Pool, running_pool
from tests.repository import ROOT, environment, facefold_command, run_facefold

pytestmark = [pytest.mark.e2e, pytest.mark.slow, pytest.mark.tf]


@pytest.fixture(scope="module")
def pool(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool]:
    with running_pool(tmp_path_factory.mktemp("pool") / "log") as running:
        yield running


def arguments(run: SmallRun, pool: Pool, output: Path, *more: str) -> list[str]:
    """The small run in a folder of its own, with jobs on the pool."""
    elsewhere = run._replace(folder=output / run.folder.name)
    beam = ("beam.runner=portable", "beam.job_server=embed", f"beam.worker_pool={pool.address}")
    return elsewhere.arguments(ALWAYS_BLESSED, *beam, *more)


def test_steps_on_a_pool_write_what_they_write_in_the_process(
    small_run: SmallRun, pool: Pool, tmp_path: Path
) -> None:
    done = run_facefold(*arguments(small_run, pool, tmp_path))

    assert done.returncode == 0, done.stdout + done.stderr
    assert differences(small_run.folder, tmp_path / small_run.folder.name) == []


def test_a_worker_killed_in_mid_shard_ends_the_run_and_loses_no_row(
    small_run: SmallRun, pool: Pool, tmp_path: Path
) -> None:
    words = arguments(small_run, pool, tmp_path, "--to", "FaceExampleGen")
    examples = tmp_path / small_run.folder.name / "artifacts" / "FaceExampleGen" / "examples"
    run = subprocess.Popen(
        facefold_command(*words), cwd=ROOT, env=environment(), text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    while run.poll() is None and not list(examples.glob("*/Split-*/.*.unfinished")):
        time.sleep(0.001)
    for worker in pool.workers():
        os.kill(worker, signal.SIGKILL)
    shown, _ = run.communicate(timeout=300)

    if run.returncode:  # Else the last shard was done before the kill.
        assert run.returncode == 1
        [line] = [line for line in shown.splitlines() if line.startswith("facefold: ")]
        assert line.startswith("facefold: FaceExampleGen failed: the Beam job failed: ")
        assert "Traceback" not in line
        assert list(examples.glob("*")) == []
        again = run_facefold(*words)
        assert again.returncode == 0, again.stdout + again.stderr
    [there] = examples.iterdir()
    assert contents(there) == contents(artifact(small_run.folder, "FaceExampleGen", "examples"))
