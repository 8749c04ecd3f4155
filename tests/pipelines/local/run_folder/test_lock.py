"""One run at a time, between real processes."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.local.run_folder.lock import LOCK_FILE, run_lock
from schemas.errors import ConfigError
from tests.repository import ROOT

HOLD = """
import sys
from pathlib import Path
from pipelines.local.run_folder.lock import run_lock
with run_lock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def holder(folder: Path) -> "Iterator[subprocess.Popen[str]]":
    """Another process that holds the folder's lock until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(folder)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_process_is_refused_with_the_firsts_process_number(tmp_path: Path) -> None:
    with (
        holder(tmp_path) as first,
        pytest.raises(ConfigError, match=rf"is in use by process {first.pid}\. Wait for it"),
        run_lock(tmp_path),
    ):
        pass


def test_being_refused_leaves_the_first_in_possession(tmp_path: Path) -> None:
    with holder(tmp_path) as first:
        for _ in range(2):
            with pytest.raises(ConfigError, match=str(first.pid)), run_lock(tmp_path):
                pass


def test_the_lock_of_a_killed_process_is_taken_over(tmp_path: Path) -> None:
    with holder(tmp_path) as first:
        first.send_signal(signal.SIGKILL)
        first.wait()

    assert (tmp_path / LOCK_FILE).read_text() == str(first.pid)
    with run_lock(tmp_path):
        assert (tmp_path / LOCK_FILE).read_text() == str(os.getpid())


def test_the_lock_is_free_again_after_a_run_and_after_a_failed_one(tmp_path: Path) -> None:
    def fail() -> None:
        with run_lock(tmp_path):
            raise RuntimeError("the run failed")

    with pytest.raises(RuntimeError):
        fail()
    with run_lock(tmp_path):
        pass

    with holder(tmp_path):
        assert (tmp_path / LOCK_FILE).exists()


def test_two_folders_have_two_locks(tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()

    with holder(tmp_path), run_lock(tmp_path / "other"):
        pass
