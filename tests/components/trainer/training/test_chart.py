"""The picture of the curves: round ticks, and lines where the numbers are."""

import io
import math

import numpy as np
import pytest
from PIL import Image

from components.trainer.training.chart import Line, Panel, draw, epoch_axis, nice_axis, tick_words

BLUE, ORANGE, GREEN = (0, 114, 178), (213, 94, 0), (0, 158, 115)


@pytest.mark.parametrize(
    ("low", "high", "ticks", "words"),
    [
        (0.0, 1.0, (0, 0.2, 0.4, 0.6, 0.8, 1.0), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]),
        (0.31, 2.38, (0, 0.5, 1, 1.5, 2, 2.5), ["0.0", "0.5", "1.0", "1.5", "2.0", "2.5"]),
        (-3.0, 12.0, (-5, 0, 5, 10, 15), ["-5", "0", "5", "10", "15"]),
        (2.0, 2.0, (1.8, 1.9, 2.0, 2.1, 2.2), ["1.8", "1.9", "2.0", "2.1", "2.2"]),
        (0.0, 4e-5, (0, 1e-5, 2e-5, 3e-5, 4e-5), ["0", "1e-05", "2e-05", "3e-05", "4e-05"]),
    ],
    ids=["accuracy", "loss", "negative", "one value", "small"],
)
def test_ticks_are_round_and_hold_every_value(
    low: float, high: float, ticks: tuple[float, ...], words: list[str]
) -> None:
    axis = nice_axis(low, high, 5)

    assert axis.ticks == pytest.approx(ticks)
    assert axis.low <= low <= high <= axis.high * (1 + 1e-9)
    assert tick_words(axis) == words


@pytest.mark.parametrize("seed", range(20))
def test_every_range_has_few_ticks_that_read_apart(seed: int) -> None:
    random = np.random.default_rng(seed)
    low, high = sorted(random.normal(0, 10.0 ** random.integers(-8, 8), 2))

    axis = nice_axis(low, high, 5)

    assert axis.low <= low <= high <= axis.high
    assert 2 <= len(axis.ticks) <= 8
    assert len(set(tick_words(axis))) == len(axis.ticks)


@pytest.mark.parametrize(
    ("epochs", "ticks"),
    [(1, (1,)), (2, (1, 2)), (5, (1, 2, 3, 4, 5)), (12, (1, 2, 4, 6, 8, 10, 12)),
     (50, (1, 10, 20, 30, 40, 50))],
)  # fmt: skip
def test_epochs_are_counted_from_the_first_in_whole_numbers(
    epochs: int, ticks: tuple[float, ...]
) -> None:
    axis = epoch_axis(epochs)

    assert axis.ticks == ticks
    assert axis.low < 1 <= epochs < axis.high


def pixels(panels: list[Panel]) -> "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]":
    return np.asarray(Image.open(io.BytesIO(draw(panels, "title"))))


def test_lines_run_where_the_numbers_are_and_the_best_epoch_is_marked() -> None:
    lines = (Line("training", (1.0, 0.5, 0.0)), Line("validation", (1.0, 1.0, 1.0)))
    falling = Panel("loss", (1, 2, 3), lines, 2)

    picture = pixels([falling]).astype(int)

    def rows_and_columns(colour: tuple[int, int, int]) -> tuple[np.ndarray, np.ndarray]:  # type: ignore[type-arg]
        found = np.abs(picture[:346] - colour).sum(axis=2) < 100  # Above the legend.
        rows, columns = np.nonzero(found)
        return rows, columns

    rows, columns = rows_and_columns(BLUE)
    assert np.corrcoef(rows, columns)[0, 1] > 0.95  # Down and to the right.
    rows, columns = rows_and_columns(ORANGE)
    assert np.ptp(rows) <= 8  # Level.
    assert np.ptp(columns) > 200
    _, columns = rows_and_columns(GREEN)
    assert np.ptp(columns) <= 3  # Upright, in the middle of three epochs.
    assert columns.mean() == pytest.approx((66 + 430 - 16) / 2, abs=2)


@pytest.mark.parametrize("values", [(math.nan, math.nan), (1.0, math.nan, 0.5), (math.inf,)])
def test_what_is_no_number_is_left_out(values: tuple[float, ...]) -> None:
    epochs = tuple(range(1, len(values) + 1))

    assert pixels([Panel("loss", epochs, (Line("training", values),), None)]).shape == (382, 430, 3)


@pytest.mark.parametrize(("count", "size"), [(1, (430, 382)), (3, (1290, 382)), (4, (1290, 682))])
def test_panels_stand_in_rows_of_three(count: int, size: tuple[int, int]) -> None:
    panel = Panel("loss", (1, 2), (Line("training", (1.0, 0.5)),), 1)

    assert Image.open(io.BytesIO(draw([panel] * count, "title"))).size == size
