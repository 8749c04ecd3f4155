"""A review as one value: groups, gaps and a verdict from predictions and run information."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from components.bias_review import gaps, gate, groups, predictions, published_results
from components.bias_review.changes import Compared, Earlier, compare
from components.bias_review.cross_validation import FoldsReview, Spread, review_folds, spread
from components.bias_review.examples import ChosenFace, GroupExamples, choose
from components.bias_review.gaps import Shortfall, SliceTest
from components.bias_review.gate import Verdict
from components.bias_review.groups import Group
from components.bias_review.measures.estimates import Estimator
from components.bias_review.measures.mistakes import ClassRecord, class_records
from components.bias_review.measures.permutation import holm
from components.bias_review.measures.rates import Disparities, disparities
from components.bias_review.predictions import HeadRows
from components.bias_review.published_results import Comparison
from components.bias_review.run_info import RunInfo
from schemas.config.blocks import EvaluateConfig
from schemas.labels.classes import GENDERS, UNKNOWN
from schemas.slices import joined, slice_columns


class SliceReview(NamedTuple):
    """One slice under one head."""

    slice: str
    columns: tuple[str, ...]
    groups: tuple[Group, ...]
    shortfalls: tuple[Shortfall, ...]  # Of the judged groups, the largest first.
    over_folds: Spread | None  # Of the largest; None: fewer than two folds have such faces.
    test: SliceTest | None  # Of a slice of people; None: fewer than two groups were judged.
    # Of a head with two classes, between the judged groups of a slice by other labels.
    disparities: Disparities | None


class HeadReview(NamedTuple):
    """One head: all its faces, then slice by slice."""

    head: str
    classes: tuple[str, ...]
    overall: Group
    slices: tuple[SliceReview, ...]
    worst: Group | None  # None: no group of people was judged.
    confusion: tuple[tuple[int, ...], ...]  # [label][predicted], images.
    records: tuple[ClassRecord, ...]  # By class, of all faces and of each gender.
    untested: tuple[str, ...]  # Classes without a held-out face.
    unlabelled: int  # Faces without this label, which no number includes.
    folds: FoldsReview | None  # Of a cross-validation.
    compared: Compared | None  # With the last pushed model; None: no model was pushed before.
    # Errors to show of each judged group of people.
    chosen: tuple[tuple[Group, tuple[ChosenFace, ...]], ...]

    @property
    def groups(self) -> tuple[Group, ...]:
        """All faces, then every group of every slice."""
        return (self.overall, *(group for part in self.slices for group in part.groups))


class Tested(NamedTuple):
    """A slice's test among those of all slices of people and heads."""

    test: SliceTest
    p: float  # Corrected by Holm for their number.


class Review(NamedTuple):
    """The content of the page, the card, the CSV and the JSON."""

    run: RunInfo
    config: EvaluateConfig
    seed: int
    images: int
    subjects: int
    photographers: int
    empty_folds: tuple[str, ...]  # Held out, but without a face.
    unlabelled_columns: tuple[str, ...]  # Of people: gender, age or race unknown for every face.
    heads: tuple[HeadReview, ...]
    worst: Group | None  # Of all heads.
    tests: tuple[Tested, ...]  # The least likely first.
    verdict: Verdict
    comparison: Comparison
    earlier: Earlier | None  # None: no model was pushed before.
    examples: tuple[GroupExamples, ...] = ()

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
    earlier: Earlier | None = None,
) -> Review:
    """Review the predictions of the held-out folds, by one model or by one model per fold.

    Args:
      tables: with the columns of `schemas.prediction_table.PREDICTIONS`; usually one per
        held-out fold.
      run: the run, the model and the rows behind the predictions.
      config: slices, minimum size of a judged group, thresholds.
      heads: {head: class names in index order}, such as {"gender": ("m", "f")}.
      seed: of the permutations, 0 or more.
      earlier: the last pushed model's predictions, if any.

    Raises:
      ConfigError: a slice cannot be reviewed.
      DataError: the predictions are empty or contradict `run`.
    """
    merged = predictions.merge(tables, heads, run.held_out)
    reviewer = _Reviewer(config, seed, crossed=bool(run.fold_models), earlier=earlier)
    parts = tuple(reviewer.head(rows, merged.unlabelled[rows.head]) for rows in merged.heads)
    return Review(
        run=run,
        config=config,
        seed=seed,
        images=merged.images,
        subjects=merged.subjects,
        photographers=merged.photographers,
        empty_folds=tuple(fold for fold in run.held_out if fold not in merged.folds),
        unlabelled_columns=_unlabelled_columns(merged.heads),
        heads=parts,
        worst=gaps.worst_group([part.worst for part in parts if part.worst]),
        tests=_tests(parts),
        verdict=gate.decide({part.head: _facts(part, run) for part in parts}, config),
        comparison=published_results.compare(run, [part.head for part in parts]),
        earlier=earlier,
    )


