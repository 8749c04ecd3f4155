"""A store that another process has locked is waited for, and its holder named."""

import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pipelines.local.run_folder.layout import RunFolder
from pipelines.local.run_folder.ownership import check_ours
from pipelines.local.run_folder.store_lock import StoreLockedError, wait_for_store
from schemas.errors import DataError

HOLD = """
import sqlite3, sys, time
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute(sys.argv[2])
store.execute("SELECT * FROM Type").fetchone()
print("held", flush=True)
time.sleep(float(sys.argv[3]))
"""
FOREVER = "600"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store in a folder whose name looks like a part of a URI."""
    path = tmp_path / "a?b#c %20" / "metadata.db"
    path.parent.mkdir()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE Type (name VARCHAR(255))")
        connection.execute("INSERT INTO Type VALUES ('schemas.Manifest'), ('Schema')")
    connection.close()
    return path


@contextmanager
def locked(path: Path, seconds: str = FOREVER, how: str = "BEGIN EXCLUSIVE") -> Iterator[int]:
    """Another process that locks the store; yields its number."""
    command = [sys.executable, "-c", HOLD, str(path), how, seconds]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process.pid
        finally:
            process.kill()


@pytest.mark.parametrize("how", ["BEGIN EXCLUSIVE", "BEGIN IMMEDIATE"])
def test_a_locked_store_is_an_error_that_names_its_holder(store: Path, how: str) -> None:
    reported: list[str] = []

    with locked(store, how=how) as process, pytest.raises(StoreLockedError) as caught:
        wait_for_store(store, 0.5, reported.append)

    assert isinstance(caught.value, DataError)  # Exit status 1.
    assert f"{store} is locked by process {process} (python" in str(caught.value)
    assert len(reported) == 1
    assert f"process {process}" in reported[0]


def test_a_store_is_used_as_soon_as_it_is_free(store: Path) -> None:
    began = time.monotonic()

    with locked(store, "1"):
        wait_for_store(store, 60, lambda _: None)

    assert time.monotonic() - began < 30


def test_a_free_a_missing_and_a_damaged_store_are_not_waited_for(store: Path) -> None:
    wait_for_store(store, 0)
    wait_for_store(store.with_name("missing.db"), 0)
    store.write_text("no database at all, but long enough to be read" * 50)
    wait_for_store(store, 0)


def test_a_locked_store_is_not_taken_for_somebody_else_s(store: Path) -> None:
    (store.parent / "artifacts" / "FaceIngest").mkdir(parents=True)

    with locked(store, "1"):
        check_ours(RunFolder(store.parent))
