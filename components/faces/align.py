"""The most dominant face of a picture, by a cascade that OpenCV ships, and the crop to it."""

import math
import threading
from typing import NamedTuple

import cv2
import cv2.data
import numpy as np
import numpy.typing as npt

from components.faces.resize import Pixels

# Of OpenCV's five cascades of faces it is right most often (on 99 % of 600 UTKFace chips, 75 % of
# 118 FairFace pictures); what a second one adds is wrong more often than right.
_CASCADE = "haarcascade_frontalface_alt2.xml"
_AREA = 160 * 160  # Pixels searched at most; its window is 20x20, so a face spans an eighth.
_BORDER = 0.2  # Share of the shorter side: a tight chip has no forehead, which the window needs.
_STEP = 1.1  # From one window size to the next.
_ALONE = 2  # A group of so few windows, or fewer, is no face.
_ALIKE = 0.2  # How far windows of one group differ, as a share of their side (OpenCV's own).

# A cascade keeps the picture it searches: two threads on one give wrong boxes.
_of_thread = threading.local()


class Box(NamedTuple):
    """A rectangle inside a picture, in its pixels; height and width are 1 or more."""

    top: int
    left: int
    height: int
    width: int


class Crop(NamedTuple):
    """What is kept of a picture."""

    pixels: Pixels  # uint8 (height, width, 3), contiguous; the whole picture where no face is.
    box: Box | None  # The face without its margin; None where none is found.


def crop_face(pixels: Pixels, margin: float) -> Crop:
    """Crop to the most dominant face.

    Args:
      pixels: uint8 (height, width, 3), RGB, 1x1 or larger.
      margin: added on each side, as a share of the box's longer side, 0 or more; it ends at the
        picture's edge.

    Returns:
      The crop; its pixels may be those of `pixels` themselves, not a copy.

    Raises:
      FileNotFoundError: as `find_face`.
    """
    box = find_face(pixels)
    if box is None:
        return Crop(np.ascontiguousarray(pixels), None)
    # The longer side: a face at the picture's edge has lost a part of the other one.
    added = round(margin * max(box.height, box.width))
    rows = slice(max(0, box.top - added), box.top + box.height + added)
    columns = slice(max(0, box.left - added), box.left + box.width + added)
    return Crop(np.ascontiguousarray(pixels[rows, columns]), box)


def find_face(pixels: Pixels) -> Box | None:
    """The most dominant face that looks ahead, more or less upright.

    Dominant is what has the largest product of three: support (how many windows of the search
    agree on it), side (the root of its area) and closeness (1 in the picture's middle, falling
    evenly to 0 in its corners). A data set's labelled face is large and central; chance finds
    have little support.

    Args:
      pixels: uint8 (height, width, 3), RGB, 1x1 or larger.

    Returns:
      The square from about the brows to the chin, cut at the picture's edge; None where no face is
      found. The same for any number of threads and processes.

    Raises:
      FileNotFoundError: the installed OpenCV lacks its cascade.
    """
    grey = _reduce(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY))
    border = round(_BORDER * min(grey.shape))
    padded = cv2.copyMakeBorder(grey, border, border, border, border, cv2.BORDER_REPLICATE)
    windows = _cascade().detectMultiScale(padded, _STEP, minNeighbors=0)
    # Threads find them in any order, which would decide between two equally dominant faces.
    ordered = sorted(tuple(map(int, window)) for window in windows)
    height, width = pixels.shape[:2]
    scale = np.array([width / grey.shape[1], height / grey.shape[0]])
    best, most = None, 0.0
    for group, support in zip(*cv2.groupRectangles(ordered, _ALONE, _ALIKE), strict=True):
        corner = group[:2] - border
        box = _inside(corner * scale, (corner + group[2:]) * scale, height, width)
        dominance = support * _prominence(box, height, width)
        if dominance > most:
            best, most = box, dominance
    return best


def _reduce(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """The picture at the area that is searched: the time does not grow with its size or shape."""
    scale = math.sqrt(_AREA / grey.size)
    if scale >= 1:
        return grey
    height, width = (max(1, round(length * scale)) for length in grey.shape)
    reduced: npt.NDArray[np.uint8] = cv2.resize(grey, (width, height), interpolation=cv2.INTER_AREA)
    return reduced


def _cascade() -> cv2.CascadeClassifier:
    """This thread's cascade, loaded (10 ms) at its first picture: it cannot be pickled.

    Raises:
      FileNotFoundError: the installed OpenCV lacks it.
    """
    if not hasattr(_of_thread, "cascade"):
        path = cv2.data.haarcascades + _CASCADE
        cascade = cv2.CascadeClassifier(path)
        if cascade.empty():
            raise FileNotFoundError(
                f"no cascade of faces in {path!r}, where opencv-python-headless ships it. "
                "Install that package again."
            )
        _of_thread.cascade = cascade
    loaded: cv2.CascadeClassifier = _of_thread.cascade
    return loaded


def _inside(
    start: npt.NDArray[np.float64], end: npt.NDArray[np.float64], height: int, width: int
) -> Box:
    """The part inside the picture of a box from (x, y) to (x, y), to whole pixels."""
    left, top = np.clip(np.rint(start), 0, (width, height)).astype(int).tolist()
    right, bottom = np.clip(np.rint(end), 0, (width, height)).astype(int).tolist()
    return Box(top, left, bottom - top, right - left)


def _prominence(box: Box, height: int, width: int) -> float:
    """Side times closeness, in pixels; 0 for a box that lies wholly in the border."""
    down = box.top + (box.height - height) / 2
    across = box.left + (box.width - width) / 2
    closeness = 1 - 2 * math.hypot(down, across) / math.hypot(height, width)
    return math.sqrt(box.height * box.width) * closeness
