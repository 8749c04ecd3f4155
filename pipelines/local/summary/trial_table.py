"""The table of a sweep's trials, as the end of a run tells it."""

import csv
from pathlib import Path

from schemas.sweep import BEST_EPOCH, FAILURE, LOSS, PARAMETERS, RANK, SECONDS, TRIAL, TRIALS_FILE

_SHOWN = 10  # Rows; the file has them all.


def trial_lines(folder: Path) -> list[str]:
    """The best trials as lines of equal columns, below a line that says what they are."""
    with (folder / TRIALS_FILE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    done = [row for row in rows if not row[FAILURE]]
    failed = len(rows) - len(done)
    columns = [name for name in rows[0] if _is_shown(name)]
    cells = [columns, *([row[name] for name in columns] for row in done[:_SHOWN])]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [f"{len(rows)} trials, the best by its validation loss"]
    lines[0] += f"; {failed} failed" if failed else ""
    lines += [
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in cells
    ]
    hidden = len(done) - _SHOWN
    if hidden > 0:
        lines.append(f"and {hidden} more")
    return lines


def _is_shown(column: str) -> bool:
    return column in (RANK, TRIAL, *PARAMETERS, LOSS, BEST_EPOCH, SECONDS) or "accuracy" in column
