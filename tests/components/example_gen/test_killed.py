"""A step killed in the middle and run again gives the bytes of an undisturbed one."""

import json
import signal
import time
from collections.abc import Callable
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

import pytest

from tests.components.example_gen import killable_step
from tests.components.example_gen.killable_step import Step
from tests.components.example_gen.small_rows import row
from tests.components.faces.pictures import encoded, noise

SHARDS = 6
FACES_A_SHARD = 15
SECONDS = 300  # For a step on a busy machine.
Faces = tuple[Path, list[dict[str, Any]]]  # The folder of the images, and their rows.


def start(folder: Path, faces: Faces, processes: int = 1) -> ForkServerProcess:
    return killable_step.start(Step(folder, *faces, FACES_A_SHARD, processes))


def finish(process: ForkServerProcess) -> None:
    process.join(SECONDS)
    assert process.exitcode == 0


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*faces-*")]


def begun(shard: int) -> Callable[[list[str]], bool]:
    """Whether `shard` shards are whole and the next is being written."""
    return lambda result: (
        sum(not name.startswith(".") for name in result) >= shard
        and any(name.startswith(".") for name in result)
    )


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> Faces:
    """Rows of one large picture, so that a shard takes a while, and one that is cut."""
    root = tmp_path_factory.mktemp("faces")
    content = encoded(noise(900, 900), "JPEG")
    first = row(root, "face.jpg", content)
    count = SHARDS * FACES_A_SHARD - 1
    rows = [{**first, "key": f"adience/{number:04}"} for number in range(count)]
    return root, [*rows, row(root, "cut.jpg", content[:9000])]


@pytest.fixture(scope="module")
def undisturbed(faces: Faces, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    finish(start(folder, faces))
    return files(folder)


def test_an_undisturbed_step_leaves_its_shards_and_its_counts(
    undisturbed: dict[str, bytes],
) -> None:
    assert len([name for name in undisturbed if "Split-fold_0/faces-" in name]) == SHARDS
    report = json.loads(undisturbed["report/report.json"])
    assert (report["accepted"], report["rejected"]) == (89, {"image_unreadable": 1})


@pytest.mark.parametrize("whole", [0, 1, 2, 4, 5])
def test_a_killed_step_that_runs_again_leaves_the_same_bytes(
    whole: int,
    tmp_path: Path,
    faces: Faces,
    undisturbed: dict[str, bytes],
) -> None:
    process = start(tmp_path, faces)
    at_work, until = begun(whole), time.monotonic() + SECONDS
    while not at_work(names(tmp_path)) and time.monotonic() < until and process.is_alive():
        time.sleep(0.001)
    process.kill()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    left = names(tmp_path)
    assert at_work(left), left
    assert len(files(tmp_path)) < len(undisturbed)

    finish(start(tmp_path, faces))

    assert files(tmp_path) == undisturbed


def test_two_processes_leave_the_bytes_of_one(
    tmp_path: Path,
    faces: Faces,
    undisturbed: dict[str, bytes],
) -> None:
    finish(start(tmp_path, faces, processes=2))

    assert files(tmp_path) == undisturbed
