"""How a model compares with the last pushed one, face by face."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from components.bias_review.groups import Group, group_mask
from components.bias_review.measures import intervals
from components.bias_review.measures.estimates import Estimator
from components.bias_review.measures.intervals import Estimate
from components.bias_review.predictions import HeadRows
from schemas.metrics import ACCURACY
from schemas.release.pushes import face_hash

Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
_NONE = -1  # No earlier prediction of this face.


class Earlier(NamedTuple):
    """What the last pushed model predicted of held-out faces."""

    version: str
    model: str  # Hash of schemas.release.model_hash.
    date: str
    classes: Mapping[str, Sequence[str]]  # {head: class names in index order}.
    faces: pa.Table  # Of schemas.release.pushes.FACES.


class Change(NamedTuple):
    """A group's accuracy by the last pushed model minus that by this one, on the same faces."""

    group: Group
    old: Estimate
    new: Estimate
    faces: int  # With a prediction of both models.
    gained: int  # Wrong before, right now.
    lost: int  # Right before, wrong now.

    @property
    def value(self) -> float:
        """Above 0 where this model does worse."""
        return self.old.value - self.new.value

    def bounds(self, tail: float) -> tuple[float, float]:
        """The bounds of the difference with `tail` beyond each."""
        both = self.new.value * self.faces - self.gained  # Right by both.
        return intervals.paired_bounds(self.old, self.new, both / self.faces, tail)


class Compared(NamedTuple):
    """A head beside that of the last pushed model."""

    changes: tuple[Change, ...]  # Of the judged groups, all faces first.
    why_none: str  # Empty where there are changes.
    unseen: tuple[Group, ...] = ()  # Judged groups of which it predicted no face.


def compare(rows: HeadRows, groups: Sequence[Group], earlier: Earlier) -> Compared:
    """The change of each judged group, and those without a face that both models predicted.

    Args:
      rows: of one head.
      groups: of that head.
      earlier: the last pushed model's predictions.
    """
    if list(earlier.classes.get(rows.head, ())) != list(rows.classes):
        return Compared((), f"the last pushed model has no head {rows.head} of these classes")
    predicted = _earlier_predictions(rows, earlier.faces)
    common = predicted != _NONE
    if not common.any():
        return Compared((), "the last pushed model predicted none of these faces")
    before = (predicted == rows.label)[common]
    now = rows.taken(common)
    new = Estimator(now)
    old = Estimator(now._replace(values={ACCURACY: before.astype(np.float64)}))
    found, unseen = [], []
    for group in groups:
        mask = group_mask(now, group.columns, group.values)
        if group.judged and mask.any():
            found.append(_change(group, (old, new), before, mask))
        elif group.judged:
            unseen.append(group)
    return Compared(tuple(found), "", tuple(unseen))


def _change(
    group: Group, estimators: tuple[Estimator, Estimator], before: Mask, mask: Mask
) -> Change:
    members = np.flatnonzero(mask)
    old, new = (estimator.estimate(members, (ACCURACY,))[ACCURACY] for estimator in estimators)
    was, now = before[mask], estimators[1].rows.right[mask]
    gained, lost = int((now & ~was).sum()), int((was & ~now).sum())
    return Change(group, old, new, int(mask.sum()), gained, lost)


def _earlier_predictions(rows: HeadRows, faces: pa.Table) -> Ints:
    """(faces,): class numbers, or -1."""
    columns = (faces.column(name).to_pylist() for name in ("face", "head", "predicted"))
    named = zip(*columns, strict=True)
    known = {face: predicted for face, head, predicted in named if head == rows.head}
    return np.array([known.get(face_hash(key), _NONE) for key in rows.keys], np.int64)
