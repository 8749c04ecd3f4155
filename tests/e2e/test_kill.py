"""A whole run killed in mid-training, and the same command again."""

import csv
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.e2e.conftest import ALWAYS_BLESSED, Facefold, SmallRun
from tests.repository import ROOT, environment, facefold_command

pytestmark = [pytest.mark.tf, pytest.mark.e2e, pytest.mark.slow]

SETTINGS = (
    ALWAYS_BLESSED,
    "train.epochs=5",
    "train.batch_size=3",  # Many steps: the epoch in which it is killed takes its time.
    "train.deterministic=true",
    "--to",
    "Trainer",
)


def kill_in_epoch(epoch: int, command: list[str], folder: Path) -> None:
    """Start a run and kill it by SIGKILL as soon as its log mentions the epoch."""
    before = set(folder.glob("logs/*.log"))
    process = subprocess.Popen(
        facefold_command(*command), cwd=ROOT, env=environment(),
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
    """Read the curves of all epochs and the weights of the newest model."""
    models = folder.glob("artifacts/Trainer/model/*/Format-Serving/variables/*.data-*")
    newest = max(models, key=lambda path: int(path.parts[-4]))
    with (folder / "curves" / "Trainer.csv").open() as file:
        return list(csv.DictReader(file)), newest.read_bytes()


@pytest.fixture(scope="module")
def whole(
    small_run: SmallRun, facefold: Facefold, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """The folder of an uninterrupted run."""
    run = small_run.copy(tmp_path_factory.mktemp("whole"))
    done = facefold(*run.arguments(*SETTINGS))
    assert done.returncode == 0, done.stderr
    return run.folder


def test_the_same_command_resumes_in_the_epoch_of_the_kill_and_ends_with_the_same_weights(
    copied_run: SmallRun, whole: Path, facefold: Facefold
) -> None:
    command = copied_run.arguments(*SETTINGS)
    folder = copied_run.folder
    kill_in_epoch(3, command, folder)

    other = facefold(*command, "seed=7", "train.epochs=1")

    assert other.returncode == 0, other.stderr
    assert [row["epoch"] for row in trained(folder)[0]] == ["1"]  # Another training: anew.
    assert len(list(folder.glob("artifacts/.unfinished/*/last.npz"))) == 1

    again = facefold(*command)

    assert again.returncode == 0, again.stderr
    log = max(folder.glob("logs/*.log")).read_text(errors="replace")
    assert "(epoch 3 of 5" in log
    assert "(epoch 2 of 5" not in log
    assert trained(folder) == trained(whole)
    assert list(folder.glob("artifacts/.unfinished/*")) == []
    assert (folder / "curves" / "Trainer.png").is_file()
