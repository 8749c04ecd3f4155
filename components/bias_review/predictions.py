"""Predictions of one or several held-out folds, merged, checked and split by head."""

import itertools
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.errors import DataError
from schemas.labels.classes import MISSING_CLASS
from schemas.metrics import head_metrics, metric_values
from schemas.prediction_table import PREDICTIONS, PROBABILITIES, STORED_METRICS
from schemas.slices import COLUMNS

SUBJECT, PHOTOGRAPHER = "subject", "photographer"

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Texts = npt.NDArray[np.object_]


class Column(NamedTuple):
    """A text of each face, as numbers of the texts that occur."""

    texts: tuple[str, ...]  # Sorted.
    codes: Ints  # (faces,), places in `texts`.

    def has(self, text: str) -> Mask:
        """(faces,): whether each face has this text."""
        code = self.texts.index(text) if text in self.texts else -1
        return np.asarray(self.codes == code)

    @classmethod
    def of(cls, texts: Texts) -> Self:
        """The column of (faces,) texts."""
        # By Arrow: numpy compares Python's texts one by one.
        encoded = pa.array(texts, pa.string()).dictionary_encode()
        names = encoded.dictionary.to_pylist()
        rank = np.argsort(np.argsort(np.array(names, object)))
        return cls(tuple(sorted(names)), rank[encoded.indices.to_numpy()].astype(np.int64))


class HeadRows(NamedTuple):
    """The labelled predictions of one head; every array has one entry per face."""

    head: str
    classes: tuple[str, ...]  # Names, in index order.
    keys: Texts
    columns: Mapping[str, Column]  # Of each of COLUMNS.
    # Of `subject` and `photographer`: a number of each face's, in the order of their names.
    clusters: Mapping[str, Ints]
    label: Ints  # 0 to len(classes) - 1.
    predicted: Ints  # 0 to len(classes) - 1.
    confidence: Floats  # Probability of the predicted class.
    values: Mapping[str, Floats]  # Of each metric of the head.

    @property
    def subject(self) -> Ints:
        """(faces,): 0 to subjects - 1."""
        return self.clusters[SUBJECT]

    def taken(self, mask: Mask) -> Self:
        """The rows of some faces; `mask` is (faces,)."""
        return self._replace(
            keys=self.keys[mask],
            columns={
                name: column._replace(codes=column.codes[mask])
                for name, column in self.columns.items()
            },
            clusters={by: cluster[mask] for by, cluster in self.clusters.items()},
            label=self.label[mask],
            predicted=self.predicted[mask],
            confidence=self.confidence[mask],
            values={name: values[mask] for name, values in self.values.items()},
        )

    @property
    def right(self) -> Mask:
        """(faces,): whether the likeliest class is the label."""
        return np.asarray(self.label == self.predicted)


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
    whole = whole.sort_by([("key", "ascending"), ("head", "ascending")])
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
    clusters = {by: Column.of(columns[by][known]).codes for by in (SUBJECT, PHOTOGRAPHER)}
    likeliest = np.eye(len(classes), dtype=np.float32)[predicted]
    metrics = {
        name: (
            columns[name][known]
            if name in STORED_METRICS
            else metric_values(name, label, likeliest, np)
        ).astype(np.float64)
        for name in head_metrics(head)
    }
    rows = {name: Column.of(columns[name][known]) for name in COLUMNS}
    probabilities = _probabilities(columns[PROBABILITIES][known], head, classes)
    confidence = probabilities[np.arange(len(label)), predicted]
    return HeadRows(
        head, classes, columns["key"][known], rows, clusters, label, predicted, confidence, metrics
    )


def _probabilities(column: Texts, head: str, classes: tuple[str, ...]) -> Floats:
    """(faces, classes): the probabilities of every class."""
    if any(len(each) != len(classes) for each in column):
        raise DataError(
            f"head {head!r} has rows without {len(classes)} {PROBABILITIES}, expected one for each "
            f"class ({' '.join(classes)}). Check the class table."
        )
    return np.stack([np.asarray(each, np.float64) for each in column])
