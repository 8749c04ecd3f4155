"""Draw the demo data set into a folder."""

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
from schemas.folds import fold_name

WORKERS = 2  # Threads: OpenCV and NumPy draw without the interpreter's lock.
README, CONFIG, LABELS, IMAGES = "README.md", "demo.yaml", "folds", "faces"
PART = ".part"  # Ending of a file that is still being written.
PERSON_STREAM, SHOT_STREAM, REPEAT_STREAM = 1, 2, 3  # Of random numbers; 0 is the plan's.


class DemoSummary(NamedTuple):
    """What was drawn."""

    rows: int  # Of the label files: the faces and the repeated rows.
    images: int  # Files, the truncated and the empty one included, the missing one not.
    subjects: int
    planted: str | None  # The planted group in words.
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

    An earlier drawing in the same folder is replaced. Label files are written last, so a drawing
    that was broken off has none. The same arguments give the same bytes.

    Args:
      directory: new, empty, or of an earlier drawing.
      faces: faces to draw, the ones with defects included.
      seed: 0 or more.
      plant: whether one group is rare and hard on purpose.
      progress: called with (faces drawn, faces).

    Raises:
      ConfigError: the folder or a number cannot be used.
    """
    _check_numbers(faces, seed)
    _check_folder(directory)
    planned = plan(faces, seed, plant=plant)
    rows = with_repeats(planned, seed)
    found = _defects(planned, len(rows))
    try:
        _clear(directory, {face.path for face in planned if _has_file(face)})
        _write(directory / README, pages.readme(planned, len(rows), seed, found).encode())
        _draw_images(directory / IMAGES, planned, seed, progress)
        for fold in range(FOLDS):
            mine = ((face, shot_of(face, seed)) for face in rows if face.person.fold == fold)
            text = pages.label_file(mine)
            _write(directory / LABELS / f"{fold_name(fold)}_data.txt", text.encode())
        _write(directory / CONFIG, pages.DEMO_YAML.encode())
    except OSError as error:
        raise ConfigError(
            f"cannot write the demo data to {str(directory)!r}: {error}. Expected a folder with "
            "write permission and room on its disk. Name another folder, or make room in this one."
        ) from error
    images = sum(_has_file(face) for face in planned)
    people = len({face.face_id for face in planned})
    return DemoSummary(len(rows), images, people, pages.planted_text() if plant else None, found)


def with_repeats(faces: list[Face], seed: int) -> list[Face]:
    """The rows: every face once, and some good ones twice in a row."""
    rng = np.random.default_rng([seed, REPEAT_STREAM])
    plain = [face.number for face in faces if face.person.kind == PLAIN]
    number = defects.share(defects.REAL_REPEATS, len(faces))
    twice = set(rng.choice(plain, number, replace=False).tolist())
    return [face for face in faces for _ in range(2 if face.number in twice else 1)]


def person_of(face: Face, seed: int) -> Identity:
    """The face's identity: the same for every face of its subject."""
    rng = np.random.default_rng([seed, PERSON_STREAM, face.face_id])
    spread = PLANTED_SPREAD if face.person.kind == PLANTED_KIND else 1.0
    return sample_identity(rng, *face.person.drawn, spread=spread)


def shot_of(face: Face, seed: int) -> Shot:
    """The face's pose, light and camera."""
    return sample_shot(np.random.default_rng([seed, SHOT_STREAM, face.number]))


def image_of(face: Face, seed: int) -> bytes:
    """The face's JPEG, before any defect."""
    rng = np.random.default_rng([seed, SHOT_STREAM, face.number, 1])
    return encode(draw_face(person_of(face, seed), shot_of(face, seed), rng))


def _check_numbers(faces: int, seed: int) -> None:
    if faces < (least := least_faces()):
        raise ConfigError(
            f"--faces is {faces}, expected {least} or more: fewer leave a fold without some group "
            f"of gender and age. Draw {least} or more, or leave the word out for 1500."
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
                f"{str(directory)!r} is not empty and holds no earlier demo data. "
                "Name a new or empty folder; nothing was written."
            )
    except OSError as error:
        raise ConfigError(
            f"cannot read {str(directory)!r}: {error}. Expected a new or empty folder. "
            "Name another one, or change its permissions."
        ) from error


def _is_demo(directory: Path) -> bool:
    """Whether an earlier drawing, whole or broken off, stands there."""
    page = directory / README
    if not page.is_file():
        return False
    return page.read_bytes().splitlines()[:1] == [pages.TITLE.encode()]


def _defects(faces: list[Face], rows: int) -> dict[str, int]:
    counted = Counter(face.person.kind for face in faces)
    kinds = sorted(counted.keys() - {PLAIN, PLANTED_KIND})
    return {kind: counted[kind] for kind in kinds} | {defects.REPEATED: rows - len(faces)}


def _has_file(face: Face) -> bool:
    return face.person.kind != defects.MISSING


def _clear(directory: Path, keep: set[str]) -> None:
    """Make the folder, and take away an earlier drawing's files that this one does not have."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / CONFIG).unlink(missing_ok=True)
    for old in sorted((directory / LABELS).glob("fold_*_data.txt*")):
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
    data = defects.spoil(face.person.kind, image_of(face, seed)) if _has_file(face) else None
    if data is not None:
        _write(images / face.path, data)


def _write(path: Path, data: bytes) -> None:
    """Write under another name, then rename; a file that is the same already stays untouched."""
    if path.is_file() and path.read_bytes() == data:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + PART)
    part.write_bytes(data)
    part.replace(path)
