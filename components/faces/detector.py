"""Detection of the most dominant face of a picture, with its eyes, nose, mouth and ears.

A first network sees the picture with a border, as it is inexact where a face touches the edge. A
second one, for faces down to a twentieth of the picture, searches where the first finds none. What
either finds counts if the first finds it again in a window of its own, which has few wrong boxes
left and makes the points independent of the face's size.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from components.faces.blazeface import (
    BACK,
    FRONT,
    Candidate,
    Network,
    Numbers,
    Window,
    overlap,
    search,
)
from components.faces.resize import Pixels

# Network and side of its window over the picture's longer side.
_SEARCHES = ((FRONT, 1.5), (BACK, 1.0))
_MOST_CANDIDATES = 3  # Looked at again, of each search, the most dominant first.
_CONTEXT = 2.5  # Side of a face's own window over that of its box.
_LEAST_SCORE = 0.65  # In that window.
_LEAST_OVERLAP = 0.4  # Intersection over union of the two boxes.


class Box(NamedTuple):
    """A rectangle inside a picture, in its pixels; height and width are 1 or more."""

    top: int
    left: int
    height: int
    width: int


class Face(NamedTuple):
    """A detected face."""

    box: Box  # From about the brows to the chin, clipped to the picture.
    score: float  # Certainty, 0.65 to 1.
    points: Numbers  # (6, 2): (x, y) in pixels, see components.faces.blazeface.


def find_face(pixels: Pixels) -> Face | None:
    """The most dominant face.

    Dominance is a product of three: score, side (the root of the box's area) and closeness (1 in
    the picture's centre, falling linearly to 0 in its corners). A data set's labelled face is large
    and central.

    Args:
      pixels: uint8 (height, width, 3), RGB, 1x1 or larger.

    Returns:
      The face, or None. Independent of the number of threads and processes.

    Raises:
      FileNotFoundError: the weights are not installed.
    """
    height, width = pixels.shape[:2]
    for network, share in _SEARCHES:
        faces = list(_confirmed(network, share, pixels))
        if faces:
            best = max(faces, key=lambda face: _dominance(face, height, width))
            return Face(_inside(best.corners, height, width), best.score, best.points)
    return None


def _confirmed(network: Network, share: float, pixels: Pixels) -> Iterator[Candidate]:
    """Faces of the whole picture, each as found again in its own window."""
    height, width = pixels.shape[:2]
    whole = _window(np.array([width, height]) / 2, share * max(height, width))
    found = [
        (dominance, candidate)
        for candidate in search(network, pixels, whole)
        if (dominance := _dominance(candidate, height, width)) > 0
    ]
    found.sort(key=lambda each: -each[0])
    for _, candidate in found[:_MOST_CANDIDATES]:
        middle = candidate.corners.mean(axis=0)
        side = (candidate.corners[1] - candidate.corners[0]).max()
        again = search(FRONT, pixels, _window(middle, _CONTEXT * side))
        close = [
            each
            for each in again
            if each.score >= _LEAST_SCORE
            and overlap(candidate.corners, each.corners[np.newaxis])[0] >= _LEAST_OVERLAP
            and _dominance(each, height, width) > 0
        ]
        if close:
            yield close[0]


def _window(middle: Numbers, side: float) -> Window:
    length = max(1, round(side))
    left, top = np.rint(middle - length / 2).astype(int).tolist()
    return Window(top, left, length)


def _inside(corners: Numbers, height: int, width: int) -> Box:
    """A box from (x, y) to (x, y), rounded to whole pixels and clipped to the picture."""
    (left, top), (right, bottom) = (
        np.clip(np.rint(corners), 0, (width, height)).astype(int).tolist()
    )
    return Box(top, left, bottom - top, right - left)


def _dominance(face: Candidate, height: int, width: int) -> float:
    """Score times side times closeness, in pixels; 0 or less for a box that has no pixel."""
    box = _inside(face.corners, height, width)
    if not box.height or not box.width:
        return 0
    across, down = face.corners.mean(axis=0) - np.array([width, height]) / 2
    closeness = 1 - 2 * math.hypot(down, across) / math.hypot(height, width)
    return face.score * math.sqrt((face.corners[1] - face.corners[0]).prod()) * closeness
