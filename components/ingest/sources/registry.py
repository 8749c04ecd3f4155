"""What is known of each data set before anything of it is read (light)."""

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from components.ingest.label_files import HASH_FOLDS, LabelFile, adience_files, header_line
from components.ingest.sources import csv_layout, levi_hassner_lists
from schemas.config.blocks import DataConfig
from schemas.errors import ConfigError


def _check_adience(data: DataConfig) -> None:
    for file in adience_files(data):
        header_line(file.path)


def check_image_root(data: DataConfig) -> str:
    """The image folder of a source. Raises ConfigError where there is none."""
    if not data.images or not os.path.isdir(data.images):
        raise ConfigError(
            f"data.images is {data.images!r}, expected an existing folder of images for dataset "
            f"{data.dataset}; correct the path."
        )
    return data.images


def _check_names(data: DataConfig) -> None:
    if data.labels:
        raise ConfigError(
            f"data.labels is {data.labels!r} for dataset {data.dataset}, expected none: its "
            "labels are in the file names; remove the key."
        )
    check_image_root(data)


class Source(NamedTuple):
    """What is known of a data set before anything of it is read."""

    check_labels: Callable[[DataConfig], None]
    label_files: Callable[[DataConfig], list[LabelFile]]
    folds: Callable[[DataConfig], set[str]]
    names_subjects: Callable[[DataConfig], bool] = lambda _: True  # Whether it says who is shown.
    # What the label report says of it.
    notes: Callable[[DataConfig], tuple[str, ...]] = lambda _: ()
    fold_note: str = ""  # Where its folds come from, if they need the contents of images.


SOURCES: dict[str, Source] = {
    "adience": Source(
        check_labels=_check_adience,
        label_files=adience_files,
        folds=lambda data: {file.fold for file in adience_files(data)},
    ),
    "utkface": Source(
        check_labels=_check_names,
        label_files=lambda _: [],
        folds=lambda _: {f"fold_{number}" for number in range(HASH_FOLDS)},
        names_subjects=lambda _: False,
        notes=lambda _: ("utkface names no subjects: each image is its own subject",),
        fold_note=f"utkface names no folds: fold_0 to fold_{HASH_FOLDS - 1} by a stable hash of "
        f"the content (xxh3_128 modulo {HASH_FOLDS})",
    ),
    "levi_hassner": Source(
        check_labels=levi_hassner_lists.check_files,
        label_files=levi_hassner_lists.label_files,
        folds=levi_hassner_lists.fold_names,
        names_subjects=lambda _: False,
        notes=levi_hassner_lists.notes,
    ),
    "csv": Source(
        check_labels=csv_layout.check_files,
        label_files=csv_layout.csv_files,
        folds=csv_layout.fold_names,
        names_subjects=lambda data: data.columns.subject is not None,
        notes=csv_layout.notes,
    ),
}


def check_labels(data: Sequence[DataConfig]) -> None:
    """Find every label file and read its header. Raises ConfigError on the first fault."""
    for source in data:
        SOURCES[source.dataset].check_labels(source)


def check_images(data: Sequence[DataConfig]) -> None:
    """Find every image folder. Raises ConfigError on the first that is missing."""
    for source in data:
        check_image_root(source)


def fold_names(data: Sequence[DataConfig]) -> tuple[str, ...]:
    """The folds of all sources, sorted; from file names alone."""
    return tuple(sorted({fold for one in data for fold in SOURCES[one.dataset].folds(one)}))


def names_subjects(data: Sequence[DataConfig]) -> bool:
    """Whether every source says who is shown, so that folds can be kept from sharing people."""
    return all(SOURCES[one.dataset].names_subjects(one) for one in data)


def source_notes(data: Sequence[DataConfig], *, labels_only: bool) -> tuple[str, ...]:
    """Sentences for the label report: what a source does not tell, and what was not looked at."""
    notes = []
    if labels_only:
        notes.append("labels only: no image was looked for, contents were not compared")
    for one in data:
        source = SOURCES[one.dataset]
        if source.fold_note:
            unknown = f"{one.dataset} names no folds: unknown, they need the contents of the images"
            notes.append(unknown if labels_only else source.fold_note)
        notes += source.notes(one)
    return tuple(dict.fromkeys(notes))
