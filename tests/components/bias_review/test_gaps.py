"""Worst groups and gaps by hand."""

from collections.abc import Callable

import pyarrow as pa
import pytest

from components.bias_review import gaps, groups
from components.bias_review.groups import Group
from components.bias_review.measures.estimates import Estimator
from components.bias_review.measures.intervals import Estimate
from components.bias_review.predictions import merge
from schemas.config.blocks import EvaluateConfig

Tables = Callable[..., pa.Table]
Heads = dict[str, tuple[str, ...]]
CONFIG = EvaluateConfig(min_images=4, min_subjects=2)


def group(name: str, accuracy: float, low: float | None = 0.1, **given: object) -> Group:
    columns = tuple(part.split("=")[0] for part in name.split(" x "))
    plain = Group(
        slice=" x ".join(columns),
        columns=columns,
        values=tuple(part.split("=")[1] for part in name.split(" x ")),
        name=name,
        head="age",
        images=50,
        subjects=9,
        metrics={"accuracy": Estimate(accuracy, low, None if low is None else 0.9, "bootstrap")},
        behaviour=None,
        judged=True,
        why_not="",
    )
    return plain._replace(**given)  # type: ignore[arg-type] # a test sets any field


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ([group("gender=m", 0.6), group("gender=f x age=4-6", 0.4)], "gender=f x age=4-6"),
        ([group("gender=m", 0.6), group("fold=fold_1", 0.2)], "gender=m"),
        ([group("gender=m", 0.6), group("fold=fold_1 x age=4-6", 0.2)], "gender=m"),
        ([group("gender=m", 0.6), group("blur=under 25", 0.2)], "gender=m"),
        ([group("gender=m", 0.6), group("blur=under 25 x gender=f", 0.2)], "gender=m"),
        ([group("gender=m", 0.6), group("gender=f", 0.2, judged=False)], "gender=m"),
        ([group("gender=m", 0.5, 0.3), group("gender=z", 0.5, 0.2)], "gender=z"),
        ([group("gender=m", 0.5, 0.0), group("gender=z", 0.5, None)], "gender=z"),
        ([group("gender=m", 0.5), group("gender=f", 0.5)], "gender=f"),
    ],
    ids=[
        "lowest",
        "no fold",
        "no fold cross",
        "no quality",
        "no quality cross",
        "judged",
        "lower bound",
        "no bound",
        "name",
    ],
)
def test_worst_group_is_the_lowest_judged_group_of_people(
    members: list[Group], expected: str
) -> None:
    for order in (members, members[::-1]):
        worst = gaps.worst_group(order)
        assert worst is not None
        assert worst.name == expected


def test_no_judged_group_has_no_worst() -> None:
    assert gaps.worst_group([group("gender=m", 0.5, judged=False), group("fold=a", 0.5)]) is None


def reviewed(table: pa.Table, heads: Heads) -> tuple[Estimator, list[Group]]:
    """An estimator, and the groups by age."""
    rows = merge([table], {"age": heads["age"]}, ["fold_4"]).heads[0]
    estimator = Estimator(rows)
    return estimator, list(groups.slice_groups(estimator, ("age",), CONFIG))


def test_a_shortfall_is_against_the_slices_other_faces(people: Tables, heads: Heads) -> None:
    table = people(
        [
            ("a", "m", "0-2", 4, 4),
            ("b", "m", "0-2", 4, 3),  # 7 of 8
            ("e", "m", "8-12", 4, 0),
            ("f", "m", "8-12", 4, 1),  # 1 of 8
            ("g", "m", "15-20", 40, 10),  # One subject: not judged, but among the others.
        ]
    )

    found = gaps.shortfalls(*reviewed(table, heads))

    assert [each.group.name for each in found] == ["age=8-12", "age=0-2"]
    assert [each.value for each in found] == pytest.approx([17 / 48 - 1 / 8, 11 / 48 - 7 / 8])
    assert all(low < each.value < high for each in found for low, high in [each.bounds(0.025)])


def test_faces_of_unknown_value_are_no_others(people: Tables, heads: Heads) -> None:
    table = people([(f"{g}{n}", g, "4-6", 3, 2) for g in ("m", "unknown") for n in range(3)])
    rows = merge([table], {"age": heads["age"]}, ["fold_4"]).heads[0]
    members = list(groups.slice_groups(Estimator(rows), ("gender",), CONFIG))

    assert gaps.shortfalls(Estimator(rows), members) == []


def test_groups_that_are_all_right_claim_no_certainty(people: Tables, heads: Heads) -> None:
    table = people(
        [
            (f"{age}{n}", "m", age, 9, right)
            for n in range(3)
            for age, right in (("4-6", 9), ("8-12", 0))
        ]
    )

    worst, _ = gaps.shortfalls(*reviewed(table, heads))

    low, high = worst.bounds(0.025)
    assert (worst.value, high) == (1.0, 1.0)
    assert low < 0.5


def test_a_planted_group_is_worse_than_chance_and_the_others_are_not(
    people: Tables, heads: Heads
) -> None:
    table = people(
        [
            (f"{age}{n}", "m", age, 3, 0 if age == "48-53" else n % 2 + 1)
            for age in heads["age"]
            for n in range(6)
        ]
    )
    estimator, members = reviewed(table, heads)

    found = gaps.compare_worst(estimator.rows, members, seed=0)

    assert found is not None
    assert found.worst.name == "age=48-53"
    assert found.found.p < 0.01
    assert found.rest is not None
    assert found.rest.p > 0.5
    assert gaps.compare_worst(estimator.rows, members, seed=0) == found
    assert gaps.compare_worst(estimator.rows, members[:1], seed=0) is None
