"""Line charts as a PNG: panels with axes, ticks, a legend and a mark, drawn by Pillow."""

import io
import math
from collections.abc import Sequence
from typing import NamedTuple

from PIL import Image, ImageDraw, ImageFont

_SCALE = 3  # Drawn so many times larger and shrunk: lines and text get smooth edges.
_COLUMNS = 3
_WIDTH, _HEIGHT = 430, 300  # Of a panel, in pixels of the picture, like all lengths here.
_LEFT, _RIGHT, _TOP, _BOTTOM = 66, 16, 34, 44  # From a panel's edges to its axes.
_HEAD = 46  # Of the picture, for the title.
_FOOT = 36  # Of the picture, for the legend.
_INK, _GREY, _GRID = "#222222", "#666666", "#e4e4e4"
_COLOURS = {"training": "#0072b2", "validation": "#d55e00"}  # Told apart by all eyes (Okabe, Ito).
_BEST = "#009e73"
_DOTS = 20  # Epochs up to which each has a dot.

Point = tuple[float, float]  # x to the right, y down, in pixels of the result.


class Line(NamedTuple):
    """One line of a panel."""

    name: str  # `training` or `validation`.
    values: tuple[float, ...]  # One an epoch; what is no number is left out.


class Panel(NamedTuple):
    """One chart of the picture."""

    title: str
    epochs: tuple[float, ...]  # Their numbers, from 1, rising.
    lines: tuple[Line, ...]
    mark: float | None  # The epoch to mark.


class Axis(NamedTuple):
    """The range of an axis and the ticks in it."""

    low: float
    high: float
    ticks: tuple[float, ...]


def nice_axis(low: float, high: float, most: int, *, whole: bool = False) -> Axis:
    """An axis that holds both ends, with at most `most` + 1 ticks at round numbers.

    Args:
      low: smallest value.
      high: largest value.
      most: steps between ticks, 1 or more.
      whole: ticks are whole numbers.
    """
    if low == high:
        pad = abs(low) / 10 or 1.0
        low, high = low - pad, high + pad
    step = _nice_step((high - low) / most)
    if whole:
        step = max(1.0, step)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    ticks = tuple(number * step for number in range(first, last + 1))
    return Axis(ticks[0], ticks[-1], ticks)


