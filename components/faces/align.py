"""Detection of the most dominant face by a cascade of OpenCV, and the crop to it."""

import math
import threading
from typing import NamedTuple

import cv2
import cv2.data
import numpy as np
import numpy.typing as npt

from components.faces.resize import Pixels

# The most accurate of OpenCV's five face cascades (correct on 99 % of 600 UTKFace chips and 75 % of
# 118 FairFace pictures); faces found by a second cascade alone are mostly wrong.
_CASCADE = "haarcascade_frontalface_alt2.xml"
_AREA = 160 * 160  # Most pixels searched; the window is 20x20, an eighth of the side.
_BORDER = 0.2  # Share of the shorter side; the window includes a forehead, tight chips do not.
_STEP = 1.1  # Ratio of successive window sizes.
_MAX_NOISE = 2  # A group of this many windows or fewer is no face.
_TOLERANCE = 0.2  # Difference of the windows of a group, as a share of their side (OpenCV's).

# A cascade holds the picture that it searches and cannot be shared by threads.
_thread = threading.local()


class Box(NamedTuple):
    """A rectangle inside a picture, in its pixels; height and width are 1 or more."""

    top: int
    left: int
    height: int
    width: int


class Crop(NamedTuple):
    """The kept part of a picture."""

    pixels: Pixels  # uint8 (height, width, 3), contiguous; the whole picture without a face.
    box: Box | None  # The face without its margin; None if none is found.


def crop_face(pixels: Pixels, margin: float) -> Crop:
    """Crop to the most dominant face.

    Args:
      pixels: uint8 (height, width, 3), RGB, 1x1 or larger.
      margin: added on each side, as a share of the box's longer side, 0 or more; clipped to the
        picture.

    Returns:
      The crop; its pixels may be a view of `pixels`.

    Raises:
      FileNotFoundError: as `find_face`.
    """
    box = find_face(pixels)
    if box is None:
        return Crop(np.ascontiguousarray(pixels), None)
    # The longer side, because the picture's edge may have clipped the other one.
    added = round(margin * max(box.height, box.width))
    rows = slice(max(0, box.top - added), box.top + box.height + added)
    columns = slice(max(0, box.left - added), box.left + box.width + added)
    return Crop(np.ascontiguousarray(pixels[rows, columns]), box)


def find_face(pixels: Pixels) -> Box | None:
    """The most dominant frontal, nearly upright face.

    Dominance is a product of three: support (the number of search windows that agree), side (the
    root of the area) and closeness (1 in the picture's centre, falling linearly to 0 in its
    corners). A data set's labelled face is large and central; false detections have little support.

    Args:
      pixels: uint8 (height, width, 3), RGB, 1x1 or larger.

    Returns:
      The square from about the brows to the chin, clipped to the picture; None if no face is
      found. Independent of the number of threads and processes.

    Raises:
      FileNotFoundError: the cascade is missing from the installed OpenCV.
    """
    grey = _reduce(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    border = round(_BORDER * min(grey.shape))
    padded = cv2.copyMakeBorder(grey, border, border, border, border, cv2.BORDER_REPLICATE)
    windows = _cascade().detectMultiScale(padded, _STEP, minNeighbors=0)
    # OpenCV's threads return windows in any order, which would decide between equal faces.
    ordered = sorted(tuple(map(int, window)) for window in windows)
    height, width = pixels.shape[:2]
    scale = np.array([width / grey.shape[1], height / grey.shape[0]])
    best, best_dominance = None, 0.0
    for group, support in zip(*cv2.groupRectangles(ordered, _MAX_NOISE, _TOLERANCE), strict=True):
        corner = group[:2] - border
        box = _inside(corner * scale, (corner + group[2:]) * scale, height, width)
        dominance = support * _prominence(box, height, width)
        if dominance > best_dominance:
            best, best_dominance = box, dominance
    return best


def _reduce(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The picture reduced to the searched area, so that the time does not depend on its size."""
    scale = math.sqrt(_AREA / grey.size)
    if scale >= 1:
        return grey
    height, width = (max(1, round(length * scale)) for length in grey.shape)
    reduced: npt.NDArray[np.uint8] = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    return reduced


def _cascade() -> cv2.CascadeClassifier:
    """This thread's cascade, loaded at its first picture (10 ms); it cannot be pickled."""
    if not hasattr(_thread, "cascade"):
        path = cv2.data.haarcascades + _CASCADE
        cascade = cv2.CascadeClassifier(path)
        if cascade.empty():
            raise FileNotFoundError(
                f"no face cascade in {path!r}, expected it in opencv-python-headless; install that "
                "package again."
            )
        _thread.cascade = cascade
    loaded: cv2.CascadeClassifier = _thread.cascade
    return loaded


def _inside(
    start: npt.NDArray[np.float64], end: npt.NDArray[np.float64], height: int, width: int
) -> Box:
    """A box from (x, y) to (x, y), rounded to whole pixels and clipped to the picture."""
    left, top = np.clip(np.rint(start), 0, (width, height)).astype(int).tolist()
    right, bottom = np.clip(np.rint(end), 0, (width, height)).astype(int).tolist()
    return Box(top, left, bottom - top, right - left)


def _prominence(box: Box, height: int, width: int) -> float:
    """Side times closeness, in pixels; 0 for a box that is entirely in the border."""
    down = box.top + (box.height - height) / 2
    across = box.left + (box.width - width) / 2
    closeness = 1 - 2 * math.hypot(down, across) / math.hypot(height, width)
    return math.sqrt(box.height * box.width) * closeness
