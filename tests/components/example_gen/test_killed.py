"""A step that is killed in the middle, and run again: the bytes of an undisturbed one."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from schemas.config.blocks import ImagesConfig
from tests.components.example_gen.small_rows import row
from tests.components.faces.pictures import encoded, noise
from tests.repository import ROOT, environment

SHARDS = 6
FACES_A_SHARD = 15
SECONDS = 60
# Writes the shards and the small results as the component does, without TFX around them.
STEP = """
import json, sys
import apache_beam as beam
import pyarrow as pa
from apache_beam.options.pipeline_options import PipelineOptions
from components.example_gen import shards
from components.example_gen.face_features import ReadOptions
from components.example_gen.image_report import write_results
from components.example_gen.transforms import REJECTED, WriteFaces
from schemas.config.blocks import ImagesConfig
from schemas.tables import MANIFEST
given = json.load(sys.stdin)
shards.FACES_A_SHARD = given["faces_a_shard"]
images = ImagesConfig(**given["images"])
reading = ReadOptions(images, {"adience": given["root"]}, "adience8")
folder = given["folder"]
with beam.Pipeline(options=PipelineOptions(given["options"])) as pipeline:
    outputs = pipeline | WriteFaces(f"{folder}/examples", reading,
        pa.Table.from_pylist(given["rows"], schema=MANIFEST))
    _ = pipeline | beam.Create([None]) | beam.Map(
        write_results, rejected=beam.pvalue.AsList(outputs[REJECTED]),
        written=beam.pvalue.AsList(outputs.written), rows=len(given["rows"]), images=images,
        folders=(f"{folder}/rejects", f"{folder}/report"))
"""


def start(folder: Path, root: Path, rows: list[dict[str, Any]], *options: str) -> Any:
    given = {
        "folder": str(folder),
        "root": str(root),
        "rows": rows,
        "images": asdict(ImagesConfig(side=64)),
        "faces_a_shard": FACES_A_SHARD,
        "options": ["--runner=FnApiRunner", *options],
    }
    process = subprocess.Popen(
        [sys.executable, "-c", STEP],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,
        start_new_session=True,
        env=environment(),
    )
    assert process.stdin is not None
    process.stdin.write(json.dumps(given).encode())
    process.stdin.close()
    return process


def files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*faces-*")]


def begun(shard: int) -> Callable[[list[str]], bool]:
    """Whether so many shards are whole and the next one is at work."""
    return lambda found: (
        sum(not name.startswith(".") for name in found) >= shard
        and any(name.startswith(".") for name in found)
    )


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[dict[str, Any]]]:
    """Rows of one large picture, so that a shard takes a while, and one that is cut."""
    root = tmp_path_factory.mktemp("faces")
    content = encoded(noise(900, 900), "JPEG")
    first = row(root, "face.jpg", content)
    count = SHARDS * FACES_A_SHARD - 1
    rows = [{**first, "key": f"adience/{number:04}"} for number in range(count)]
    return root, [*rows, row(root, "cut.jpg", content[:9000])]


@pytest.fixture(scope="module")
def undisturbed(
    faces: tuple[Path, list[dict[str, Any]]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("undisturbed")
    assert start(folder, *faces).wait(SECONDS) == 0
    return files(folder)


def test_an_undisturbed_step_leaves_its_shards_and_its_account(
    undisturbed: dict[str, bytes],
) -> None:
    assert len([name for name in undisturbed if "Split-fold_0/faces-" in name]) == SHARDS
    report = json.loads(undisturbed["report/report.json"])
    assert (report["accepted"], report["rejected"]) == (89, {"image_unreadable": 1})


@pytest.mark.parametrize("whole", [0, 1, 2, 4, 5])
def test_a_step_killed_at_work_and_run_again_leaves_the_same_bytes(
    whole: int,
    tmp_path: Path,
    faces: tuple[Path, list[dict[str, Any]]],
    undisturbed: dict[str, bytes],
) -> None:
    process = start(tmp_path, *faces)
    at_work, until = begun(whole), time.monotonic() + SECONDS
    while not at_work(names(tmp_path)) and time.monotonic() < until and process.poll() is None:
        time.sleep(0.001)
    os.killpg(process.pid, signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    left = names(tmp_path)
    assert at_work(left), left
    assert len(files(tmp_path)) < len(undisturbed)

    assert start(tmp_path, *faces).wait(SECONDS) == 0

    assert files(tmp_path) == undisturbed


def test_two_processes_leave_the_bytes_of_one(
    tmp_path: Path,
    faces: tuple[Path, list[dict[str, Any]]],
    undisturbed: dict[str, bytes],
) -> None:
    several = ("--direct_running_mode=multi_processing", "--direct_num_workers=2")

    assert start(tmp_path, *faces, *several).wait(SECONDS) == 0

    assert files(tmp_path) == undisturbed
