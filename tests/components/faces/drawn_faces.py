"""Drawn faces, and pictures that contain them at known places."""

import functools

import cv2
import numpy as np

from components.faces.detector import Box, Face
from pipelines.demo.paint import draw_face
from pipelines.demo.traits import Shot, sample_identity, sample_shot
from tests.components.faces.pictures import Pixels

_FRONTAL = {"turn": 0.0, "lean": 0.0, "light": (1.0, 0.0, 0.0), "exposure": 1.0, "grain": 0.0,
            "centre": (0.5, 0.46), "blur": 0.0}  # fmt: skip
_SHOT = Shot(**(sample_shot(np.random.default_rng(1))._asdict() | _FRONTAL))


@functools.cache
def drawn(age: int = 4, turn: float = 0.0) -> Pixels:
    """One drawn face of the age class, (SIDE, SIDE, 3), turned by so many degrees."""
    who = sample_identity(np.random.default_rng([0, age]), age, "m")
    shot = _SHOT._replace(turn=turn)
    return np.ascontiguousarray(draw_face(who, shot, np.random.default_rng(2))[:, :, ::-1])


def brows_to_chin(top: int, left: int, side: int) -> Box:
    """That part of a drawn face of that side and position, whose head includes the hair."""
    half, (x, y) = 0.75 * _SHOT.scale * side, _SHOT.centre
    corner = round(top + (y + 0.1) * side - half), round(left + x * side - half)
    return Box(*corner, round(2 * half), round(2 * half))


def grey(height: int, width: int) -> Pixels:
    return np.full((height, width, 3), 120, np.uint8)


def put(canvas: Pixels, face: Pixels, middle: tuple[int, int], side: int) -> Box:
    """Resize a drawn face, paste it with its middle at (row, column), and give its place."""
    top, left = middle[0] - side // 2, middle[1] - side // 2
    small = cv2.resize(face, (side, side), interpolation=cv2.INTER_AREA)
    canvas[top : top + side, left : left + side] = small
    return brows_to_chin(top, left, side)


def blurred(deviation: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(drawn(), (0, 0), deviation), np.uint8)


def overlap(face: Face | None, placed: Box, shape: tuple[int, ...]) -> float:
    """Area of the intersection over that of the union, by counting pixels."""
    masks = np.zeros((2, *shape[:2]), bool)
    for mask, box in zip(masks, (face and face.box, placed), strict=True):
        if box is not None:
            mask[box.top : box.top + box.height, box.left : box.left + box.width] = True
    return float((masks[0] & masks[1]).sum() / (masks[0] | masks[1]).sum())
