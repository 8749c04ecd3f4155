"""The fuzz test itself: it notices crashes, hangs, and wrong outcomes; its inputs repeat."""

import os
import re
import shutil
import signal
import time
from pathlib import Path

import pytest

from tests.components.faces.hostile_pngs import chunk
from tests.fuzz import picture_files, picture_oracle, pictures, report
from tests.fuzz.guarded import CRASHED, HUNG, Guarded


def obey(order: str) -> str:
    """Called in a child process."""
    if order == "crash":
        os.kill(os.getpid(), signal.SIGSEGV)
    if order == "hang":
        time.sleep(60)
    return order


def test_an_input_that_kills_or_stops_the_child_is_an_outcome_and_the_next_is_read() -> None:
    with Guarded(obey, seconds=0.5) as guarded:
        outcomes = [guarded(order) for order in ("a", "crash", "b", "hang", "c")]

    assert outcomes == ["a", CRASHED, "b", HUNG, "c"]


def test_a_seed_draws_the_same_files_whatever_their_number() -> None:
    some, more = list(picture_files.draw(20, seed=3)), list(picture_files.draw(60, seed=3))

    assert some == more[:20]
    assert some != list(picture_files.draw(20, seed=4))
    assert len({file.name.partition(" ")[2] for file in more}) > 40


@pytest.fixture(scope="module")
def files() -> list[picture_files.File]:
    """Of every kind and damage."""
    return list(picture_files.draw(400, seed=0))


def test_the_oracle_accepts_whole_files_and_no_cut_one(
    files: list[picture_files.File],
) -> None:
    whole = [picture_oracle.judge(file.content).is_whole for file in files if file.is_whole]
    cut = [picture_oracle.judge(file.content).is_whole for file in files if " cut" in file.name]

    assert whole
    assert cut
    assert False not in whole
    assert True not in cut


def test_the_oracle_has_no_opinion_on_what_its_programs_forgive(
    files: list[picture_files.File],
) -> None:
    by_name = {file.name.partition(" ")[2]: file.content for file in files}
    png, jpeg = by_name["png_palette whole"], by_name["jpeg_restarts whole"]
    header, palette = png[8:33], png[33 : png.index(b"IDAT") - 4]
    late = png[:33] + png[33 + len(palette) : -12] + palette + png[-12:]
    second = png[:8] + chunk(b"teXt", b"k\0v") + header + png[33:]
    twice = png[:33] + palette * 2 + png[33 + len(palette) :]
    packed = png[png.index(b"IDAT") + 4 : -16]
    endless = png[: -16 - len(packed) - 8] + chunk(b"IDAT", packed[:-4]) + png[-12:]
    without_table = jpeg.replace(b"\xff\xc4\0\x1f\0", b"\xff\xfe\0\x1f\0")
    restart = re.search(rb"[^\xff\0]\xff\xd0", jpeg)
    assert restart
    padded = jpeg[: restart.start() + 1] + bytes(60) + jpeg[restart.start() + 1 :]
    # The last coefficient of the scan, 63 in a sequential file.
    other_scan = jpeg.replace(b"\0\x3f\0", b"\0\x3d\0")

    assert picture_oracle.judge(png).is_whole is True
    for file in (late, second, twice, endless):
        assert picture_oracle.judge(file).is_whole is None
    if shutil.which("djpeg"):
        assert picture_oracle.judge(jpeg).is_whole is True
        assert jpeg not in (without_table, other_scan)
        for file in (without_table, padded, other_scan):
            assert picture_oracle.judge(file).is_whole is None


def test_a_small_run_loses_nothing_and_names_what_is_wrong(tmp_path: Path) -> None:
    tallies = list(pictures.run(34, 0, tmp_path))

    assert [tally.kind for tally in tallies] == ["jpeg", "png"]
    assert sum(tally.inputs for tally in tallies) == 34
    assert [(tally.lost, tally.crashes, tally.hangs) for tally in tallies] == [((), (), ())] * 2
    assert all(tally.accepted + tally.rejected == tally.inputs for tally in tallies)
    assert not any(tally.wrongly_accepted + tally.wrongly_rejected for tally in tallies)


def test_a_lost_row_or_process_fails_and_a_wrong_outcome_is_named() -> None:
    good = report.Tally("png", 2, 1, 1, 0, (), (), (), ("7 png_grey cut",), ())

    assert not good.has_failed
    assert good._replace(lost=("8 png",)).has_failed
    assert good._replace(crashes=("8 png",)).has_failed
    assert good._replace(hangs=("8 png",)).has_failed
    assert "wrongly accepted: 7 png_grey cut" in list(report.lines([good]))
