"""Paired differences with the last pushed model."""

from collections.abc import Callable
from math import sqrt

import pyarrow as pa
import pytest

from components.bias_review import groups
from components.bias_review.changes import Earlier, compare
from components.bias_review.measures.estimates import Estimator
from components.bias_review.measures.intervals import TAIL
from components.bias_review.predictions import HeadRows, merge
from schemas.config.blocks import EvaluateConfig
from schemas.prediction_table import PREDICTIONS
from schemas.release import pushes

Tables = Callable[..., pa.Table]
Heads = dict[str, tuple[str, ...]]
CONFIG = EvaluateConfig(min_images=1, min_subjects=1)
# Subject, gender, age, images, of them right: now and before.
NOW = [(f"s{n}", "mf"[n % 2], "4-6", 1, n % 3 > 0) for n in range(60)]
BEFORE = [(f"s{n}", "mf"[n % 2], "4-6", 1, n % 4 > 0) for n in range(60)]


def earlier(table: pa.Table, heads: Heads) -> Earlier:
    return Earlier("serving/1", "abc", "2026-01-01T00:00:00+00:00", heads, pushes.faces([table]))


def rows_and_groups(table: pa.Table, heads: Heads) -> tuple[HeadRows, list[groups.Group]]:
    rows = merge([table], heads, ["fold_4"]).heads[0]
    estimator = Estimator(rows)
    overall = groups.overall(estimator, CONFIG)
    return rows, [overall, *groups.slice_groups(estimator, ("gender",), CONFIG)]


def test_gained_and_lost_faces_are_those_that_changed(people: Tables, heads: Heads) -> None:
    age = {"age": heads["age"]}
    rows, of = rows_and_groups(people(NOW), age)

    compared = compare(rows, of, earlier(people(BEFORE), age))

    assert compared.why_none == ""
    for change, gender in zip(compared.changes, ("mf", "m", "f"), strict=True):
        mine = [n for n in range(60) if "mf"[n % 2] in gender]
        gained = sum(n % 4 == 0 and n % 3 > 0 for n in mine)
        lost = sum(n % 4 > 0 and n % 3 == 0 for n in mine)
        assert (change.faces, change.gained, change.lost) == (len(mine), gained, lost)
        assert change.value == pytest.approx((lost - gained) / len(mine))


def test_bounds_are_newcombes_of_paired_shares(people: Tables, heads: Heads) -> None:
    """Each subject has one image, so that every image counts in full."""
    age = {"age": heads["age"]}
    rows, of = rows_and_groups(people(NOW), age)

    change = compare(rows, of, earlier(people(BEFORE), age)).changes[0]

    z, n = 1.959964, 60
    both, old, new = 30 / n, 45 / n, 40 / n

    def wilson(p: float) -> tuple[float, float]:
        middle, half = p + z * z / (2 * n), z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        return (middle - half) / (1 + z * z / n), (middle + half) / (1 + z * z / n)

    table = {"a": both, "b": old - both, "c": new - both, "d": 1 - old - new + both}
    cross = table["a"] * table["d"] - table["b"] * table["c"]
    phi = max(0.0, cross - 1 / (2 * n)) / sqrt(old * (1 - old) * new * (1 - new))
    (l1, u1), (l2, u2) = wilson(old), wilson(new)
    low = old - new - sqrt((old - l1) ** 2 - 2 * phi * (old - l1) * (u2 - new) + (u2 - new) ** 2)
    high = old - new + sqrt((u1 - old) ** 2 - 2 * phi * (u1 - old) * (new - l2) + (new - l2) ** 2)
    assert change.bounds(TAIL) == pytest.approx((low, high), abs=1e-5)


def test_new_faces_are_left_out_and_other_classes_are_not_compared(
    people: Tables, heads: Heads
) -> None:
    age = {"age": heads["age"]}
    rows, of = rows_and_groups(people(NOW), age)

    some = compare(rows, of, earlier(people(BEFORE[:10]), age))
    none = compare(rows, of, earlier(people([("other", "m", "4-6", 2, 1)]), age))
    other = compare(rows, of, earlier(people(BEFORE), {"age": ("young", "old")}))

    assert some.changes[0].faces == 10
    assert (none.changes, none.why_none) == (
        (),
        "the last pushed model predicted none of these faces",
    )
    assert (other.changes, other.why_none) == (
        (),
        "the last pushed model has no head age of these classes",
    )


def test_a_judged_group_without_an_earlier_prediction_is_named(
    people: Tables, heads: Heads
) -> None:
    age = {"age": heads["age"]}
    rows, of = rows_and_groups(people(NOW), age)
    men = [person for person in BEFORE if person[1] == "m"]

    found = compare(rows, of, earlier(people(men), age))

    assert [change.group.name for change in found.changes] == ["overall", "gender=m"]
    assert [group.name for group in found.unseen] == ["gender=f"]


def test_the_log_names_no_person(people: Tables) -> None:
    table = people([("anna", "f", "4-6", 2, 1)])

    faces = pushes.faces([table])

    assert faces.column_names == ["face", "head", "predicted"]
    assert "anna" not in str(faces.to_pylist())
    assert set(faces.column_names) - {"face"} < set(PREDICTIONS.names)
