"""The trials of a sweep, for the summary of a run."""

import csv
from pathlib import Path

from pipelines.terminal import table
from schemas.sweep import BEST_EPOCH, FAILURE, LOSS, PARAMETERS, RANK, SECONDS, TRIAL, TRIALS_FILE

_SHOWN = 10  # Rows; the file has all of them.


def trial_table(folder: Path) -> str:
    """The best trials as a table below a title line."""
    with (folder / TRIALS_FILE).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    done = [row for row in rows if not row[FAILURE]]
    failed = len(rows) - len(done)
    columns = [name for name in rows[0] if _is_shown(name)]
    cells = [columns, *([row[name] for name in columns] for row in done[:_SHOWN])]
    lines = [f"{len(rows)} trials, the best by its validation loss"]
    lines[0] += f"; {failed} failed" if failed else ""
    lines.append(table(cells, "r"))
    if len(done) > _SHOWN:
        lines.append(f"and {len(done) - _SHOWN} more")
    return "\n".join(lines)


def _is_shown(column: str) -> bool:
    return column in (RANK, TRIAL, *PARAMETERS, LOSS, BEST_EPOCH, SECONDS) or "accuracy" in column
