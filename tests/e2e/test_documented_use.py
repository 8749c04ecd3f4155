"""What the documents do with a finished run: the Python block of serving.md, review and prune."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.conftest import SmallRun
from tests.repository import ROOT, environment, facefold_command

pytestmark = pytest.mark.e2e


@pytest.fixture
def reader(small_run: SmallRun, tmp_path: Path) -> Path:
    """The current folder of a reader: `runs/demo` is the run, `face.jpg` one of its faces."""
    (tmp_path / "runs").symlink_to(small_run.folder.parent)
    face = next((small_run.config.parent / "faces").rglob("*.jpg"))
    shutil.copy(face, tmp_path / "face.jpg")
    return tmp_path


def run(command: list[str], folder: Path) -> str:
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, cwd=folder, env=environment()
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_served_model_is_called_as_documented(reader: Path) -> None:
    text = (ROOT / "docs" / "serving.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"^```python\n(.*?)^```$", text, re.M | re.S)

    answer = run([sys.executable, "-c", block], reader)

    assert re.match(r"\[b'\d+-\d+'\] \[\[", answer)


@pytest.mark.parametrize("arguments", [["review"], ["prune", "--dry-run"]], ids=" ".join)
def test_a_run_folder_is_named_as_documented(arguments: list[str], reader: Path) -> None:
    assert run(facefold_command(*arguments, "runs/demo"), reader)
