"""Worker processes that die, at a picture or by a signal from outside, and parents that die."""

import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from components.example_gen.shard_writer import ShardTask, pack, write_shard
from components.example_gen.shards import Shard
from components.example_gen.worker_pool import write_shards
from schemas.errors import DataError
from tests.components.example_gen.small_rows import as_table, good_rows, reading, row
from tests.repository import ROOT, environment

# Python imports it at the start of each process that has its folder in its path. The library that
# hashes the contents then ends the process on some contents, as a faulty decoder does.
FAULTY_LIBRARY = """
import os, pathlib, signal, sys, time
import xxhash

plain = xxhash.xxh3_128_hexdigest

def faulty(content):
    words = content.partition(b"fault:")[2].split()
    if words and "-m" in sys.orig_argv:  # In worker processes alone.
        once = pathlib.Path(words[1].decode()) if len(words) > 1 else None
        if once is None or not once.exists():
            if once is not None:
                once.write_text(str(os.getpid()))
            if words[0] == b"sleep":
                time.sleep(60)
            os.kill(os.getpid(), int(words[0]))
    return plain(content)

xxhash.xxh3_128_hexdigest = faulty
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of pictures; worker processes have the faulty library."""
    library = tmp_path / "library"
    library.mkdir()
    (library / "sitecustomize.py").write_text(FAULTY_LIBRARY)
    monkeypatch.syspath_prepend(str(library))
    return tmp_path / "faces"


def faulty_row(root: Path, name: str, fault: str) -> dict[str, Any]:
    """A row of a picture that ends the process which reads it."""
    whole = (root / "000.jpg").read_bytes()
    return row(root, name, whole + b"fault: " + fault.encode())


def task(folder: Path, root: Path, rows: list[dict[str, Any]], number: int = 0) -> ShardTask:
    return ShardTask(str(folder), reading(root), Shard("fold_0", number, 2), pack(as_table(rows)))


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_several_processes_write_what_one_does(tmp_path: Path, root: Path) -> None:
    rows = [*good_rows(root, 6), row(root, "text.jpg", b"no picture")]

    results = list(
        write_shards([task(tmp_path / "two", root, rows, number) for number in (0, 1)], 2)
    )

    alone = [write_shard(task(tmp_path / "one", root, rows, number)) for number in (0, 1)]
    assert results == alone
    assert [reject["reason"] for reject in results[0].rejects] == ["image_unreadable"]
    assert files(tmp_path / "two") == files(tmp_path / "one")


def test_a_picture_that_crashes_its_process_is_rejected_and_the_others_are_written(
    tmp_path: Path, root: Path
) -> None:
    whole = good_rows(root, 5)
    crashing = [
        faulty_row(root, f"crash{number}.jpg", str(number.value))
        for number in (signal.SIGSEGV, signal.SIGABRT)
    ]

    (result,) = write_shards([task(tmp_path / "out", root, [*whole[:3], *crashing, *whole[3:]])], 2)

    assert (result.written.faces, len(result.rejects)) == (5, 2)
    assert [(each["path"], each["reason"], each["detail"]) for each in result.rejects] == [
        (name, "image_unreadable", f"{name!r} ends the process that decodes it ({end})")
        for name, end in (("crash11.jpg", "SIGSEGV"), ("crash6.jpg", "SIGABRT"))
    ]
    write_shard(task(tmp_path / "plain", root, whole))
    assert files(tmp_path / "out") == files(tmp_path / "plain")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGINT])
def test_a_process_that_a_signal_ends_is_replaced_and_no_picture_is_lost(
    tmp_path: Path, root: Path, number: signal.Signals
) -> None:
    whole = good_rows(root, 4)
    rows = [*whole, faulty_row(root, "x.jpg", f"{number.value} {tmp_path / 'once'}")]

    parts = enumerate((whole, rows))
    results = list(write_shards([task(tmp_path / "out", root, part, n) for n, part in parts], 2))

    assert sorted(result.written.faces for result in results) == [4, 5]
    assert [result.rejects for result in results] == [[], []]
    assert (tmp_path / "once").exists()


def test_processes_that_die_one_after_the_other_end_the_step_with_the_picture_s_name(
    tmp_path: Path, root: Path
) -> None:
    rows = [*good_rows(root, 2), faulty_row(root, "large.jpg", "9")]

    with pytest.raises(DataError, match=r"3 worker processes ended \(SIGKILL\).*'large\.jpg'"):
        list(write_shards([task(tmp_path / "out", root, rows)], 2))


def test_an_error_of_a_process_is_raised_as_it_was(tmp_path: Path, root: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(NotADirectoryError, match="file/below"):
        list(write_shards([task(tmp_path / "file" / "below", root, good_rows(root, 1))], 2))


PARENT = """
import pickle, sys
from components.example_gen.worker_pool import write_shards
list(write_shards(pickle.loads(bytes.fromhex(sys.argv[1])), 2))
"""


def test_processes_end_with_their_parent(tmp_path: Path, root: Path) -> None:
    first, started = good_rows(root, 1), tmp_path / "started"
    rows = [*first, faulty_row(root, "slow.jpg", f"sleep {started}")]
    tasks = [task(tmp_path / "out", root, rows)]
    path = f"{tmp_path / 'library'}{os.pathsep}{ROOT}"
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, pickle.dumps(tasks).hex()],
        env=environment() | {"PYTHONPATH": path},
    )
    limit = time.monotonic() + 60
    while not (started.exists() and started.read_text()) and time.monotonic() < limit:
        time.sleep(0.01)
    worker = int(started.read_text())
    assert Path(f"/proc/{worker}").exists()

    parent.kill()
    parent.wait()

    limit = time.monotonic() + 5
    while is_running(worker) and time.monotonic() < limit:
        time.sleep(0.01)
    assert not is_running(worker)


def is_running(process: int) -> bool:
    """Whether a process works; one that has ended may wait to be collected."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
