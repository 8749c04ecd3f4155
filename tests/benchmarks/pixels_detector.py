"""The face detector on real and drawn faces: found, wrong, missed, and its CPU time."""

import math
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from components.faces.detector import find_face
from components.faces.resize import Pixels
from pipelines.demo.canvas import SIDE
from pipelines.demo.paint import draw_face
from pipelines.demo.traits import sample_identity, sample_shot
from tests.benchmarks.figures import Figure

REAL = Path("../shared/data")
DRAWN = 80
SMALL_SHARES = (0.15, 0.1, 0.07, 0.05)  # Side of a face over the longer side of its picture.
NEAR = 0.2  # A centred face's distance from the right place, over the side of its surroundings.


class Sample(NamedTuple):
    """A picture and the place of its face, as (x, y), and how near is near enough, in pixels."""

    pixels: Pixels
    middle: tuple[float, float] | None  # None: it has no face.
    near: float = 0


def detector_figures() -> Iterator[Figure]:
    """Figures of every set of pictures; a set that is not here is skipped."""
    for name, folder, least in (
        ("UTKFace", "utkface_sample", 0.99), ("FairFace", "fairface_sample", 0.99),
    ):  # fmt: skip
        paths = sorted((REAL / folder).glob("*.jpg"))
        if paths:
            yield from _figures(f"{name}, {len(paths)} pictures", _central(paths), least)
        else:
            yield Figure(
                f"{name}: faces", math.nan, note=f"skipped, no pictures in {REAL / folder}"
            )
    yield from _figures(f"drawn, {DRAWN} pictures", _drawn(), 0.95)
    photos = sorted((REAL / "fairface_sample").glob("*.jpg"))
    if photos:
        for share in SMALL_SHARES:
            yield from _figures(
                f"small, {share:.0%} of the picture", _small(photos, share), most=0.03
            )
        yield from _figures("FairFace, its faces covered", _covered(photos))
    yield from _figures("drawn without a face", _empty())


def _figures(
    name: str, samples: Iterable[Sample], least: float = -math.inf, most: float = 0.01
) -> Iterator[Figure]:
    """Counts and cost of one set.

    `least` bounds the share of faces found in their places, `most` that of wrong boxes.
    """
    count = right = wrong = 0
    seconds = 0.0
    for pixels, middle, near in samples:
        began = time.process_time()
        face = find_face(pixels)
        seconds += time.process_time() - began
        count += 1
        if face is not None:
            box = face.box
            x, y = box.left + box.width / 2, box.top + box.height / 2
            found = middle is not None and math.hypot(x - middle[0], y - middle[1]) < near
            right += found
            wrong += not found
    if middle is not None:
        yield Figure(f"{name}: faces found in their places", right, "", least * count)
        yield Figure(f"{name}: faces missed", count - right - wrong)
    yield Figure(f"{name}: wrong boxes", wrong, high=most * count)
    yield Figure(f"{name}: CPU", 1e3 * seconds / count, "ms CPU")


def _read(path: Path) -> Pixels:
    return np.ascontiguousarray(np.asarray(cv2.imread(str(path)), np.uint8)[..., ::-1])


def _central(paths: Iterable[Path]) -> Iterator[Sample]:
    """Real pictures whose labelled face is in the middle."""
    for path in paths:
        pixels = _read(path)
        height, width = pixels.shape[:2]
        yield Sample(pixels, (width / 2, height / 2), NEAR * min(height, width))


def _drawn() -> Iterator[Sample]:
    """Faces of the demo; the face is in the lower part of the head, below the hair."""
    for number in range(DRAWN):
        rng = np.random.default_rng(number)
        shot = sample_shot(rng)
        who = sample_identity(rng, number % 8, "mf"[number // 8 % 2])
        pixels = np.ascontiguousarray(draw_face(who, shot, rng)[..., ::-1])
        x, y = (SIDE * part for part in shot.centre)
        head = 2 * shot.scale * SIDE
        yield Sample(pixels, (x, y + 0.2 * head), 2 * NEAR * head)


def _small(paths: Iterable[Path], share: float) -> Iterator[Sample]:
    """The faces of real photos, pasted on a pattern of 1000x800 pixels; some with a neighbour."""
    for number, path in enumerate(paths):
        photo = _read(path)
        face = find_face(photo)
        if face is None:
            continue
        picture = _pattern(number, 800, 1000)
        length = max(face.box.height, face.box.width)
        top = max(0, face.box.top - length // 3)
        left = max(0, face.box.left - length // 3)
        part = photo[top : top + 5 * length // 3, left : left + 5 * length // 3]
        scale = share * 1000 / length
        high, wide = (round(scale * side) for side in part.shape[:2])
        rng = np.random.default_rng(number)
        row, column = int(rng.integers(0, 800 - high)), int(rng.integers(0, 1000 - wide))
        picture[row : row + high, column : column + wide] = cv2.resize(
            part, (wide, high), interpolation=cv2.INTER_AREA
        )
        middle = (column + scale * (face.box.left + face.box.width / 2 - left),
                  row + scale * (face.box.top + face.box.height / 2 - top))  # fmt: skip
        yield Sample(picture, middle, NEAR * share * 1000)


def _covered(paths: Iterable[Path]) -> Iterator[Sample]:
    """Real photos without a face: every one that is found is painted over."""
    for path in paths:
        pixels = _read(path)
        for _ in range(12):
            face = find_face(pixels)
            if face is None:
                break
            top, left, height, width = face.box
            extra = max(height, width) // 2
            rows = slice(max(0, top - extra), top + height + extra)
            columns = slice(max(0, left - extra), left + width + extra)
            pixels[rows, columns] = pixels[rows, columns].mean(axis=(0, 1)).astype(np.uint8)
        yield Sample(np.ascontiguousarray(pixels[:, ::-1]), None)  # Mirrored: not yet looked at.


def _empty() -> Iterator[Sample]:
    """Patterns, noise and plain colours."""
    for number in range(100):
        yield Sample(_pattern(number, 300, 400), None)
        rng = np.random.default_rng(number)
        yield Sample(rng.integers(0, 256, (200, 40 + 5 * number, 3), dtype=np.uint8), None)
        yield Sample(np.full((200, 300, 3), 2 * number, np.uint8), None)


def _pattern(number: int, height: int, width: int) -> Pixels:
    rng = np.random.default_rng(number)
    blots = rng.integers(0, 256, (6, 8, 3), dtype=np.uint8)
    pattern: Pixels = cv2.resize(blots, (width, height), interpolation=cv2.INTER_CUBIC)
    return pattern
