"""A corpus of hostile and odd image files, each with its fate; the tests make all of them.

What the fates say: damage that a decoder hides is damage, and what stands behind a whole picture
is none. The expected pixels are the drawn ones, not some decoder's.
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
    for one in CASES:
        one.place(root)
