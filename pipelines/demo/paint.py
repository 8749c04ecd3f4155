"""Painting of a face: its parts in order, then light, blur, grain and JPEG."""

import cv2
import numpy as np
import numpy.typing as npt

from pipelines.demo import parts
from pipelines.demo.canvas import DRAWN, SIDE, Canvas
from pipelines.demo.traits import Identity, Shot

QUALITY = 90  # Of the JPEG.
COARSE = 51  # Height and width of the maps of background and light, before upscaling.
Image = npt.NDArray[np.uint8]


def draw_face(person: Identity, shot: Shot, rng: np.random.Generator) -> Image:
    """Draw one aligned face; `rng` is for the background's blobs and the grain.

    Returns:
      uint8 (816, 816, 3), blue green red.
    """
    canvas = Canvas(shot, person.look.width)
    canvas.image = background(shot, rng)
    for part in (
        parts.hair_behind, parts.body, parts.head, parts.flesh, parts.beard,
        parts.spots, parts.wrinkles, parts.eyes, parts.brows, parts.nose,
    ):  # fmt: skip
        part(canvas, person)
    parts.mouth(canvas, person, shot.smile)
    parts.hair(canvas, person)
    parts.ornaments(canvas, person)
    return develop(canvas.image, shot, rng)


def background(shot: Shot, rng: np.random.Generator) -> Image:
    """A gradient of two colours with blurred blobs."""
    ramp = np.linspace(0.0, 1.0, COARSE)
    share = np.clip(0.5 + shot.light[0] * (ramp[None, :] - 0.5) + (ramp[:, None] - 0.5) / 2, 0, 1)
    first, second = (np.array(colour) for colour in shot.background)
    coarse = first + (second - first) * share[..., None]
    for x, y, radius, change in zip(
        rng.integers(0, COARSE, 5), rng.integers(0, COARSE, 5), rng.integers(3, 14, 5),
        rng.normal(0, 22, (5, 1)) + rng.normal(0, 12, (5, 3)), strict=True,
    ):  # fmt: skip
        disc = np.hypot(np.arange(COARSE)[:, None] - y, np.arange(COARSE)[None, :] - x) < radius
        coarse[disc] += change
    smooth = cv2.GaussianBlur(np.clip(coarse, 0, 255).astype(np.uint8), (0, 0), 1.5)
    return np.asarray(cv2.resize(smooth, (DRAWN, DRAWN), interpolation=cv2.INTER_LINEAR), np.uint8)


def develop(image: Image, shot: Shot, rng: np.random.Generator) -> Image:
    """Apply light, exposure, lens blur, full size and grain."""
    ramp = np.linspace(-1.0, 1.0, COARSE)
    x, y, strength = shot.light
    falloff = 1.0 + strength * (x * ramp[None, :] + y * ramp[:, None])
    tint = np.array([1.0 - shot.warmth, 1.0, 1.0 + shot.warmth]) * shot.exposure
    light = cv2.resize((falloff[..., None] * tint).astype(np.float32), (DRAWN, DRAWN))
    blurred = cv2.GaussianBlur(image, (0, 0), 0.6 + shot.blur * DRAWN)
    lit = np.clip(blurred * light, 0, 255).astype(np.uint8)
    full = cv2.resize(lit, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    return np.asarray(cv2.add(full, grain(shot.grain, rng), dtype=cv2.CV_8U), np.uint8)


def grain(deviation: float, rng: np.random.Generator) -> npt.NDArray[np.int16]:
    """Film grain: noise of the given standard deviation in grey levels, about two pixels wide."""
    noise = rng.standard_normal((DRAWN, DRAWN), np.float32) * np.float32(deviation)
    wide = cv2.resize(noise, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    return np.repeat(np.rint(wide).astype(np.int16)[..., None], 3, axis=2)


def encode(image: Image) -> bytes:
    """The picture as JPEG."""
    _, data = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return data.tobytes()
