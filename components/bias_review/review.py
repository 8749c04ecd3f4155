"""A review as one value: groups, gaps and a verdict from predictions and run information."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from components.bias_review import gaps, gate, groups, predictions, published_results
from components.bias_review.cross_validation import FoldsReview, review_folds
from components.bias_review.gaps import Gap
from components.bias_review.gate import Verdict
from components.bias_review.groups import Group
from components.bias_review.predictions import HeadRows
from components.bias_review.published_results import Comparison
from components.bias_review.run_info import RunInfo
from schemas.config.blocks import EvaluateConfig
from schemas.slices import slice_columns


class SliceReview(NamedTuple):
    """One slice under one head."""

    slice: str
    columns: tuple[str, ...]
    groups: tuple[Group, ...]
    gap: Gap | None  # None: fewer than two groups were judged.


class HeadReview(NamedTuple):
    """One head: all its faces, then slice by slice."""

    head: str
    classes: tuple[str, ...]
    overall: Group
    slices: tuple[SliceReview, ...]
    worst: Group | None  # None: no group of people was judged.
    worst_gap: Gap | None  # The worst group against all faces.
    confusion: tuple[tuple[int, ...], ...]  # [label][predicted], images.
    unlabelled: int  # Faces without this label, which no number includes.
    folds: FoldsReview | None  # Of a cross-validation.

    @property
    def groups(self) -> tuple[Group, ...]:
        """All faces, then every group of every slice."""
        return (self.overall, *(group for part in self.slices for group in part.groups))


class Review(NamedTuple):
    """The content of the page, the card, the CSV and the JSON."""

    run: RunInfo
    config: EvaluateConfig
    seed: int
    images: int
    subjects: int
    photographers: int
    empty_folds: tuple[str, ...]  # Held out, but without a face.
    heads: tuple[HeadReview, ...]
    worst: Group | None  # Of all heads.
    verdict: Verdict
    comparison: Comparison

    @property
    def groups(self) -> tuple[Group, ...]:
        """Every group of every slice and head."""
        return tuple(group for head in self.heads for part in head.slices for group in part.groups)

    @property
    def unjudged(self) -> tuple[Group, ...]:
        """The groups that are too small or have an unknown value."""
        return tuple(group for group in self.groups if not group.judged)


def review(
    tables: Sequence[pa.Table],
    run: RunInfo,
    config: EvaluateConfig,
    heads: Mapping[str, Sequence[str]],
    seed: int,
) -> Review:
    """Review the predictions of the held-out folds, by one model or by one model per fold.

    Args:
      tables: with the columns of `schemas.prediction_table.PREDICTIONS`; usually one per
        held-out fold.
      run: the run, the model and the rows behind the predictions.
      config: slices, minimum size of a judged group, thresholds.
      heads: {head: class names in index order}, such as {"gender": ("m", "f")}.
      seed: of the bootstrap, 0 or more.

    Raises:
      ConfigError: a slice cannot be reviewed.
      DataError: the predictions are empty or contradict `run`.
    """
    merged = predictions.merge(tables, heads, run.held_out)
    parts = tuple(
        _head_review(
            rows,
            review_folds(rows, config, seed) if run.fold_models else None,
            merged.unlabelled[rows.head],
            config,
            seed,
        )
        for rows in merged.heads
    )
    verdict = gate.decide(
        {part.head: part.overall for part in parts},
        {part.head: part.worst for part in parts},
        config.thresholds,
        run.evaluator_blessed,
        {model.fold: model.blessed for model in run.fold_models},
    )
    return Review(
        run=run,
        config=config,
        seed=seed,
        images=merged.images,
        subjects=merged.subjects,
        photographers=merged.photographers,
        empty_folds=tuple(fold for fold in run.held_out if fold not in merged.folds),
        heads=parts,
        worst=gaps.worst_group([part.worst for part in parts if part.worst]),
        verdict=verdict,
        comparison=published_results.compare(run, [part.head for part in parts]),
    )


def _head_review(
    rows: HeadRows,
    folds: FoldsReview | None,
    unlabelled: int,
    config: EvaluateConfig,
    seed: int,
) -> HeadReview:
    slices = []
    for columns in slice_columns(config.slices):
        members = tuple(groups.slice_groups(rows, columns, config, seed))
        gap = gaps.slice_gap(rows, members, seed)
        slices.append(SliceReview(" x ".join(columns), columns, members, gap))
    overall = groups.overall(rows, config, seed)
    worst = gaps.worst_group([group for part in slices for group in part.groups])
    return HeadReview(
        head=rows.head,
        classes=rows.classes,
        overall=overall,
        slices=tuple(slices),
        worst=worst,
        worst_gap=gaps.gap_between(rows, overall, worst, seed) if worst else None,
        confusion=_confusion(rows),
        unlabelled=unlabelled,
        folds=folds,
    )


def _confusion(rows: HeadRows) -> tuple[tuple[int, ...], ...]:
    size = len(rows.classes)
    counts = np.bincount(rows.label * size + rows.predicted, minlength=size * size)
    return tuple(tuple(int(n) for n in row) for row in counts.reshape(size, size))
