"""Cells that a spreadsheet would run get an apostrophe, and lose it when they are read back."""

import re

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.csv_cells import STARTS_LIKE_A_FORMULA, escape, escape_row, unescape
from tests.repository import ROOT

FORMULAS = (
    "=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(1)", "\tx", "\rx", "\nx", " =1", "'=1", "''@a", "-",
    "\uff1d1", "-0x10", "-1 2", "-1,5", "=-1", "+-1", "-x/landmark_aligned_face.1.jpg",
)  # fmt: skip
PLAIN = (
    "", "-2.875", "+5", "-.5", "-1e-05", "-inf", "25-32", "a=b", "'a", "'", "'-5", "a@b",
    "u1/a.jpg", "/faces/=1.jpg",
)  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert escape(text) == "'" + text


@pytest.mark.parametrize("text", PLAIN)
def test_numbers_and_plain_texts_stay(text: str) -> None:
    assert escape(text) == text


@settings(deadline=None)
@given(st.text(alphabet="'=+-@\t\r\n 1.eE5a\uff1d", max_size=6))
@example("'=")
def test_every_text_is_read_back_and_no_formula_is_left(text: str) -> None:
    cell = escape(text)

    assert unescape(cell) == text
    assert not re.match(r"[=@\t\r\n]|[+-](?![0-9.])", cell)


@settings(deadline=None)
@given(st.lists(st.text(alphabet="'=+-@\t\r\n 1a\uff1d", max_size=4)))
def test_arrow_finds_every_formula(texts: list[str]) -> None:
    found = pc.match_substring_regex(pa.array(texts, pa.string()), STARTS_LIKE_A_FORMULA)

    for text, suspect in zip(texts, found.to_pylist(), strict=True):
        assert suspect or escape(text) == text


def test_of_a_row_only_texts_change() -> None:
    assert escape_row([-1, None, -0.5, "-a", "-0.5"]) == [-1, None, -0.5, "'-a", "-0.5"]


def test_every_module_that_writes_csv_escapes_its_rows() -> None:
    modules = [
        (path.name, path.read_text())
        for folder in ("schemas", "components", "pipelines")
        for path in (ROOT / folder).rglob("*.py")
    ]
    writing = re.compile(r"csv\.(writer|DictWriter)\(|CSVWriter\(|write_csv\(|to_csv\(")
    writers = {name: text for name, text in modules if writing.search(text)}

    assert len(writers) >= 4
    assert [name for name, text in writers.items() if "escape_row(" not in text] == []
