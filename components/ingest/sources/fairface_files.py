"""FairFace's label files: one CSV a fold, with the columns file, age, gender and race (light)."""

import re
from dataclasses import replace

from components.ingest.label_files import LabelFile, find_files
from components.ingest.sources import csv_layout
from schemas.config.blocks import ColumnsConfig, DataConfig
from schemas.errors import ConfigError

_PATTERN = "fairface_label_*.csv"
_NAME = re.compile(r"fairface_label_(train|val)\.csv")
_COLUMNS = ColumnsConfig(path="file", age="age", gender="gender", race="race")
FOLDS = ("train", "val")  # Also the folders of their images.


def as_csv(data: DataConfig) -> DataConfig:
    """The source with FairFace's columns, as a CSV source has them."""
    return replace(data, columns=_COLUMNS)


def label_files(data: DataConfig) -> list[LabelFile]:
    """The label files of a source, sorted.

    Raises:
      ConfigError: there is none, or a name contains no fold.
    """
    files = []
    for path, name in find_files(data, _PATTERN):
        match = _NAME.fullmatch(name.rpartition("/")[2])
        if match is None:
            raise ConfigError(
                f"data.labels: {path!r} is named neither fairface_label_train.csv nor "
                "fairface_label_val.csv; rename it or narrow the pattern."
            )
        files.append(LabelFile(path, name, match[1]))
    return files


def check_files(data: DataConfig) -> None:
    """Find the files and read each header. Raises ConfigError on the first fault."""
    for file in label_files(data):
        csv_layout.read_layout(file.path, as_csv(data))


def fold_names(data: DataConfig) -> tuple[str, ...]:
    """The folds of a source."""
    return tuple(file.fold for file in label_files(data))
