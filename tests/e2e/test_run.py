"""The whole pipeline from drawn faces to a pushed model, as its users run it."""

import csv
import json
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.nodes import node_names
from schemas.config.blocks import Config
from tests.e2e.conftest import ALWAYS_BLESSED, NEVER_BLESSED, Facefold, SmallRun
from tests.repository import ROOT, environment, facefold_command

pytestmark = [pytest.mark.tf, pytest.mark.e2e]

NODES = node_names(Config("a", ()))


def _node_states(stdout: str) -> dict[str, str]:
    """{node: state} of the summary."""
    return dict(re.findall(r"^(\w+) +(done|reused) +[\d.]+ s$", stdout, re.MULTILINE))


def test_first_run_ends_with_a_blessed_and_pushed_model(small_run: SmallRun) -> None:
    assert small_run.first.returncode == 0, small_run.first.stdout + small_run.first.stderr
    assert _node_states(small_run.first.stdout) == dict.fromkeys(NODES, "done")
    assert (small_run.folder / "serving_model" / "1" / "saved_model.pb").is_file()
    assert not (small_run.folder / "serving_model" / "2").exists()
    assert (small_run.folder / ".facefold").is_file()


def test_terminal_shows_no_noise(small_run: SmallRun) -> None:
    assert small_run.first.stderr == ""
    assert not re.search(r"WARNING|tensorflow|absl|Warning|oneDNN", small_run.first.stdout)
    assert any((small_run.folder / "logs").glob("*.log"))


def test_every_label_row_is_accepted_or_rejected(small_run: SmallRun) -> None:
    written = sum(
        len(path.read_text().splitlines()) - 1
        for path in (small_run.config.parent / "folds").glob("fold_*_data.txt")
    )
    artifacts = small_run.folder / "artifacts"
    [accepted] = artifacts.glob("LabelValidator/accepted/*/manifest.parquet")
    [label_rejects] = artifacts.glob("LabelValidator/rejects/*/rejects.parquet")
    [image_rejects] = artifacts.glob("FaceExampleGen/rejects/*/rejects.parquet")
    taken = pq.read_table(accepted).num_rows
    refused = pq.read_table(label_rejects).num_rows

    assert taken + refused == written
    shown = re.findall(r"(\d+) rows in = (\d+) accepted \+ (\d+) rejected", small_run.first.stdout)
    faces = taken - pq.read_table(image_rejects).num_rows
    assert shown == [
        (str(written), str(taken), str(refused)),
        (str(taken), str(faces), str(taken - faces)),
    ]


def test_planted_image_faults_are_rejected_with_their_reasons(small_run: SmallRun) -> None:
    artifacts = small_run.folder / "artifacts"
    reasons = [
        reason
        for path in artifacts.glob("*/rejects/*/rejects.parquet")
        for reason in pq.read_table(path)["reason"].to_pylist()
    ]

    assert reasons.count("image_missing") == 1
    assert reasons.count("image_unreadable") == 2  # One truncated, one empty.


def test_review_counts_every_held_out_face(small_run: SmallRun) -> None:
    [accepted] = small_run.folder.glob("artifacts/LabelValidator/accepted/*/manifest.parquet")
    folds = pq.read_table(accepted)["fold"].to_pylist()
    rejected = [
        fold
        for path in small_run.folder.glob("artifacts/FaceExampleGen/rejects/*/rejects.parquet")
        for fold in pq.read_table(path)["fold"].to_pylist()
    ]
    expected = folds.count("fold_4") - rejected.count("fold_4")
    review = json.loads((small_run.folder / "review" / "review.json").read_text())
    with (small_run.folder / "review" / "slices.csv").open() as file:
        by_gender = [row for row in csv.DictReader(file) if row["slice"] == "gender"]

    assert [group["images"] for group in review["overall"]] == [expected]
    assert sum(int(row["images"]) for row in by_gender) == expected


def test_second_run_reuses_every_node_and_says_so(copied_run: SmallRun, facefold: Facefold) -> None:
    again = facefold(*copied_run.arguments(ALWAYS_BLESSED))

    assert again.returncode == 0, again.stderr
    assert _node_states(again.stdout) == dict.fromkeys(NODES, "reused")
    assert not (copied_run.folder / "serving_model" / "2").exists()


