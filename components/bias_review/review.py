"""A review: from predictions and facts to groups, gaps and a verdict, as one value."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from components.bias_review import gaps, gate, groups, predictions
from components.bias_review.cross_validation import FoldsReview, review_folds
from components.bias_review.gaps import Gap
from components.bias_review.gate import Verdict
from components.bias_review.groups import Group
from components.bias_review.predictions import HeadRows, Predictions
from components.bias_review.run_info import ReviewFacts
from schemas.config.blocks import EvaluateConfig
from schemas.slices import slice_columns

__all__ = ["HeadReview", "Review", "ReviewFacts", "SliceReview", "review"]


class SliceReview(NamedTuple):
    """One slice under one head."""

    slice: str
    columns: tuple[str, ...]
    groups: tuple[Group, ...]
    gap: Gap | None  # None: fewer than two groups could be judged.


class HeadReview(NamedTuple):
    """One head: all its faces, then slice by slice."""

    head: str
    classes: tuple[str, ...]
    overall: Group
    slices: tuple[SliceReview, ...]
    worst: Group | None  # None: no group of people could be judged.
    worst_gap: Gap | None  # The worst group against all faces.
    confusion: tuple[tuple[int, ...], ...]  # [label][predicted], images.
    unlabelled: int  # Faces without this label; they are in none of the numbers.
    folds: FoldsReview | None  # Of a cross-validation.


class Review(NamedTuple):
    """All that the page, the tables and the card are written from."""

    facts: ReviewFacts
    config: EvaluateConfig
    seed: int
    images: int
    subjects: int
    photographers: int
    empty_folds: tuple[str, ...]  # Held out, but without a face.
    heads: tuple[HeadReview, ...]
    worst: Group | None  # Of all heads.
    verdict: Verdict

    @property
    def groups(self) -> tuple[Group, ...]:
        """Every group of every slice and head."""
        return tuple(group for head in self.heads for part in head.slices for group in part.groups)


def review(
    tables: Sequence[pa.Table],
    facts: ReviewFacts,
    config: EvaluateConfig,
    heads: Mapping[str, Sequence[str]],
    seed: int,
) -> Review:
    """Review the predictions of the held-out folds: of one model, or of one model a fold.

    Args:
      tables: one or several, as `schemas.tables.PREDICTIONS`; usually one a held-out fold.
      facts: what the predictions cannot tell.
      config: slices, smallest judged group, thresholds.
      heads: {head: class names in index order}, such as {"gender": ("m", "f")}.
      seed: of the bootstrap, 0 or more.

    Raises:
      ConfigError: a slice cannot be reviewed.
      DataError: the predictions are empty or contradict the facts.
    """
    columns = slice_columns(config.slices)
    found = predictions.merge(tables, heads, facts.held_out)
    parts = tuple(_head_review(rows, columns, config, seed, found) for rows in found.heads)
    if facts.fold_models:
        parts = tuple(
            part._replace(folds=review_folds(rows, config, seed))
            for part, rows in zip(parts, found.heads, strict=True)
        )
    verdict = gate.decide(
        {part.head: part.overall for part in parts},
        {part.head: part.worst for part in parts},
        config.thresholds,
        facts.evaluator_blessed,
        {model.fold: model.blessed for model in facts.fold_models},
    )
    return Review(
        facts=facts,
        config=config,
        seed=seed,
        images=found.images,
        subjects=found.subjects,
        photographers=found.photographers,
        empty_folds=tuple(fold for fold in facts.held_out if fold not in found.folds),
        heads=parts,
        worst=gaps.worst_group([part.worst for part in parts if part.worst]),
        verdict=verdict,
    )


def _head_review(
    rows: HeadRows,
    columns: Sequence[tuple[str, ...]],
    config: EvaluateConfig,
    seed: int,
    found: Predictions,
) -> HeadReview:
    slices = []
    for names in columns:
        members = tuple(groups.slice_groups(rows, names, config, seed))
        gap = gaps.slice_gap(rows, members, seed)
        slices.append(SliceReview(" x ".join(names), names, members, gap))
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
        unlabelled=found.unlabelled[rows.head],
        folds=None,
    )


def _confusion(rows: HeadRows) -> tuple[tuple[int, ...], ...]:
    size = len(rows.classes)
    counts = np.bincount(rows.label * size + rows.predicted, minlength=size * size)
    return tuple(tuple(int(n) for n in row) for row in counts.reshape(size, size))
