"""Worst groups and gaps by hand."""

import random
from collections.abc import Callable

import pyarrow as pa
import pytest

from components.bias_review import gaps, groups
from components.bias_review.groups import Group
from components.bias_review.intervals import Estimate
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


def test_slice_gap_is_best_minus_worst_judged_group(people: Tables, heads: Heads) -> None:
    table = people(
        [
            ("a", "m", "0-2", 4, 4),
            ("b", "m", "0-2", 4, 3),  # 7 of 8
            ("c", "m", "4-6", 4, 1),
            ("d", "m", "4-6", 4, 3),  # 4 of 8
            ("e", "m", "8-12", 4, 0),
            ("f", "m", "8-12", 4, 1),  # 1 of 8
            ("g", "m", "15-20", 40, 0),  # One subject: not judged.
        ]
    )
    rows = merge([table], {"age": heads["age"]}, ["fold_4"]).heads[0]
    members = list(groups.slice_groups(rows, ("age",), CONFIG, 0))

    gap = gaps.slice_gap(rows, members, seed=0)

    assert gap is not None
    assert (gap.best, gap.worst, gap.gap.value) == ("age=0-2", "age=8-12", 0.75)
    assert gaps.slice_gap(rows, [members[0], members[3]], seed=0) is None


def test_gap_interval_draws_people_once_for_both_groups(people: Tables, heads: Heads) -> None:
    """Each person has faces in both groups; the loop resamples persons with all their faces."""
    dice = random.Random(2)
    persons = [(dice.randint(0, 6), dice.randint(0, 4)) for _ in range(25)]
    table = people(
        [(f"s{n}", "m", "4-6", 6, young) for n, (young, _) in enumerate(persons)]
        + [(f"s{n}", "m", "8-12", 4, old) for n, (_, old) in enumerate(persons)]
    )
    rows = merge([table], {"age": heads["age"]}, ["fold_4"]).heads[0]
    members = {group.name: group for group in groups.slice_groups(rows, ("age",), CONFIG, 0)}

    gap = gaps.gap_between(rows, members["age=4-6"], members["age=8-12"], seed=0).gap

    draws = []
    for _ in range(4_000):
        drawn = dice.choices(persons, k=25)
        draws.append(sum(a for a, _ in drawn) / 150 - sum(b for _, b in drawn) / 100)
    draws.sort()
    assert gap.method == "bootstrap"
    assert (gap.low, gap.high) == pytest.approx((draws[100], draws[3_900]), abs=0.025)


def test_gap_of_groups_that_are_all_right_claims_no_certainty(people: Tables, heads: Heads) -> None:
    table = people(
        [
            (f"{age}{n}", "m", age, 9, right)
            for n in range(3)
            for age, right in (("4-6", 9), ("8-12", 0))
        ]
    )
    rows = merge([table], {"age": heads["age"]}, ["fold_4"]).heads[0]
    members = list(groups.slice_groups(rows, ("age",), CONFIG, 0))

    gap = gaps.slice_gap(rows, members, seed=0)

    assert gap is not None
    assert (gap.gap.value, gap.gap.method) == (1.0, "combined")
    assert gap.gap.low is not None
    assert gap.gap.low < 0.5
