"""Labels on a Dask cluster of real processes: the same bytes, also when a worker dies."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest

from components.ingest import line_blocks, scheduler
from components.label_validator.spill import SpillBuffer
from pipelines.validate_labels import run_labels
from schemas.config.blocks import Config, DaskConfig, DataConfig
from schemas.errors import ConfigError, DataError
from schemas.task_stream import AHEAD
from tests.components.ingest.small_data import face_line, write_labels
from tests.repository import ROOT, environment

_ALONE = ("--nthreads", "1", "--no-dashboard", "--no-nanny")


@contextmanager
def dask(*arguments: str, sources: Path = ROOT) -> Iterator[subprocess.Popen[bytes]]:
    """One process of the cluster with the packages of a folder; its group ends with it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "distributed.cli.dask_" + arguments[0], *arguments[1:]],
        cwd=sources, env=environment(sources), start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        kill(process)


def kill(process: "subprocess.Popen[bytes]") -> None:
    """Kill a process and its children, as if the machine were switched off."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


@contextmanager
def cluster(
    workers: int, sources: Path = ROOT
) -> Iterator[tuple[str, list["subprocess.Popen[bytes]"]]]:
    """(address, worker processes) of a scheduler with connected workers.

    The packages of `sources` are those of the workers.
    """
    from distributed import Client

    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    with ExitStack() as stack:
        stack.enter_context(
            dask("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard")
        )
        started = [
            stack.enter_context(dask("worker", address, *_ALONE, sources=sources))
            for _ in range(workers)
        ]
        with Client(address, timeout=60) as client:
            client.wait_for_workers(workers, timeout=60)
        yield address, started


@pytest.fixture
def labels(tmp_path: Path) -> DataConfig:
    """Three files of many blocks, with repeats, conflicts and mangled lines."""
    for fold in range(3):
        lines = [
            b"mangled %d" % n
            if n % 13 == 0
            else face_line(f"{fold}-{n // 7}", f"{n - n % 5 % 2}", age=("0", "35")[n % 11 // 10])
            for n in range(2_000)
        ]
        write_labels(tmp_path / "folds", *lines, name=f"fold_{fold}_data.txt")
    return DataConfig("adience", str(tmp_path / "folds"))


def outputs(folder: Path, data: DataConfig, address: str | None = None) -> list[bytes]:
    config = Config("c", (data,), dask=DaskConfig(address), output=str(folder))
    result = run_labels(config, labels_only=True)
    assert result.report.rows == 6_000
    return [Path(path).read_bytes() for path in result.files.values()]


def test_any_blocks_give_the_same_bytes(
    tmp_path: Path, labels: DataConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = sum(path.stat().st_size for path in Path(labels.labels or "").iterdir())
    results = []
    for parts in (1, 2, 7, 300):
        monkeypatch.setattr(line_blocks, "BLOCK_BYTES", size // parts)
        monkeypatch.setattr("components.label_validator.validation.BLOCK_ROWS", 6_000 // parts)
        results.append(outputs(tmp_path / str(parts), labels))

    assert results[0] == results[1] == results[2] == results[3]


def test_a_cluster_gives_the_same_bytes_also_when_a_worker_dies(
    tmp_path: Path, labels: DataConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_blocks, "BLOCK_BYTES", 2_000)
    expected = outputs(tmp_path / "threads", labels)

    with cluster(2) as (address, workers):
        undisturbed = outputs(tmp_path / "cluster", labels, address)
        tables = after(3 * AHEAD, lambda: kill(workers[0]), monkeypatch)
        disturbed = outputs(tmp_path / "killed", labels, address)

    assert undisturbed == expected
    assert disturbed == expected
    assert tables() > 3 * AHEAD  # The worker died in the middle.


def test_a_cluster_without_workers_fails_with_one_message_and_writes_nothing(
    tmp_path: Path, labels: DataConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(line_blocks, "BLOCK_BYTES", 2_000)
    monkeypatch.setattr(scheduler, "MAX_POLLS_WITHOUT_WORKERS", 1)

    with cluster(1) as (address, workers):
        after(3 * AHEAD, lambda: kill(workers[0]), monkeypatch)
        with pytest.raises(DataError, match=r"was lost during the work \(no worker is left\)"):
            outputs(tmp_path / "lost", labels, address)

    assert list((tmp_path / "lost" / "c" / "labels").iterdir()) == []


def test_a_worker_without_our_package_is_one_clear_error(
    tmp_path: Path, labels: DataConfig
) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "components.py").touch()  # Hides the package.

    with cluster(1, tmp_path / "elsewhere") as (address, _), pytest.raises(ConfigError) as caught:
        outputs(tmp_path / "refused", labels, address)

    assert str(caught.value) == (
        f"dask.address is {address!r}, but its scheduler or one of its workers has no Facefold "
        "(No module named 'components.ingest'; 'components' is not a package), expected the same "
        "version on each of them. Install it there, or start them in the project's image; or set "
        "dask.address to null."
    )


def after(
    tables: int, action: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], int]:
    """Run an action after a number of tables; returns a function that counts all tables."""
    add, lock, count = SpillBuffer.add, threading.Lock(), [0]

    def counted(buffer: SpillBuffer, table: object) -> None:
        with lock:
            count[0] += 1
            if count[0] == tables:
                action()
                time.sleep(0.1)
        add(buffer, table)

    monkeypatch.setattr(SpillBuffer, "add", counted)
    return lambda: count[0]
