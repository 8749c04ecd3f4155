"""The cells of one line of a label file, quoted or not, as spreadsheets write them."""

import csv

from components.ingest.line_faults import decode_line, malformed
from schemas.errors import RowError

QUOTE = '"'
TAB = "\t"


def split_line(line: bytes, delimiter: str) -> list[str]:
    """The cells of one line; a quoted cell may not contain a line end. Raises RowError."""
    text, fault = decode_line(line)
    if fault:
        raise RowError("malformed_line", fault)
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error as error:
        detail = malformed(line, f"unreadable cells ({error})", "cells with whole quotes")
        raise RowError("malformed_line", detail) from error
    return rows[0] if rows else []


def tab_cells(line: bytes) -> list[str]:
    """The cells of one line with tabs between them; none contains a tab. Raises RowError.

    A line without quotes may have cells of any length, which the csv module limits.
    """
    if QUOTE.encode() not in line:
        text, fault = decode_line(line)
        if fault:
            raise RowError("malformed_line", fault)
        return text.split(TAB)
    cells = split_line(line, TAB)
    if any(TAB in cell for cell in cells):
        detail = malformed(line, "a tab inside a quoted cell", "tabs between cells alone")
        raise RowError("malformed_line", detail)
    return cells
