"""Progress: lasting lines anywhere, a live line on a terminal only."""

import io
import logging
import time
from collections.abc import Callable

import pytest

from pipelines import terminal as module
from pipelines.terminal import Display
from schemas.progress import report_progress

LOG = logging.getLogger("components.test")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Called by Display."""
        return True


@pytest.fixture(autouse=True)
def _heard() -> None:
    logging.getLogger("components").setLevel(logging.INFO)


def wait_for(found: Callable[[], bool]) -> None:
    limit = time.monotonic() + 5
    while not found() and time.monotonic() < limit:
        time.sleep(0.01)
    assert found()


def test_elsewhere_a_step_gives_one_line_at_its_begin_and_one_at_its_end() -> None:
    stream = io.StringIO()

    with Display(stream, 2) as display:
        for name, result in (("FaceIngest", "done"), ("Pusher", "reused")):
            display.begin(name)
            display.end(result)

    assert stream.getvalue().splitlines() == [
        "[ 1/2] FaceIngest       ...",
        "[ 1/2] FaceIngest       done in 0.0 s",
        "[ 2/2] Pusher           ...",
        "[ 2/2] Pusher           reused in 0.0 s",
    ]


def test_elsewhere_progress_is_told_from_time_to_time(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    with Display(stream, 1) as display:
        display.begin("Trainer")
        report_progress(LOG, 1, 10, "epochs")
        monkeypatch.setattr(module, "_PLAIN_SECONDS", 0.0)
        report_progress(LOG, 2, 10, "epochs", "loss 0.5")

    assert "1 of 10" not in stream.getvalue()
    assert stream.getvalue().splitlines()[1:] == [
        "[ 1/1] Trainer          2 of 10 epochs loss 0.5 0 s"
    ]


def test_elsewhere_no_control_character_is_written() -> None:
    stream = io.StringIO()

    with Display(stream, 1) as display:
        display.begin("Trainer")
        display.line("a lasting line")
        display.end("done")

    assert set("\r\x1b") & set(stream.getvalue()) == set()


def test_a_terminal_shows_the_running_step_and_its_progress(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_LIVE_SECONDS", 0.01)
    stream = Terminal()

    with Display(stream, 1) as display:
        display.begin("Trainer")
        wait_for(lambda: "\r\x1b[K[ 1/1] Trainer          0 s" in stream.getvalue())
        report_progress(LOG, 3, 10, "epochs")
        wait_for(lambda: "3 of 10 epochs" in stream.getvalue())
        display.end("done")

    ended = stream.getvalue()
    assert ended.endswith("\r\x1b[K")
    assert "\r\x1b[K[ 1/1] Trainer          done in 0.0 s\n" in ended
    time.sleep(0.05)
    assert stream.getvalue() == ended


def test_a_live_line_is_never_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LIVE_SECONDS", 0.01)
    monkeypatch.setenv("COLUMNS", "30")
    stream = Terminal()

    with Display(stream, 1) as display:
        display.begin("Trainer")
        report_progress(LOG, 3, 10, "epochs", "x" * 200)
        wait_for(lambda: "3 of" in stream.getvalue())

    assert max(len(part) for part in stream.getvalue().split("\r\x1b[K")) == 29


def test_only_records_with_progress_are_heard_and_none_after_the_end() -> None:
    stream = io.StringIO()
    display = Display(stream, 1)

    with display:
        display.begin("Trainer")
        LOG.info("no progress")
    before = stream.getvalue()
    report_progress(LOG, 1, 1, "epochs")

    assert stream.getvalue() == before == "[ 1/1] Trainer          ...\n"
    assert display not in logging.getLogger("components").handlers


def test_the_progress_of_one_step_is_not_shown_at_the_next(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "_LIVE_SECONDS", 0.01)
    stream = Terminal()

    with Display(stream, 2) as display:
        display.begin("Trainer")
        report_progress(LOG, 3, 10, "epochs")
        display.end("done")
        display.begin("Pusher")
        wait_for(lambda: "Pusher" in stream.getvalue())

    assert "10 epochs" not in stream.getvalue().partition("[ 2/2]")[2]