class _Reviewer(NamedTuple):
    """What the reviews of all heads have in common."""

    config: EvaluateConfig
    seed: int
    crossed: bool  # Whether each fold has a model of its own.
    earlier: Earlier | None

    def head(self, rows: HeadRows, unlabelled: int) -> HeadReview:
        estimator = Estimator(rows)
        slices = tuple(
            self._slice(estimator, columns) for columns in slice_columns(self.config.slices)
        )
        confusion = _confusion(rows)
        overall = groups.overall(estimator, self.config)
        people = [group for part in slices for group in part.groups if group.demographic]
        return HeadReview(
            head=rows.head,
            classes=rows.classes,
            overall=overall,
            slices=slices,
            worst=gaps.worst_group([group for part in slices for group in part.groups]),
            confusion=confusion,
            records=class_records(rows, GENDERS),
            untested=tuple(
                name for name, row in zip(rows.classes, confusion, strict=True) if not any(row)
            ),
            unlabelled=unlabelled,
            folds=review_folds(estimator, self.config) if self.crossed else None,
            compared=compare(rows, [overall, *people], self.earlier) if self.earlier else None,
            chosen=tuple(
                (group, tuple(choose(rows, group, self.config.examples)))
                for group in people
                if group.judged and self.config.examples
            ),
        )

    def _slice(self, estimator: Estimator, columns: tuple[str, ...]) -> SliceReview:
        members = tuple(groups.slice_groups(estimator, columns, self.config))
        of_people = groups.DEMOGRAPHIC.issuperset(columns)
        shortfalls = gaps.shortfalls(estimator, members, largest=not of_people)
        over_folds = gaps.spread_over_folds(estimator.rows, shortfalls)
        return SliceReview(
            joined(columns),
            columns,
            members,
            tuple(shortfalls),
            spread(over_folds) if len(over_folds) > 1 else None,
            gaps.compare_worst(estimator.rows, members, self.seed) if of_people else None,
            _disparities(members) if of_people and estimator.rows.head not in columns else None,
        )


def _disparities(members: Sequence[Group]) -> Disparities | None:
    """Between the judged groups; None of a head with more than two classes."""
    judged = [group.behaviour for group in members if group.judged and group.behaviour]
    return disparities([behaviour.rates for behaviour in judged if behaviour.rates])


def _unlabelled_columns(heads: Sequence[HeadRows]) -> tuple[str, ...]:
    """The columns of people that no face has a value of."""
    return tuple(
        column
        for column in sorted(groups.DEMOGRAPHIC)
        if all(rows.columns[column].texts == (UNKNOWN,) for rows in heads)
    )


def _facts(part: HeadReview, run: RunInfo) -> gate.HeadFacts:
    """What the gate asks of a head."""
    of_people = [part for part in part.slices if groups.DEMOGRAPHIC.issuperset(part.columns)]
    return gate.HeadFacts(
        overall=part.overall,
        people=[group for members in of_people for group in members.groups],
        gaps=[shortfall for members in of_people for shortfall in members.shortfalls],
        compared=part.compared,
        missing={gate.TRAINING: run.untrained.get(part.head, ()), gate.HELD_OUT: part.untested},
    )


def _tests(parts: Sequence[HeadReview]) -> tuple[Tested, ...]:
    """The tests of all slices of people, corrected for their number."""
    found = [members.test for part in parts for members in part.slices if members.test]
    corrected = holm([test.found.p for test in found])
    tests = (Tested(test, p) for test, p in zip(found, corrected, strict=True))
    return tuple(sorted(tests, key=lambda tested: (tested.p, tested.test.found.p)))


def _confusion(rows: HeadRows) -> tuple[tuple[int, ...], ...]:
    size = len(rows.classes)
    counts = np.bincount(rows.label * size + rows.predicted, minlength=size * size)
    return tuple(tuple(int(n) for n in row) for row in counts.reshape(size, size))
