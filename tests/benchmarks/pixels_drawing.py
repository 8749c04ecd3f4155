"""Pictures of `pixels.py`: as large as Adience's aligned faces, the same in every run."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

SIZE = 816  # Height and width in pixels, of Adience's aligned faces.
MEAN_BYTES = 128 * 1024
TOLERANCE = 0.1  # Of MEAN_BYTES.
ENCODING = (
    cv2.IMWRITE_JPEG_QUALITY, 90,
    cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
)  # fmt: skip
FOLDS = 5

_COLOURS = (3, 6, 12)  # Knots per side of each octave of colour; of grain below.
_GRAINS = (25, 51, 102, 204, 408, 816)
_FADING = 0.62  # Amplitude of an octave relative to the one before: about 1/f, as in photos.
_GRAIN = (12.0, 29.5)  # Grey levels of the first octave of grain; tuned for MEAN_BYTES.

Floats = npt.NDArray[np.float32]


def _octaves(rng: np.random.Generator, knots: tuple[int, ...], channels: int) -> Floats:
    total = np.zeros((SIZE, SIZE, channels), np.float32)
    for octave, count in enumerate(knots):
        grid = rng.standard_normal((count, count, channels), dtype=np.float32)
        smooth = cv2.resize(grid, (SIZE, SIZE), interpolation=cv2.INTER_CUBIC)
        total += _FADING**octave * smooth.reshape(total.shape)
    return total


def _oval(rng: np.random.Generator) -> Floats:
    """Mask of the face: 1 inside, 0 outside, with a soft edge."""
    middle = [int(value) for value in rng.uniform(350, 470, 2)]
    axes = [int(rng.uniform(200, 270)), int(rng.uniform(260, 340))]
    mask = np.zeros((SIZE, SIZE), np.float32)
    cv2.ellipse(mask, middle, axes, rng.uniform(-15, 15), 0, 360, 1.0, -1)
    soft: Floats = cv2.GaussianBlur(mask, (0, 0), 4)[..., np.newaxis]
    return soft


def picture(number: int) -> npt.NDArray[np.uint8]:
    """Draw clouds of colour, an oval of skin in front and grain over all; uint8 (SIZE, SIZE, 3)."""
    rng = np.random.default_rng(number)
    behind = rng.uniform(70, 170, 3) + 28 * _octaves(rng, _COLOURS, 3)
    skin = rng.uniform(70, 180, 3) + 0.2 * behind
    oval = _oval(rng)
    grain = rng.uniform(*_GRAIN) * _octaves(rng, _GRAINS, 1)
    drawn = behind + (skin - behind) * oval + grain
    pixels: npt.NDArray[np.uint8] = drawn.clip(0, 255).astype(np.uint8)
    return pixels


def draw(folder: Path, count: int) -> list[Path]:
    """Draw the first `count` pictures; existing files are kept.

    Raises:
      SystemExit: their mean size differs from MEAN_BYTES, so decoding costs more or less.
    """
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / f"{number:04}.jpg" for number in range(count)]
    for number, path in enumerate(paths):
        if not path.exists():
            encoded = cv2.imencode(".jpg", picture(number), ENCODING)[1].tobytes()
            unfinished = path.with_suffix(".unfinished")
            unfinished.write_bytes(encoded)
            unfinished.rename(path)
    mean = np.mean([path.stat().st_size for path in paths])
    if abs(mean / MEAN_BYTES - 1) > TOLERANCE:
        raise SystemExit(
            f"{folder}: {mean / 1024:.0f} KiB per picture on average, expected "
            f"{MEAN_BYTES // 1024} KiB within {TOLERANCE:.0%}. Remove the folder, or tune _GRAIN."
        )
    return paths


def spread(paths: list[Path], count: int) -> list[Path]:
    """Select `count` pictures, evenly spread over the file sizes, so the mean size stays."""
    ordered = sorted(paths, key=lambda path: path.stat().st_size)
    middles = (np.arange(count) + 0.5) * len(ordered) / count
    return [ordered[int(middle)] for middle in middles]


def manifest_row(number: int, path: Path, content_hash: str) -> dict[str, Any]:
    """Manifest row of a drawn picture; several rows may share a picture."""
    return {
        "key": f"drawn/{number:06}.jpg",
        "path": path.name,
        "subject": f"s{number // 10}",
        "photographer": f"p{number // 20}",
        "fold": f"fold_{number % FOLDS}",
        "age": "25-32",
        "gender": "f",
        "race": None,
        "age_text": "(25, 32)",
        "gender_text": "f",
        "detail": None,
        "fault": None,
        "yaw": -5.0,
        "tilt": 0.0,
        "landmark_score": 90.0,
        "content_hash": content_hash,
        "source": "fold_0_data.txt",
        "line": number + 2,
    }
