"""Draws the demo data set into a folder."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import NamedTuple

import numpy as np

from pipelines.demo import defects, pages
from pipelines.demo.paint import draw_face, encode
from pipelines.demo.plan import FOLDS, PLAIN, PLANTED_KIND, PLANTED_SPREAD, Face, least_faces, plan
from pipelines.demo.traits import Identity, Shot, sample_identity, sample_shot
from schemas.errors import ConfigError
from schemas.files import atomic_path, is_disk_full
from schemas.folds import fold_name

WORKERS = 2  # Threads: OpenCV and NumPy release the interpreter's lock.
README, CONFIG, LABELS, IMAGES = "README.md", "demo.yaml", "folds", "faces"
PERSON_STREAM, SHOT_STREAM, REPEAT_STREAM = 1, 2, 3  # Random streams; 0 is the plan's.


class DemoSummary(NamedTuple):
    """Counts of the drawn data set."""

    rows: int  # Of the label files, with the repeated rows.
    images: int  # Files, with the truncated and the empty one.
    subjects: int
    planted: str | None  # Description of the planted group.
    defects: dict[str, int]  # Faces (or repeated rows) by kind of defect.


def draw(
    directory: Path,
    *,
    faces: int = 1500,
    seed: int = 0,
    plant: bool = True,
    progress: Callable[[int, int], None] | None = None,
) -> DemoSummary:
    """Draw the data set: folds/, faces/, demo.yaml and README.md.

    An earlier data set in the same folder is replaced. Label files are written last, so an
    interrupted drawing has none. The same arguments give the same bytes.

    Args:
      directory: new, empty, or with an earlier data set.
      faces: number of faces, including those with defects.
      seed: 0 or more.
      plant: whether one group is made rare and hard.
      progress: called with (faces drawn, faces).

    Raises:
      ConfigError: the folder or a number cannot be used.
    """
    _check_numbers(faces, seed)
    _check_folder(directory)
    planned = plan(faces, seed, plant=plant)
    rows = with_repeats(planned, seed)
    counts = _count_defects(planned, len(rows))
    try:
        _clear(directory, {face.path for face in planned if _has_file(face)})
        page = pages.readme(directory, planned, len(rows), seed, counts)
        _write(directory / README, page.encode())
        _draw_images(directory / IMAGES, planned, seed, progress)
        for fold in range(FOLDS):
            members = ((face, shot_of(face, seed)) for face in rows if face.person.fold == fold)
            text = pages.label_file(members)
            _write(directory / LABELS / f"{fold_name(fold)}_data.txt", text.encode())
        _write(directory / CONFIG, pages.DEMO_YAML.encode())
    except OSError as error:
        if is_disk_full(error):
            raise
        raise ConfigError(
            f"cannot write the demo data to {str(directory)!r}: {error}. Expected a folder with "
            "write permission. Name another folder, or correct this one."
        ) from error
    images = sum(_has_file(face) for face in planned)
    people = len({face.face_id for face in planned})
    return DemoSummary(len(rows), images, people, pages.planted_text() if plant else None, counts)


def with_repeats(faces: list[Face], seed: int) -> list[Face]:
    """The rows: every face, and some faces without defects twice in succession."""
    rng = np.random.default_rng([seed, REPEAT_STREAM])
    plain = [face.number for face in faces if face.person.kind == PLAIN]
    number = defects.share(defects.REAL_REPEATS, len(faces))
    repeated = set(rng.choice(plain, number, replace=False).tolist())
    return [face for face in faces for _ in range(2 if face.number in repeated else 1)]


def person_of(face: Face, seed: int) -> Identity:
    """The identity of the face's subject."""
    rng = np.random.default_rng([seed, PERSON_STREAM, face.face_id])
    spread = PLANTED_SPREAD if face.person.kind == PLANTED_KIND else 1.0
    return sample_identity(rng, *face.person.drawn, spread=spread)


def shot_of(face: Face, seed: int) -> Shot:
    """The face's pose, light and camera."""
    return sample_shot(np.random.default_rng([seed, SHOT_STREAM, face.number]))


def image_of(face: Face, seed: int) -> bytes:
    """The face's JPEG, without defects."""
    rng = np.random.default_rng([seed, SHOT_STREAM, face.number, 1])
    return encode(draw_face(person_of(face, seed), shot_of(face, seed), rng))


def _check_numbers(faces: int, seed: int) -> None:
    if faces < (least := least_faces()):
        raise ConfigError(
            f"--faces is {faces}, expected {least} or more: fewer leave a fold without some group "
            f"of gender and age. Draw {least} or more, or omit the option for 1500."
        )
    if seed < 0:
        raise ConfigError(f"--seed is {seed}, expected 0 or more. Give a whole number from 0 on.")


def _check_folder(directory: Path) -> None:
    try:
        if not directory.exists():
            return
        if not directory.is_dir():
            raise ConfigError(
                f"{str(directory)!r} is a file, expected a folder for the demo data. "
                "Name a new folder."
            )
        if any(directory.iterdir()) and not _is_demo(directory):
            raise ConfigError(
                f"{str(directory)!r} is not empty and contains no earlier demo data. "
                "Name a new or empty folder; nothing was written."
            )
    except OSError as error:
        raise ConfigError(
            f"cannot read {str(directory)!r}: {error}. Expected a new or empty folder. "
            "Name another one, or correct its permissions."
        ) from error


def _is_demo(directory: Path) -> bool:
    """Whether the folder contains an earlier data set, complete or interrupted."""
    page = directory / README
    if not page.is_file():
        return False
    return page.read_bytes().splitlines()[:1] == [pages.TITLE.encode()]


def _count_defects(faces: list[Face], rows: int) -> dict[str, int]:
    counts = Counter(face.person.kind for face in faces)
    kinds = sorted(counts.keys() - {PLAIN, PLANTED_KIND})
    return {kind: counts[kind] for kind in kinds} | {defects.REPEATED: rows - len(faces)}


def _has_file(face: Face) -> bool:
    return face.person.kind != defects.MISSING


def _clear(directory: Path, keep: set[str]) -> None:
    """Create the folder, and delete files of an earlier data set except the images to keep."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / CONFIG).unlink(missing_ok=True)
    for old in sorted((directory / LABELS).glob("*fold_*_data.txt*")):
        old.unlink()
    images = directory / IMAGES
    for old in sorted(images.glob("*@N*/*landmark_aligned_face.*")):
        if old.relative_to(images).as_posix() not in keep:
            old.unlink()
    for folder in sorted(images.glob("*@N*")):
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()


def _draw_images(
    images: Path, faces: list[Face], seed: int, progress: Callable[[int, int], None] | None
) -> None:
    with ThreadPoolExecutor(min(WORKERS, os.cpu_count() or 1)) as pool:
        try:
            drawn: Iterator[None] = pool.map(partial(_draw_image, images, seed=seed), faces)
            for done, _ in enumerate(drawn, start=1):
                if progress:
                    progress(done, len(faces))
        finally:
            pool.shutdown(cancel_futures=True)


def _draw_image(images: Path, face: Face, *, seed: int) -> None:
    data = defects.apply_fault(face.person.kind, image_of(face, seed)) if _has_file(face) else None
    if data is not None:
        _write(images / face.path, data)


def _write(path: Path, data: bytes) -> None:
    """Write a file atomically; an equal file stays untouched."""
    if path.is_file() and path.read_bytes() == data:
        return
    with atomic_path(path) as unfinished:
        unfinished.write_bytes(data)
