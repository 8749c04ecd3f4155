"""The table of data sets, and the checks before any row is read (imports nothing heavy)."""

import os
from collections.abc import Callable, Sequence
from typing import NamedTuple

from components.ingest.fold_spellings import FoldSpellings
from components.ingest.label_files import HASH_FOLDS, UNKNOWN_FOLD, LabelFile, hash_fold_names
from components.ingest.sources import adience_files, csv_layout, fairface_files, levi_hassner_lists
from schemas.config.blocks import Config, DataConfig
from schemas.errors import ConfigError
from schemas.labels.vocabularies import for_source
from schemas.training_record import DataOrigin


def check_image_root(data: DataConfig) -> str:
    """The image folder of a source. Raises ConfigError if there is none."""
    if not data.images or not os.path.isdir(data.images):
        raise ConfigError(
            f"data.images is {data.images!r}, expected an existing folder of images for dataset "
            f"{data.dataset}; correct the path."
        )
    return data.images


def _check_utkface(data: DataConfig) -> None:
    if data.labels:
        raise ConfigError(
            f"data.labels is {data.labels!r} for dataset {data.dataset}, expected none: its "
            "labels are in the file names; remove the key."
        )
    check_image_root(data)


class Source(NamedTuple):
    """One data set: its config keys, its label files, whom it shows, and its reader.

    The reader is a module of this package with a function `read_rows(SourceInput)`, which yields
    tables of `schemas.tables.MANIFEST`. It is imported when the first row is read.
    """

    title: str
    reader: str  # Module name.
    label_files: Callable[[DataConfig], list[LabelFile]]
    check_labels: Callable[[DataConfig], object]  # Raises ConfigError; reads headers at most.
    # In the order in which they are read. By default a stable hash assigns the folds.
    fold_names: Callable[[DataConfig], tuple[str, ...]] = lambda _: hash_fold_names()
    folds_in_rows: Callable[[DataConfig], bool] = lambda _: False  # Each row names its fold.
    # Two sources with equal schemes assign a person to the same fold. By default the scheme holds
    # for one image folder alone, as hashes of contents or paths do.
    fold_scheme: Callable[[DataConfig], str] = lambda data: f"{data.dataset} in {data.images}"
    folds_by_content: bool = False  # Folds are assigned from the images' content hashes.
    labels_in_names: bool = False  # Rows come from the image index, which is always built.
    names_subjects: Callable[[DataConfig], bool] = lambda _: False
    vocabulary: str = "common"  # A key of VOCABULARIES in schemas/labels/vocabularies.py.
    people: str | None = None  # Data sets with the same value show the same people.
    takes: tuple[str, ...] = ()  # Keys of `data` beside `dataset`, `labels` and `images`.
    needs: tuple[str, ...] = ()  # Required keys, dotted below `data`.
    notes: Callable[[DataConfig], tuple[str, ...]] = lambda _: ()  # For the label report.


SOURCES: dict[str, Source] = {
    "adience": Source(
        "Adience: fold files of twelve tab-separated columns",
        reader="adience",
        label_files=adience_files.label_files,
        check_labels=adience_files.check_files,
        fold_names=adience_files.fold_names,
        fold_scheme=lambda data: data.dataset,
        names_subjects=lambda _: True,
        vocabulary="adience",
        people="adience",
        takes=("faces",),
    ),
    "levi_hassner": Source(
        "Adience by Levi and Hassner's age and gender lists",
        reader="levi_hassner",
        label_files=levi_hassner_lists.label_files,
        check_labels=levi_hassner_lists.check_files,
        fold_names=levi_hassner_lists.fold_names,
        fold_scheme=lambda data: f"{data.splits} of levi_hassner",
        vocabulary="adience",
        people="adience",
        takes=("splits",),
        notes=levi_hassner_lists.notes,
    ),
    "utkface": Source(
        "UTKFace: labels in the file names",
        reader="utkface",
        label_files=lambda _: [],
        check_labels=_check_utkface,
        folds_by_content=True,
        labels_in_names=True,
        vocabulary="utkface",
        notes=lambda _: ("utkface names no subjects: each image is its own subject",),
    ),
    "fairface": Source(
        "FairFace: a CSV file a fold",
        reader="fairface",
        label_files=fairface_files.label_files,
        check_labels=fairface_files.check_files,
        fold_names=fairface_files.fold_names,
        fold_scheme=lambda data: data.dataset,
        vocabulary="fairface",
        notes=lambda _: (
            "fairface names no subjects: each image is its own subject, also across folds",
        ),
    ),
    "csv": Source(
        "CSV files whose columns the config names",
        reader="csv_rows",
        label_files=csv_layout.label_files,
        check_labels=csv_layout.check_files,
        fold_names=csv_layout.fold_names,
        folds_in_rows=lambda data: data.columns.fold is not None,
        fold_scheme=csv_layout.fold_scheme,
        names_subjects=lambda data: data.columns.subject is not None,
        takes=("columns", "delimiter"),
        needs=("columns.path",),
        notes=csv_layout.notes,
    ),
}


