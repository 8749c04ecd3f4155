"""Reading image files."""

import os
from pathlib import Path

import dask
import pytest
import xxhash

from components.ingest.images.contents import (
    EMPTY,
    Content,
    ReadRules,
    find_undecodable,
    hash_file,
    read_contents,
)
from components.ingest.scheduler import in_waves, scheduler
from schemas.errors import ConfigError, DataError
from schemas.task_stream import on_threads
from tests.components.ingest.small_data import jpeg


def test_a_file_longer_than_a_block_is_hashed_whole(tmp_path: Path) -> None:
    content = bytes(range(256)) * 10_000
    (tmp_path / "a.jpg").write_bytes(content)

    result = hash_file(str(tmp_path), "a.jpg", ReadRules(len(content)))

    assert result == Content(xxhash.xxh3_128(content).hexdigest())


@pytest.mark.parametrize("size", [101, 60_000_000_000], ids=["one byte more", "sparse, 60 GB"])
def test_a_file_above_the_limit_is_not_read(tmp_path: Path, size: int) -> None:
    with (tmp_path / "a.jpg").open("wb") as file:
        file.truncate(size)

    digest, fault, detail, _ = hash_file(str(tmp_path), "a.jpg", ReadRules(100))

    assert (digest, fault) == (None, "image_too_large")
    assert detail is not None
    assert "more than 100 bytes; images.max_bytes sets the limit" in detail


def test_an_empty_file_has_a_hash_and_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").touch()

    digest = xxhash.xxh3_128(b"").hexdigest()
    assert hash_file(str(tmp_path), "a.jpg", ReadRules(100)) == Content(
        digest, "image_unreadable", EMPTY
    )


@pytest.mark.parametrize("kind", ["link", "linked folder", "fifo", "folder", "nothing"])
def test_only_regular_files_under_the_root_are_read(tmp_path: Path, kind: str) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.jpg").write_bytes(b"secret")
    root = tmp_path / "faces"
    root.mkdir()
    name = "x/a.jpg"
    if kind == "linked folder":
        (root / "x").symlink_to(tmp_path / "outside")
    else:
        (root / "x").mkdir()
    if kind == "link":
        (root / name).symlink_to(tmp_path / "outside" / "a.jpg")
    elif kind == "fifo":
        os.mkfifo(root / name)
    elif kind == "folder":
        (root / name).mkdir()

    result = hash_file(str(root), name, ReadRules(100))

    assert result.digest is None
    assert result.detail is not None
    assert result.detail.endswith("expected a readable picture; repair or replace the file")


def test_contents_are_in_the_order_of_names_and_progress_ends_at_the_total(tmp_path: Path) -> None:
    names = [f"{number}.jpg" for number in range(300)]
    for name in names:
        (tmp_path / name).write_text(name)
    reported: list[int] = []

    with scheduler(None) as compute:
        contents = read_contents(str(tmp_path), names, compute, ReadRules(100), reported.append)

    assert [result.digest for result in contents] == [
        xxhash.xxh3_128(name.encode()).hexdigest() for name in names
    ]
    assert reported[-1] == 300


def test_undecodable_files_are_identified(tmp_path: Path) -> None:
    whole = jpeg(0)
    contents = {
        "whole": whole,
        "cut": whole[: len(whole) // 2],
        "text": b"text",
        "large": b"t" * 99,
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    files = [(str(tmp_path), name) for name in [*contents, "missing"]]

    with scheduler(None) as compute:
        strict = find_undecodable(files, compute, max_bytes=1_000_000)
        limited = find_undecodable(files, compute, max_bytes=98)

    assert strict == [False, True, True, True, True]
    assert limited == [False, False, True, False, True]  # What is too large is not decoded.


def test_an_address_without_a_scheduler_is_a_config_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.ingest.scheduler.CONNECT_SECONDS", 0.2)

    with (
        pytest.raises(
            ConfigError, match=r"where no scheduler answers .* set dask\.address to null"
        ),
        scheduler("tcp://127.0.0.1:1"),
    ):
        pass


def test_waves_return_every_result_in_order_and_report_progress() -> None:
    reported: list[int] = []
    tasks = [dask.delayed(abs)(-number) for number in range(200)]

    with scheduler(None) as compute:
        results = in_waves(tasks, compute, reported.append)

    assert results == list(range(200))
    assert reported == [64, 128, 192, 200]


def test_tasks_run_on_a_cluster() -> None:
    distributed = pytest.importorskip("distributed")
    options = {"processes": False, "dashboard_address": None, "threads_per_worker": 1}

    with (
        distributed.LocalCluster(n_workers=1, **options) as cluster,
        scheduler(cluster.scheduler_address) as compute,
    ):
        results = compute([dask.delayed(pow)(2, number) for number in range(5)])

    assert results == (1, 2, 4, 8, 16)


def test_a_machine_without_the_image_root_is_an_error_and_marks_no_picture(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"the image root '.*' is no folder on .* Mount it there"):
        read_contents(str(tmp_path / "elsewhere"), ["a.jpg"], on_threads, ReadRules(100))
