"""Predictions of one or several held-out folds, merged, checked and split by head."""

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.errors import DataError
from schemas.labels.classes import MISSING_CLASS
from schemas.metrics import head_metrics, metric_values
from schemas.prediction_table import PREDICTIONS, STORED_METRICS
from schemas.slices import COLUMNS

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]


class HeadRows(NamedTuple):
    """The labelled predictions of one head; every array has one entry per face."""

    head: str
    classes: tuple[str, ...]  # Names, in index order.
    columns: Mapping[str, Texts]  # Of each of COLUMNS.
    subject: Ints  # 0 to subjects - 1, numbered in the order of the subjects' names.
    label: Ints  # 0 to len(classes) - 1.
    predicted: Ints  # 0 to len(classes) - 1.
    values: Mapping[str, Floats]  # Of each metric of the head.


class Predictions(NamedTuple):
    """All heads of a review, with the counts of the faces behind them."""

    heads: tuple[HeadRows, ...]
    images: int
    subjects: int
    photographers: int
    folds: tuple[str, ...]  # Folds that have predictions, sorted.
    unlabelled: Mapping[str, int]  # {head: faces without that label, in no number of the head}


def merge(
    tables: Sequence[pa.Table], heads: Mapping[str, Sequence[str]], held_out: Sequence[str]
) -> Predictions:
    """Merge the folds' tables; the result is independent of the order of tables and rows.

    Args:
      tables: each with the columns of `schemas.prediction_table.PREDICTIONS`.
      heads: {head: class names in index order}.
      held_out: the folds that may have predictions.

    Raises:
      DataError: the tables are empty, lack columns, or contradict the held-out folds.
    """
    columns = _columns(tables)
    _check_rows(columns, heads, held_out)
    _check_subjects(columns)
    parts = []
    unlabelled = {}
    for head, classes in heads.items():
        here = columns["head"] == head
        known = here & (columns["label"] != MISSING_CLASS)
        unlabelled[head] = int(here.sum() - known.sum())
        parts.append(_head_rows(columns, known, head, tuple(classes)))
    return Predictions(
        tuple(parts),
        images=len(set(columns["key"])),
        subjects=len(set(columns["subject"])),
        photographers=len(set(columns["photographer"])),
        folds=tuple(sorted(set(columns["fold"]))),
        unlabelled=unlabelled,
    )


def _columns(tables: Sequence[pa.Table]) -> dict[str, Texts]:
    """The columns of all tables, concatenated."""
    wanted = PREDICTIONS.names
    for table in tables:
        if missing := sorted(set(wanted) - set(table.column_names)):
            raise DataError(
                f"a predictions table has no column {', '.join(missing)}; expected "
                f"{', '.join(wanted)}. Write it with schemas.prediction_table.PREDICTIONS."
            )
    if not sum(table.num_rows for table in tables):
        raise DataError(
            f"{len(tables)} predictions tables hold no row; expected one row per face and head. "
            "Check that the held-out folds have faces."
        )
    whole = pa.concat_tables([table.select(wanted).cast(PREDICTIONS) for table in tables])
    return {name: whole.column(name).to_numpy() for name in wanted}


def _check_rows(
    columns: Mapping[str, Texts], heads: Mapping[str, Sequence[str]], held_out: Sequence[str]
) -> None:
    if strange := sorted(set(columns["fold"]) - set(held_out)):
        raise DataError(
            f"predictions of fold {', '.join(strange)}, held out were {', '.join(held_out)}. "
            "Only held-out folds may be reviewed; evaluate those."
        )
    if strange := sorted(set(columns["head"]) - set(heads)):
        raise DataError(
            f"predictions of head {', '.join(strange)}, expected {', '.join(heads)}. "
            "Give the review the heads of the model that predicted."
        )
    pairs = sorted(zip(columns["key"], columns["head"], strict=True))
    for (key, head), after in itertools.pairwise(pairs):
        if (key, head) == after:
            raise DataError(
                f"face {key!r} has more than one prediction of head {head!r}, expected one. "
                "Each fold is held out once: merge each fold's predictions once."
            )


def _check_subjects(columns: Mapping[str, Texts]) -> None:
    """Refuse a subject in two folds: one model would be trained and tested on it."""
    fold_of: dict[str, str] = {}
    for subject, fold in zip(columns["subject"], columns["fold"], strict=True):
        if fold_of.setdefault(subject, fold) != fold:
            raise DataError(
                f"subject {subject!r} has faces in {fold_of[subject]} and in {fold}, expected in "
                "one fold only. Reject such subjects before training (`fold_conflict`)."
            )


def _head_rows(
    columns: Mapping[str, Texts], known: npt.NDArray[np.bool_], head: str, classes: tuple[str, ...]
) -> HeadRows:
    if not known.any():
        raise DataError(
            f"head {head!r} has no labelled prediction in the held-out folds, expected at least "
            "one. Check the target and the label policy."
        )
    label = columns["label"][known].astype(np.int64)
    predicted = columns["predicted"][known].astype(np.int64)
    for name, values in (("label", label), ("predicted", predicted)):
        if values.min() < 0 or values.max() >= len(classes):
            raise DataError(
                f"head {head!r} has {name} values from {values.min()} to {values.max()}, expected "
                f"0 to {len(classes) - 1} ({' '.join(classes)}). Check the class table."
            )
    names = np.array(classes, dtype=object)[label]
    if head in COLUMNS and (differs := names != columns[head][known]).any():
        first = int(np.flatnonzero(differs)[0])
        raise DataError(
            f"face {columns['key'][known][first]!r} has {head} {columns[head][known][first]!r} and "
            f"the class number of {names[first]!r}, expected the same class. Check the class table."
        )
    _, subject = np.unique(columns["subject"][known], return_inverse=True)
    likeliest = np.eye(len(classes), dtype=np.float32)[predicted]
    metrics = {
        name: (
            columns[name][known]
            if name in STORED_METRICS
            else metric_values(name, label, likeliest, np)
        ).astype(np.float64)
        for name in head_metrics(head)
    }
    rows = {name: columns[name][known] for name in COLUMNS}
    return HeadRows(head, classes, rows, subject.astype(np.int64), label, predicted, metrics)
