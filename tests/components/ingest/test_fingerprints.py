"""When FaceIngest must run again."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from components.ingest.fingerprints import fingerprint
from schemas.config.blocks import DataConfig
from tests.components.ingest.small_data import face_line, face_path, jpeg, write_image, write_labels

PICTURE = Path("faces") / face_path()
LABELS = Path("folds") / "fold_0_data.txt"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    write_labels(root / "folds", face_line())
    os.utime(write_image(root / "faces", face_path(), jpeg(0)), ns=(0, 10**18))
    return root


def look(folder: Path) -> str:
    return fingerprint([DataConfig("adience", str(folder / "folds"), str(folder / "faces"))])


def one_line_changed(folder: Path) -> None:
    path = folder / LABELS
    path.write_bytes(path.read_bytes().replace(b"(25, 32)", b"(38, 43)"))


def one_line_changed_with_the_old_time(folder: Path) -> None:
    stat = (folder / LABELS).stat()
    one_line_changed(folder)
    os.utime(folder / LABELS, ns=(stat.st_atime_ns, stat.st_mtime_ns))


@pytest.mark.parametrize(
    "change",
    [
        one_line_changed,
        one_line_changed_with_the_old_time,
        lambda folder: os.utime(folder / PICTURE, ns=(0, 10**18 + 1)),
        lambda folder: (folder / PICTURE).rename(folder / "faces" / face_path(image="b.jpg")),
        lambda folder: (folder / PICTURE).unlink(),
        lambda folder: write_image(folder, "faces/new.jpg", b""),
        lambda folder: (folder / LABELS).rename(folder / "folds" / "fold_1_data.txt"),
        lambda folder: write_labels(folder / "folds", name="fold_1_data.txt"),
    ],
    ids=["line", "line, old time", "touched", "renamed", "gone", "new", "file renamed", "new file"],
)
def test_a_change_of_the_data_changes_the_fingerprint(
    folder: Path, change: Callable[[Path], object]
) -> None:
    before = look(folder)

    change(folder)

    assert look(folder) != before


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: os.utime(folder / LABELS, ns=(0, 5)),
        lambda folder: os.utime(folder / "faces" / "u1", ns=(0, 5)),
        lambda folder: (folder / "folds" / "README").write_text("no label file"),
    ],
    ids=["label file touched", "folder touched", "another file among the labels"],
)
def test_nothing_else_changes_the_fingerprint(
    folder: Path, change: Callable[[Path], object]
) -> None:
    before = look(folder)

    change(folder)

    assert look(folder) == before


def test_a_moved_data_set_keeps_its_fingerprint(folder: Path, tmp_path: Path) -> None:
    before = look(folder)

    shutil.move(folder, tmp_path / "elsewhere")

    assert look(tmp_path / "elsewhere") == before
