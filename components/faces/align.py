"""Crops of a detected face: by its box, or turned and scaled so that the eyes lie on a template."""

import math
from typing import NamedTuple

import cv2
import numpy as np

from components.faces.blazeface import LEFT_EYE, RIGHT_EYE, Numbers
from components.faces.detector import Face
from components.faces.resize import Pixels

# Medians of 2,923 UTKFace chips and 118 FairFace pictures; a box then has about the size that it
# has in a crop of the same margin.
_BOX_SIDE = 2.4  # Side of the box over the distance of the eyes.
_EYES_ABOVE = 0.55  # Of the middle of the box, over the distance of the eyes.
# The eyes of a face in profile are close together: their distance would enlarge it without limit.
_LEAST_DISTANCE = 1 / 3  # Of the eyes, over the side of the box.


class EyeTemplate(NamedTuple):
    """Where the eyes of an aligned face lie; (x, y) as shares of the square's side."""

    right_eye: tuple[float, float]  # Of the person: on the picture's left.
    left_eye: tuple[float, float]


def eye_template(margin: float) -> EyeTemplate:
    """The template of `images.margin`, a share of the face's side, 0 or more."""
    distance = 1 / (_BOX_SIDE * (1 + 2 * margin))
    row = 0.5 - _EYES_ABOVE * distance
    return EyeTemplate((0.5 - distance / 2, row), (0.5 + distance / 2, row))


def crop_face(pixels: Pixels, face: Face, margin: float) -> Pixels:
    """Crop to the box of a face.

    Args:
      pixels: uint8 (height, width, 3), RGB.
      face: as detected in `pixels`.
      margin: added on each side, as a share of the box's longer side, 0 or more; clipped to the
        picture.

    Returns:
      uint8 (height, width, 3), contiguous; it may be a view of `pixels`.
    """
    box = face.box
    # The longer side, because the picture's edge may have clipped the other one.
    added = round(margin * max(box.height, box.width))
    rows = slice(max(0, box.top - added), box.top + box.height + added)
    columns = slice(max(0, box.left - added), box.left + box.width + added)
    return np.ascontiguousarray(pixels[rows, columns])


def align_eyes(pixels: Pixels, face: Face, template: EyeTemplate, side: int) -> Pixels:
    """Turn, scale and move a face so that its eyes lie on the template.

    The middle of the eyes and their direction always agree with the template. Their distance does
    too, unless it is below a third of the box's side, as in profiles, which are scaled by the box.

    Args:
      pixels: uint8 (height, width, 3), RGB.
      face: as detected in `pixels`.
      template: where the eyes shall lie.
      side: of the result, in pixels.

    Returns:
      uint8 (side, side, 3). Beyond the picture, the pixels of its edge are repeated.
    """
    matrix = _similarity(face, template, side)
    scale = math.hypot(matrix[0, 0], matrix[1, 0])
    if scale < 1:  # Averages areas first: the turn reads only four pixels for each of its own.
        pixels, corner, factors = _shrink(pixels, _seen(matrix, side), scale)
        matrix[:, 2] += matrix[:, :2] @ corner
        matrix[:, :2] /= factors
    # OpenCV counts from the middle of the first pixel, the points from its corner.
    matrix[:, 2] += matrix[:, :2].sum(axis=1) / 2 - 0.5
    aligned: Pixels = cv2.warpAffine(
        pixels, matrix, (side, side), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return aligned


def _similarity(face: Face, template: EyeTemplate, side: int) -> Numbers:
    """The matrix (2, 3) from places (x, y, 1) in the picture to places in the square."""
    eyes = face.points[[RIGHT_EYE, LEFT_EYE]]
    wanted = np.array(template) * side
    across, down = eyes[1] - eyes[0]
    distance = max(math.hypot(across, down), _LEAST_DISTANCE * max(face.box.height, face.box.width))
    scale = float(wanted[1, 0] - wanted[0, 0]) / distance
    angle = math.atan2(down, across)
    cosine, sine = scale * math.cos(angle), scale * math.sin(angle)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    move = wanted.mean(axis=0) - turn @ eyes.mean(axis=0)
    return np.column_stack([turn, move])


def _seen(matrix: Numbers, side: int) -> Numbers:
    """Corners (2, 2), first and last (x, y), of the part of the picture that a square shows."""
    square = np.array([[0, 0], [side, 0], [0, side], [side, side]])
    inverse = cv2.invertAffineTransform(matrix)
    places = square @ inverse[:, :2].T + inverse[:, 2]
    return np.stack([places.min(axis=0), places.max(axis=0)])


def _shrink(pixels: Pixels, seen: Numbers, scale: float) -> tuple[Pixels, Numbers, Numbers]:
    """A part of the picture made smaller, the (x, y) of its corner, and its scale across and down.

    Both scales are about `scale`, as the result has whole pixels.
    """
    height, width = pixels.shape[:2]
    spare = 2 / scale  # The pixels beside the edge, which the turn reads too.
    left, top = np.clip(np.floor(seen[0] - spare), 0, (width - 1, height - 1)).astype(int)
    right, bottom = np.clip(np.ceil(seen[1] + spare), (left + 1, top + 1), (width, height)).astype(
        int
    )
    size = [max(1, round(length * scale)) for length in (right - left, bottom - top)]
    smaller: Pixels = cv2.resize(pixels[top:bottom, left:right], size, interpolation=cv2.INTER_AREA)
    factors = np.array(size) / (right - left, bottom - top)
    return smaller, np.array([left, top], float), factors
