"""A corpus of hostile and unusual image files, each with its expected outcome.

Damage that a decoder does not report is damage; bytes after a whole picture are not. The expected
pixels are the drawn ones, not those of a decoder.
"""

from pathlib import Path

from tests.components.faces.hostile_jpegs import JPEG_BOMBS, JPEGS
from tests.components.faces.hostile_names import FILES, PLACES
from tests.components.faces.hostile_pngs import PNG_BOMBS, PNGS

BOMBS = [*JPEG_BOMBS, *PNG_BOMBS]
CASES = [*JPEGS, *PNGS, *BOMBS, *FILES, *PLACES]


def lay_out(root: Path) -> None:
    """Put every file of the corpus below `root`, a new folder."""
    root.mkdir()
    for case in CASES:
        case.place(root)
