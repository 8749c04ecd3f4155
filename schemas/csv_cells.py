"""Text cells of the CSV files that Facefold writes: safe to open in a spreadsheet.

A spreadsheet runs a cell that starts like a formula (OWASP, "CSV Injection"); an apostrophe before
it makes it text.
"""

import re
from collections.abc import Iterable
from typing import Any

# The columns of `facefold labels --export`. A CSV file with all of them is read back unescaped.
EXPORT_COLUMNS = (
    "image",
    "age",
    "gender",
    "race",
    "fold",
    "subject",
    "photographer",
    "key",
)

# In the syntax that `re` and Arrow (RE2) share. The last four are the full-width forms of the
# first four, which some spreadsheets read alike.
STARTS_LIKE_A_FORMULA = "^'*([\t\r\n]|[ \t\r\n]*[=+@\uff1d\uff0b\uff20\uff0d-])"
_FORMULA = re.compile(STARTS_LIKE_A_FORMULA)
_NUMBER = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+|inf|nan)([eE][+-]?[0-9]+)?")


def escape(text: str) -> str:
    """The text of a cell, with an apostrophe before what a spreadsheet takes for a formula.

    Texts with an apostrophe before a formula get another one, so that `unescape` restores all.
    """
    return f"'{text}" if _is_formula(text) else text


def unescape(text: str) -> str:
    """The text that `escape` was given."""
    return text[1:] if text.startswith("'") and _is_formula(text) else text


def escape_row(cells: Iterable[Any]) -> list[Any]:
    """The cells of a row, the texts among them escaped."""
    return [escape(cell) if isinstance(cell, str) else cell for cell in cells]


def _is_formula(text: str) -> bool:
    """Whether a text is a formula, apart from apostrophes before it. Numbers are none."""
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text.lstrip("'"))
