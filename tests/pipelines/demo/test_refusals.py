"""Invalid arguments of `draw`, and its messages."""

from pathlib import Path

import pytest

from pipelines.demo.drawing import draw
from pipelines.demo.plan import least_faces
from schemas.errors import ConfigError

LEAST = least_faces()


@pytest.mark.parametrize(
    ("faces", "seed", "message"),
    [(LEAST - 1, 0, f"--faces is {LEAST - 1}, expected {LEAST} or more"),
     (-1, 0, "--faces is -1"), (LEAST, -1, "--seed is -1, expected 0 or more")],
    ids=["too few", "negative", "negative seed"],
)  # fmt: skip
def test_draw_refuses_bad_numbers(tmp_path: Path, faces: int, seed: int, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        draw(tmp_path / "demo", faces=faces, seed=seed)

    assert not (tmp_path / "demo").exists()


def test_draw_refuses_a_folder_with_other_files(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# Holidays\n")

    with pytest.raises(ConfigError, match=r"not empty.*Name a new or empty folder"):
        draw(tmp_path, faces=LEAST)

    assert [file.name for file in tmp_path.iterdir()] == ["README.md"]


def test_draw_refuses_a_file(tmp_path: Path) -> None:
    file = tmp_path / "demo"
    file.write_text("a file")

    with pytest.raises(ConfigError, match="is a file, expected a folder"):
        draw(file, faces=LEAST)


def test_draw_reports_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    blocked = tmp_path / "file" / "demo"
    blocked.parent.write_text("a file where a folder should be")

    with pytest.raises(ConfigError, match=r"cannot .*Name another"):
        draw(blocked, faces=LEAST)
