"""Hostile and unusual files with their expected outcomes, and the picture most of them show."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]  # (height, width, 3), RGB.

SIDE = 64  # Of the drawn picture, and of stored faces: those are compared pixel by pixel.
JPEG_LOSS = 16  # Levels; at quality 95 the drawn picture differs by 12 or less, a lost block by 40.


class Drawn(NamedTuple):
    """The upright picture of an accepted file."""

    pixels: Pixels
    within: int = 0  # Levels, 0 to 255; 255 where only the size is known.


class Case(NamedTuple):
    """One file."""

    name: str
    expected: Drawn | str  # A picture, or a reason of schemas.labels.rejection_reasons.REASONS.
    path: str  # Relative to the root.
    place: Callable[[Path], Any]  # Creates the file (or link, folder...) below the root.
    listed: tuple[str, ...] = ()  # Reasons of its lines in a label file, where those are others.
    not_for_root: bool = False  # Permissions: the superuser may read anything.


def case(name: str, expected: Drawn | str, content: bytes, suffix: str = "jpg") -> Case:
    """A regular file under a plain name."""
    return named(name, expected, f"{name}.{suffix}", content)


def named(name: str, expected: Drawn | str, path: str, content: bytes, **given: Any) -> Case:
    """A regular file under any name."""

    def place(root: Path) -> None:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)

    return Case(name, expected, path, place, **given)


def draw(height: int = SIDE, width: int = SIDE) -> Pixels:
    """Red grows to the right, green downwards: no turn looks like another. A little noise."""
    y, x = np.mgrid[0:height, 0:width]
    shades = [40 + 160 * x / width, 40 + 160 * y / height, 120 + 60 * np.sin((x + 2 * y) / 9)]
    noise = np.random.default_rng(0).integers(-14, 15, (height, width, 1))
    pixels: Pixels = np.clip(np.dstack(shades) + noise, 0, 255).astype(np.uint8)
    return pixels


def grey_of(pixels: Pixels) -> Pixels:
    """The grey of a picture, as three equal channels (ITU-R BT.601)."""
    grey = np.round(pixels @ np.array([0.299, 0.587, 0.114])).astype(np.uint8)
    return np.repeat(grey[..., np.newaxis], 3, axis=2)


def save(pixels: npt.NDArray[Any], kind: str, mode: str = "RGB", **given: Any) -> bytes:
    """Pixels as a file of one format."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, kind, **given)
    return buffer.getvalue()


def jpeg(pixels: npt.NDArray[Any], mode: str = "RGB", **given: Any) -> bytes:
    """A JPEG of little loss: quality 95, colours at full resolution."""
    return save(pixels, "JPEG", mode, **{"quality": 95, "subsampling": 0} | given)


def cuts(name: str, content: bytes, suffix: str) -> list[Case]:
    """A file that ends after each tenth of its bytes, and one byte before its end."""
    tenths = {
        f"{name}_cut_at_{tenth}0_percent": len(content) * tenth // 10 for tenth in range(1, 10)
    }
    ends = {**tenths, f"{name}_one_byte_short": len(content) - 1}
    return [case(cut, "image_unreadable", content[:end], suffix) for cut, end in ends.items()]
