"""Slices: the columns by which faces are grouped for evaluation."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from math import isnan
from types import MappingProxyType
from typing import NamedTuple

from schemas.config.blocks import Config, Slice
from schemas.errors import ConfigError
from schemas.labels.classes import UNKNOWN


class Quality(NamedTuple):
    """A number measured on an image, with fixed buckets for grouping faces.

    The buckets do not depend on the data, so that two runs are comparable.
    """

    meaning: str  # On the review page.
    edges: tuple[int, ...] = ()  # Rising; each is the smallest number of its bucket.
    of: Callable[[float], float] = float  # From the stored number to the number of the buckets.
    names: Mapping[float | None, str] = MappingProxyType({})  # Of single values, without edges.


# Edges from samples, 2,927 faces of UTKFace and 118 of FairFace, stored at side 64 and 128. Their
# sources are 200 and 448 pixels, others' from 16 (images.min_side) to thousands. Blur spreads over
# its logarithm: 5 to 95 % of UTKFace lie in 150-1,200 at side 64 and in 24-460 at 128, of FairFace
# in 500-3,000 and 170-1,750; doubling leaves no bucket with half of a sample. 98 % of UTKFace are
# 72-197 bright, of FairFace 26-175.
_PIXELS = (64, 128, 256, 512)
QUALITY: dict[str, Quality] = {
    "height": Quality("pixels of the source picture", _PIXELS),
    "width": Quality("pixels of the source picture", _PIXELS),
    "blur": Quality(
        "whole part of the variance of the Laplacian of the stored face's grey; small is blurred. "
        "It falls as the stored side grows: compare it between runs of one side",
        (25, 50, 100, 200, 400, 800, 1600),
    ),
    "brightness": Quality(
        "whole part of the mean grey of the stored face, 0 to 255", (50, 100, 150, 200)
    ),
    "face_found": Quality(
        "whether a face was detected in the picture; where none was, the whole picture is stored",
        names={1: "found", 0: "not found", None: "not looked for"},
    ),
    "face_score": Quality(
        "certainty of the detected face in per cent; a blurred, turned or hidden face has less",
        (70, 75, 80, 85),
        of=lambda score: 100 * score,
    ),
    "yaw": Quality(
        "degrees by which the face is turned to either side; of the data set where it gives them, "
        "else estimated from the detected points",
        (10, 25, 40),
        of=abs,
    ),
    "roll": Quality(
        "degrees by which the face leans to either side in the source picture, from the detected "
        "points",
        (5, 15, 45),
        of=abs,
    ),
}
DETECTED = ("face_score", "yaw", "roll")  # Columns that need the detector.

PEOPLE = ("gender", "age", "race")  # Columns of people, in the order of the label report.
COLUMNS = ("fold", *PEOPLE, *QUALITY)  # Features of a stored face.


def joined(parts: Sequence[str]) -> str:
    """Columns or values of several columns as one text: `gender x age`."""
    return " x ".join(parts)


@cache
def bucket_names(column: str) -> tuple[str, ...]:
    """The buckets of a column of QUALITY in order, such as `under 64`, `64-127`, `from 128`.

    Faces without the number are in a further bucket, `unknown`.
    """
    _, edges, _, names = QUALITY[column]
    if names:
        return tuple(names.values())
    between = [f"{low}-{high - 1}" for low, high in pairwise(edges)]
    return (f"under {edges[0]}", *between, f"from {edges[-1]}")


def bucket(column: str, value: float | None) -> str:
    """The bucket of a face by its number in a column of QUALITY; None or nan: not measured."""
    _, edges, of, names = QUALITY[column]
    if names:
        return names.get(value, UNKNOWN)
    if value is None or isnan(value):
        return UNKNOWN
    return bucket_names(column)[bisect_right(edges, of(value))]


def needs_detector(config: Config) -> bool:
    """Whether faces are to be detected: to be aligned, or as a slice names what is measured so."""
    named = {column for columns in slice_columns(config.evaluate.slices) for column in columns}
    return config.images.align != "none" or not named.isdisjoint(DETECTED)


def slice_columns(slices: Sequence[Slice]) -> tuple[tuple[str, ...], ...]:
    """The columns of each slice of the config.

    Raises:
      ConfigError: a slice has another column (`subject` and `photographer` are single people), a
        repeated column, or is repeated.
    """
    result = tuple((part,) if isinstance(part, str) else tuple(part) for part in slices)
    for columns in result:
        if not columns or not set(columns) <= set(COLUMNS) or len(set(columns)) < len(columns):
            raise ConfigError(
                f"evaluate.slices has {' x '.join(columns) or 'an empty slice'}, expected one or "
                f"more different columns of {', '.join(COLUMNS)}. Single people "
                "(subject, photographer) are never a group."
            )
        if sum(set(columns) == set(other) for other in result) > 1:
            raise ConfigError(
                f"evaluate.slices has {' x '.join(columns)} twice, expected once. Remove one."
            )
    return result