def test_second_run_is_answered_without_tfx_and_prints_what_tfx_would(
    copied_run: SmallRun, facefold: Facefold
) -> None:
    shutil.rmtree(copied_run.folder / "review")
    arguments = copied_run.arguments(ALWAYS_BLESSED)
    script = (
        f"import sys\nfrom pipelines.cli import main\nassert main({arguments!r}) == 0\n"
        "heavy = {'tensorflow', 'tfx', 'apache_beam', 'keras'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    fast = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT, env=environment(), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert fast.returncode == 0, fast.stderr
    by_tfx = facefold(*arguments, "--to", "Pusher")
    again = facefold(*arguments)

    table = _without_times(by_tfx.stdout)
    assert _without_times(fast.stdout) == _without_times(again.stdout) == table
    assert (copied_run.folder / "review" / "index.html").is_file()
    assert "starting TFX" in by_tfx.stdout
    assert "starting TFX" not in again.stdout


def test_a_folder_of_an_earlier_version_is_named_and_used(
    copied_run: SmallRun, facefold: Facefold
) -> None:
    (copied_run.folder / "whole_run.json").unlink()
    state = json.loads((copied_run.folder / "run.json").read_text())
    (copied_run.folder / "run.json").write_text(json.dumps({**state, "format": 0}))

    first = facefold(*copied_run.arguments(ALWAYS_BLESSED))
    second = facefold(*copied_run.arguments(ALWAYS_BLESSED))

    notice = "Written by an earlier version of Facefold: every step runs anew."
    assert first.returncode == second.returncode == 0
    assert first.stdout.splitlines().count(notice) == 1
    assert notice not in second.stdout


def test_review_command_gives_the_page_and_the_verdict(
    small_run: SmallRun, facefold: Facefold
) -> None:
    shown = facefold("review", str(small_run.folder))

    assert shown.returncode == 0
    assert shown.stdout.splitlines()[:2] == [
        str(small_run.folder / "review" / "index.html"),
        "released",
    ]


def test_refused_model_is_not_pushed_and_prune_keeps_what_the_last_good_run_uses(
    copied_run: SmallRun, facefold: Facefold
) -> None:
    folder = copied_run.folder
    refused = facefold(*copied_run.arguments(NEVER_BLESSED))

    assert refused.returncode == 3, refused.stderr
    run_again = NODES[NODES.index("BiasReview") :]
    expected = {node: "done" if node in run_again else "reused" for node in NODES}
    assert _node_states(refused.stdout) == expected
    not_released = r"^pushed +nothing: the review did not release it; .*1 still serves this model"
    assert re.search(not_released, refused.stdout, re.MULTILINE)
    assert sorted(path.name for path in (folder / "serving_model").iterdir()) == [".pushes", "1"]
    assert facefold("review", str(folder)).returncode == 3

    facefold(*copied_run.arguments(ALWAYS_BLESSED))
    before = {path for path in folder.glob("artifacts/*/*/*") if path.is_dir()}
    dry = facefold("prune", str(folder), "--dry-run")
    kept = {path for path in folder.glob("artifacts/*/*/*") if path.is_dir()}
    pruned = facefold("prune", str(folder))

    assert dry.returncode == pruned.returncode == 0
    assert kept == before
    assert len([path for path in before if path.parent.name == "page"]) > 1
    assert len(list(folder.glob("artifacts/BiasReview/page/*"))) == 1
    again = facefold(*copied_run.arguments(ALWAYS_BLESSED))
    assert set(_node_states(again.stdout).values()) == {"reused"}


@pytest.mark.slow
def test_newest_version_is_always_the_model_of_the_last_run(
    copied_run: SmallRun, facefold: Facefold
) -> None:
    serving = copied_run.folder / "serving_model"
    weights = Path("variables", "variables.data-00000-of-00001")
    first = (serving / "1" / weights).read_bytes()

    other = facefold(*copied_run.arguments(ALWAYS_BLESSED, "seed=1"))
    back = facefold(*copied_run.arguments(ALWAYS_BLESSED))

    assert _node_states(other.stdout)["Pusher"] == _node_states(back.stdout)["Pusher"] == "done"
    assert (serving / "2" / weights).read_bytes() != first
    assert (serving / "3" / weights).read_bytes() == first

    shutil.rmtree(serving)
    again = facefold(*copied_run.arguments(ALWAYS_BLESSED))

    assert set(_node_states(again.stdout).values()) == {"done", "reused"}
    assert (serving / "1" / weights).read_bytes() == first


@pytest.mark.slow
def test_interrupted_run_ends_in_one_line_and_continues(
    copied_run: SmallRun, facefold: Facefold, tmp_path: Path
) -> None:
    command = facefold_command(*copied_run.arguments(ALWAYS_BLESSED, "train.epochs=50"))
    with (tmp_path / "out").open("w") as out, (tmp_path / "err").open("w") as err:
        process = subprocess.Popen(command, stdout=out, stderr=err, cwd=ROOT, env=environment())
        _wait_for(tmp_path / "out", "Trainer")
        second = facefold(*copied_run.arguments(ALWAYS_BLESSED))
        process.send_signal(signal.SIGINT)
        status = process.wait(timeout=60)

    assert second.returncode == 2
    assert len(second.stderr.splitlines()) == 1
    assert f"process {process.pid}" in second.stderr
    assert status == 1
    [line] = (tmp_path / "err").read_text().splitlines()
    assert line.startswith("facefold: interrupted in Trainer")
    again = facefold(*copied_run.arguments(ALWAYS_BLESSED))
    assert again.returncode == 0, again.stderr
    assert set(_node_states(again.stdout).values()) == {"reused"}


def _without_times(stdout: str) -> list[str]:
    """The summary, without durations and the folder's size."""
    _, _, summary = stdout.partition("\nFaceIngest ")
    return [re.sub(r"[\d.]+ (s|MiB)\b", r"_ \1", " ".join(line.split())) for line in
            summary.splitlines()]  # fmt: skip


def _wait_for(file: Path, text: str) -> None:
    deadline = time.monotonic() + 120
    while text not in file.read_text():
        assert time.monotonic() < deadline, file.read_text()
        time.sleep(0.2)
