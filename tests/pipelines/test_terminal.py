"""Tables and progress: plain lines anywhere, live ones on a terminal only."""

import io
import logging
import os
import pty
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.terminal import Display, counting, table
from schemas.progress import report_progress
from tests.repository import ROOT

LOG = logging.getLogger("components.test")


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """Called by Display."""
        return True


@pytest.fixture(autouse=True)
def _terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    logging.getLogger("components").setLevel(logging.INFO)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")


def wait_for(condition: Callable[[], bool]) -> None:
    limit = time.monotonic() + 5
    while not condition() and time.monotonic() < limit:
        time.sleep(0.01)
    assert condition()


def plain(text: str) -> str:
    """Without control sequences."""
    return re.sub(r"\x1b\[[\d;?]*[A-Za-z]", "", text)


def test_a_table_has_equal_columns_of_plain_text_that_is_never_cut() -> None:
    rows = [["name", "text", "n"], ["[red]a", "x" * 300, "1,000"], [":smile:", "", "7"]]

    lines = table(rows, "llr").splitlines()

    assert [line.split() for line in lines] == [[cell for cell in row if cell] for row in rows]
    assert {len(line) for line in lines} == {len("[red]a" + "x" * 300 + "1,000") + 5}
    assert lines[1].index("x") == lines[0].index("text")


def test_a_table_has_no_colour_where_colour_is_forced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")

    assert table([["a", "b"]]) == "a  b"
    assert table([]) == ""


def test_elsewhere_a_node_gives_one_line_at_its_begin_and_one_at_its_end() -> None:
    stream = io.StringIO()

    with Display(stream, 2) as display:
        for name, result in (("FaceIngest", "done"), ("Pusher", "reused")):
            display.begin(name)
            display.end(result)

    assert [" ".join(line.split()) for line in stream.getvalue().splitlines()] == [
        "[ 1/2] FaceIngest ...",
        "[ 1/2] FaceIngest done in 0.0 s",
        "[ 2/2] Pusher ...",
        "[ 2/2] Pusher reused in 0.0 s",
    ]


@pytest.mark.parametrize(("seconds", "shown"), [(0.0, ["1 of 10", "2 of 10"]), (60.0, [])])
def test_elsewhere_progress_is_shown_from_time_to_time(seconds: float, shown: list[str]) -> None:
    stream = io.StringIO()

    with Display(stream, 1, seconds) as display:
        display.begin("Trainer")
        report_progress(LOG, 1, 10, "epochs")
        report_progress(LOG, 2, 10, "epochs", "loss 0.5")

    assert re.findall(r"\d of 10", stream.getvalue()) == shown
    assert ("epochs loss 0.5" in stream.getvalue()) is bool(shown)


@pytest.mark.parametrize("stream", [io.StringIO(), Terminal()], ids=["pipe", "dumb terminal"])
def test_elsewhere_no_control_character_is_written(
    stream: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "dumb")
    monkeypatch.setenv("FORCE_COLOR", "1")

    with Display(stream, 1) as display:
        display.begin("Trainer")
        display.line("a lasting line")
        display.end("done")

    assert "a lasting line\n" in stream.getvalue()
    assert set("\r\x1b") & set(stream.getvalue()) == set()


def test_a_terminal_shows_the_running_node_and_its_progress() -> None:
    stream = Terminal()

    with Display(stream, 1) as display:
        display.begin("Trainer")
        wait_for(lambda: "[ 1/1] Trainer" in plain(stream.getvalue()))
        report_progress(LOG, 3, 10, "epochs", "loss [0.5]")
        wait_for(lambda: "3 of 10 epochs loss [0.5]" in plain(stream.getvalue()))
        display.line("a [lasting] line of a hundred and more characters, " + "x" * 100)
        display.end("done")

    ended = stream.getvalue()
    assert re.search(r"\[ 1/1\] Trainer +done in 0\.\d s\n", plain(ended))
    assert "a [lasting] line of a hundred and more characters, " + "x" * 100 + "\n" in plain(ended)
    assert ended.rindex("\x1b[?25h") > ended.rindex("\x1b[?25l")  # The cursor is shown again.
    time.sleep(0.3)
    assert stream.getvalue() == ended


def test_a_live_line_is_never_wider_than_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    stream = Terminal()

    with Display(stream, 1) as display:
        display.begin("Trainer")
        report_progress(LOG, 3, 10, "epochs", "x" * 200)
        wait_for(lambda: "3" in plain(stream.getvalue()))

    assert max(len(line) for line in re.split(r"[\r\n]", plain(stream.getvalue()))) <= 40


def test_no_colour_is_used_where_none_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()

    with Display(stream, 1) as display:
        display.begin("Trainer")
        report_progress(LOG, 3, 10, "epochs")
        wait_for(lambda: "3 of 10" in plain(stream.getvalue()))

    assert not re.search(r"\x1b\[[\d;]*3\d[\d;]*m", stream.getvalue())


def test_only_records_with_progress_are_shown_and_none_after_the_end() -> None:
    stream = io.StringIO()
    display = Display(stream, 1, 0.0)

    with display:
        display.begin("Trainer")
        LOG.info("no progress")
    before = stream.getvalue()
    report_progress(LOG, 1, 1, "epochs")

    assert stream.getvalue() == before
    assert len(before.splitlines()) == 1
    assert display not in logging.getLogger("components").handlers


def test_the_progress_of_one_node_is_not_shown_at_the_next() -> None:
    stream = Terminal()

    with Display(stream, 2) as display:
        display.begin("Trainer")
        report_progress(LOG, 3, 10, "epochs")
        display.end("done")
        display.begin("Pusher")
        wait_for(lambda: "Pusher" in stream.getvalue())

    assert "10 epochs" not in stream.getvalue().partition("[ 2/2]")[2]


def test_elsewhere_a_command_s_progress_is_a_line_from_time_to_time(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for seconds in (60.0, 0.0):
        with counting("images", seconds) as progress:
            progress(1, 3)
            progress(3, 3)

    assert capsys.readouterr() == ("", "1 of 3 images\n3 of 3 images\n")


def test_a_command_s_progress_is_live_on_a_terminal_and_leaves_nothing(tmp_path: Path) -> None:
    """In a real pseudo-terminal; standard output is a file and stays clean."""
    script = (
        "from pipelines.terminal import counting\nimport time\n"
        "with counting('images') as progress:\n    progress(1, 3)\n    time.sleep(0.5)\n"
        "print('end')"
    )
    master, slave = pty.openpty()
    with (tmp_path / "out").open("w") as out:
        subprocess.run(
            [sys.executable, "-c", script], cwd=ROOT, stdout=out, stderr=slave, check=True
        )
    os.close(slave)
    shown = os.read(master, 100_000).decode()
    os.close(master)

    assert "1 of 3 images" in plain(shown)
    assert shown.count("\x1b[?25l") == shown.count("\x1b[?25h") == 1
    assert (tmp_path / "out").read_text() == "end\n"
