"""A whole run that is killed in mid-training, and the same command again."""

import csv
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import ALWAYS_BLESSED, ROOT, Facefold, SmallRun, facefold_command

pytestmark = [pytest.mark.tf, pytest.mark.e2e, pytest.mark.slow]

SETTINGS = (
    ALWAYS_BLESSED,
    "train.epochs=5",
    "train.batch_size=3",  # Many steps: the epoch in which it is killed takes its time.
    "train.deterministic=true",
    "--to",
    "Trainer",
)


def words(run: SmallRun, output: Path, *more: str) -> list[str]:
    """The words of a training in a copy of the small run, all before it reused."""
    if not output.exists():
        shutil.copytree(run.folder, output / run.folder.name)
    return [*run.words(*SETTINGS, *more), f"output={output}"]


def kill_in_epoch(epoch: int, command: list[str], folder: Path) -> None:
    """Start a run and kill it without mercy as soon as its log tells of the epoch."""
    before = set(folder.glob("logs/*.log"))
    process = subprocess.Popen(
        facefold_command(*command), cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    limit = time.monotonic() + 300
    while not any(
        f"(epoch {epoch} of 5" in log.read_text(errors="replace")
        for log in set(folder.glob("logs/*.log")) - before
    ):
        assert process.poll() is None
        assert time.monotonic() < limit
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    assert process.wait(timeout=60) == -signal.SIGKILL


def trained(folder: Path) -> tuple[list[dict[str, str]], bytes]:
    """The curves of all epochs, and the weights of the newest model."""
    models = folder.glob("artifacts/Trainer/model/*/Format-Serving/variables/*.data-*")
    newest = max(models, key=lambda path: int(path.parts[-4]))
    with (folder / "curves" / "Trainer.csv").open() as file:
        return list(csv.DictReader(file)), newest.read_bytes()


@pytest.fixture(scope="module")
def whole(
    small_run: SmallRun, facefold: Facefold, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of a run that nobody killed."""
    output = tmp_path_factory.mktemp("whole") / "runs"
    done = facefold(*words(small_run, output))
    assert done.returncode == 0, done.stderr
    return output / small_run.folder.name


def test_the_same_command_goes_on_in_the_epoch_of_the_kill_and_ends_with_the_same_weights(
    small_run: SmallRun, whole: Path, facefold: Facefold, tmp_path: Path
) -> None:
    command = words(small_run, tmp_path / "runs")
    folder = tmp_path / "runs" / small_run.folder.name
    kill_in_epoch(3, command, folder)

    other = facefold(*command, "seed=7", "train.epochs=1")

    assert other.returncode == 0, other.stderr
    assert [row["epoch"] for row in trained(folder)[0]] == ["1"]  # Another training: anew.
    assert len(list(folder.glob("artifacts/.unfinished/*/last"))) == 1

    again = facefold(*command)

    assert again.returncode == 0, again.stderr
    log = max(folder.glob("logs/*.log")).read_text(errors="replace")
    assert "(epoch 3 of 5" in log
    assert "(epoch 2 of 5" not in log
    assert trained(folder) == trained(whole)
    assert list(folder.glob("artifacts/.unfinished/*")) == []
    assert (folder / "curves" / "Trainer.png").is_file()
