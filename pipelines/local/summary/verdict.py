"""The verdict of the last review in a run folder, read without TFX."""

from pathlib import Path
from typing import NamedTuple

from pipelines.local.run_folder.layout import RunFolder
from schemas.errors import ConfigError
from schemas.files import read_json


class ReviewText(NamedTuple):
    """The text that `facefold review` prints, and the verdict."""

    text: str
    blessed: bool


def read_review(directory: Path) -> ReviewText:
    """Path of the page and the gate's verdict.

    Raises:
      ConfigError: no review there.
    """
    folder = RunFolder(directory.absolute())
    record = folder.review / "review.json"
    if not record.is_file():
        raise ConfigError(
            f"{directory} holds no review (no {record.relative_to(folder.path)}), expected a run "
            "folder such as runs/demo. `facefold run CONFIG` makes one."
        )
    review = read_json(record, "reasons")
    verdict = "blessed" if review["blessed"] else "NOT blessed"
    lines = [str(folder.review / "index.html"), verdict, *review["reasons"]]
    return ReviewText("\n".join(lines), bool(review["blessed"]))