def check_labels(data: Sequence[DataConfig]) -> None:
    """Find every label file, read its header and its fold. Raises ConfigError on a fault."""
    for source in data:
        SOURCES[source.dataset].check_labels(source)
    fold_spellings(data)


def check_images(data: Sequence[DataConfig]) -> None:
    """Find every image folder. Raises ConfigError on the first that is missing."""
    for source in data:
        check_image_root(source)


def fold_names(data: Sequence[DataConfig]) -> tuple[str, ...]:
    """The folds of all sources, sorted; no image is read."""
    spellings = fold_spellings(data)
    for source in data:
        for fold in SOURCES[source.dataset].fold_names(source):
            spellings.add(fold, source.dataset)
    return spellings.folds


def fold_spellings(data: Sequence[DataConfig]) -> FoldSpellings:
    """The folds that no row names: those of label files, or by hash.

    Raises:
      ConfigError: a label file names no usable fold.
    """
    spellings = FoldSpellings()
    for source in data:
        known = SOURCES[source.dataset]
        if known.folds_in_rows(source):
            continue
        files = {file.fold: file for file in known.label_files(source)}
        for fold in known.fold_names(source):
            place = files[fold].source if fold in files else source.dataset
            fault = spellings.add(fold, place)
            if fold == UNKNOWN_FOLD:
                fault = f"the fold {fold!r}, expected another name"
            if fault:
                raise ConfigError(
                    f"data.labels: {place!r} would name {fault}; rename the file, for example to "
                    "fold_0_data.txt."
                )
    return spellings


def names_subjects(data: Sequence[DataConfig]) -> bool:
    """Whether every source names its subjects, so that folds can be checked for shared people."""
    return all(SOURCES[source.dataset].names_subjects(source) for source in data)


def origin_of(data: DataConfig) -> DataOrigin:
    """The data set of a source, its people and its fold scheme."""
    source = SOURCES[data.dataset]
    return DataOrigin(data.dataset, source.people or data.dataset, source.fold_scheme(data))


def vocabularies(config: Config) -> dict[str, str]:
    """{source name: vocabulary of its label texts}, as `for_source` gives it."""
    return {
        name: for_source(config.labels.vocabulary, SOURCES[data.dataset].vocabulary)
        for name, data in zip(config.source_names, config.data, strict=True)
    }


def source_notes(data: Sequence[DataConfig], *, labels_only: bool) -> tuple[str, ...]:
    """Notes for the label report: missing subjects and folds, checks that were skipped."""
    notes = []
    if labels_only:
        notes.append("labels only: no image was looked for, contents were not compared")
    for config in data:
        source = SOURCES[config.dataset]
        if source.folds_by_content:
            notes.append(_content_fold_note(config.dataset, known=not labels_only))
        notes += source.notes(config)
    return tuple(dict.fromkeys(notes))


def _content_fold_note(dataset: str, *, known: bool) -> str:
    if not known:
        return f"{dataset} names no folds: unknown, they need the contents of the images"
    return (
        f"{dataset} names no folds: fold_0 to fold_{HASH_FOLDS - 1} by a stable hash of the "
        f"content (xxh3_128 modulo {HASH_FOLDS})"
    )