def _nice_step(least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20... and their tenths that is `least` or more."""
    power = 10.0 ** math.floor(math.log10(least))
    return next(power * unit for unit in (1, 2, 5, 10) if power * unit >= least * (1 - 1e-9))


def tick_words(axis: Axis) -> list[str]:
    """The ticks as text, all with as many digits as tell them apart."""
    step = axis.ticks[1] - axis.ticks[0]
    largest = max(abs(axis.low), abs(axis.high))
    if largest < 1e-3 or largest >= 1e5:
        return ["0" if abs(tick) < step / 2 else f"{tick:.3g}" for tick in axis.ticks]
    digits = max(0, -math.floor(math.log10(step) + 1e-9))
    return [f"{tick:.{digits}f}" for tick in axis.ticks]


def draw(panels: Sequence[Panel], title: str) -> bytes:
    """The panels in rows of three, under a title and over one legend, as PNG."""
    columns = min(_COLUMNS, len(panels))
    rows = -(-len(panels) // columns)
    size = columns * _WIDTH, _HEAD + rows * _HEIGHT + _FOOT
    canvas = _Canvas(size)
    canvas.text((size[0] / 2, _HEAD / 2 + 4), title, 19, "mm")
    for place, panel in enumerate(panels):
        corner = place % columns * _WIDTH, _HEAD + place // columns * _HEIGHT
        _draw_panel(canvas, panel, corner)
    _draw_legend(canvas, size)
    return canvas.png()


class _Canvas:
    """A picture whose lengths are those of the result, drawn larger."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._size = size
        self._image = Image.new("RGB", (size[0] * _SCALE, size[1] * _SCALE), "white")
        self._draw = ImageDraw.Draw(self._image)

    def line(self, points: Sequence[Point], colour: str, width: float) -> None:
        """A line through points, its corners round."""
        scaled = [(x * _SCALE, y * _SCALE) for x, y in points]
        self._draw.line(scaled, colour, round(width * _SCALE), joint="curve")

    def dashes(self, start: Point, end: Point, colour: str) -> None:
        """A dashed line."""
        length = math.dist(start, end)
        for place in range(0, max(1, math.ceil(length)), 9):
            ends = [
                (
                    start[0] + (end[0] - start[0]) * part / length,
                    start[1] + (end[1] - start[1]) * part / length,
                )
                for part in (place, min(place + 5, length))
            ]
            self.line(ends, colour, 1.5)

    def dot(self, point: Point, radius: float, colour: str) -> None:
        """A filled circle."""
        x, y, r = (length * _SCALE for length in (*point, radius))
        self._draw.ellipse((x - r, y - r, x + r, y + r), colour)

    def text(self, point: Point, words: str, size: int, anchor: str, colour: str = _INK) -> None:
        """Text whose `anchor` (Pillow's two letters) is at a point."""
        font = ImageFont.load_default(size * _SCALE)
        place = point[0] * _SCALE, point[1] * _SCALE
        self._draw.text(place, words, colour, font, anchor)

    def png(self) -> bytes:
        """The picture in its size."""
        buffer = io.BytesIO()
        self._image.resize(self._size, Image.Resampling.LANCZOS).save(buffer, "PNG")
        return buffer.getvalue()


def epoch_axis(epochs: int) -> Axis:
    """From a little before the first epoch to a little after the last, with a tick at the first."""
    round_ticks = nice_axis(1, max(epochs, 2), 8, whole=True).ticks
    step = round_ticks[1] - round_ticks[0]
    ticks = (1.0, *(tick for tick in round_ticks if max(1.0, step / 2) < tick <= epochs))
    pad = max(epochs - 1, 1) * 0.03
    return Axis(1 - pad, epochs + pad, ticks)


def _draw_panel(canvas: _Canvas, panel: Panel, corner: tuple[int, int]) -> None:
    left, top = corner[0] + _LEFT, corner[1] + _TOP
    right, bottom = corner[0] + _WIDTH - _RIGHT, corner[1] + _HEIGHT - _BOTTOM
    numbers = [value for line in panel.lines for value in line.values if math.isfinite(value)]
    down = nice_axis(min(numbers, default=0.0), max(numbers, default=1.0), 5)
    along = epoch_axis(int(panel.epochs[-1]))

    def place(epoch: float, value: float) -> Point:
        x = left + (epoch - along.low) / (along.high - along.low) * (right - left)
        return x, bottom - (value - down.low) / (down.high - down.low) * (bottom - top)

    canvas.text(((left + right) / 2, top - 14), panel.title, 15, "mm")
    for tick, words in zip(down.ticks, tick_words(down), strict=True):
        y = place(1, tick)[1]
        canvas.line([(left, y), (right, y)], _GRID, 1)
        canvas.text((left - 8, y), words, 12, "rm", _GREY)
    for tick in along.ticks:
        x = place(tick, down.low)[0]
        canvas.line([(x, bottom), (x, bottom + 4)], _GREY, 1)
        canvas.text((x, bottom + 8), f"{tick:.0f}", 12, "ma", _GREY)
    canvas.line([(left, top), (left, bottom), (right, bottom)], _GREY, 1)
    canvas.text(((left + right) / 2, bottom + 24), "epoch", 12, "ma", _GREY)
    if panel.mark is not None:
        canvas.dashes(place(panel.mark, down.low), place(panel.mark, down.high), _BEST)
    for line in panel.lines:
        points = [
            place(epoch, value)
            for epoch, value in zip(panel.epochs, line.values, strict=True)
            if math.isfinite(value)
        ]
        if len(points) > 1:
            canvas.line(points, _COLOURS[line.name], 2)
        for point in points if len(points) <= _DOTS else ():
            canvas.dot(point, 3, _COLOURS[line.name])


def _draw_legend(canvas: _Canvas, size: tuple[int, int]) -> None:
    entries = (*_COLOURS.items(), ("best epoch", _BEST))
    x, y = size[0] / 2 - 60 * len(entries), size[1] - _FOOT / 2 - 2
    for name, colour in entries:
        if colour == _BEST:
            canvas.dashes((x, y), (x + 24, y), colour)
        else:
            canvas.line([(x, y), (x + 24, y)], colour, 2.5)
        canvas.text((x + 30, y), name, 13, "lm")
        x += 120
