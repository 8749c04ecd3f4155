"""Groups against plain counting."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pytest

from components.bias_review import groups
from components.bias_review.groups import Group
from components.bias_review.measures.estimates import Estimator
from components.bias_review.predictions import HeadRows, merge
from schemas.config.blocks import EvaluateConfig
from schemas.labels.classes import RACE_TABLES, RACES
from schemas.metrics import METRICS

Tables = Callable[..., pa.Table]
Heads = dict[str, tuple[str, ...]]
FOLDS = ("fold_0", "fold_1", "fold_2", "fold_4")
CONFIG = EvaluateConfig(min_images=8, min_subjects=3)


def head_rows(table: pa.Table, heads: Heads, head: str) -> HeadRows:
    merged = merge([table], {head: heads[head]}, FOLDS)
    return merged.heads[0]


def of_slice(
    table: pa.Table, heads: Heads, columns: Sequence[str], config: EvaluateConfig = CONFIG
) -> dict[str, Group]:
    """Groups of the age head by name."""
    only = table.filter(pa.compute.equal(table["head"], "age"))
    rows = head_rows(only, heads, "age")
    return {
        group.name: group for group in groups.slice_groups(Estimator(rows), tuple(columns), config)
    }


@pytest.mark.parametrize(
    "columns",
    [("fold",), ("gender",), ("race", "age"), ("fold", "gender"), ("blur",), ("gender", "blur")],
)
def test_groups_agree_with_plain_counting(
    crowd: Tables, heads: Heads, columns: tuple[str, ...]
) -> None:
    table = crowd(2)

    by_name = of_slice(table, heads, columns)

    counted: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in table.to_pylist():
        if row["head"] == "age":
            counted[" x ".join(f"{name}={row[name]}" for name in columns)].append(row)
    assert {name for name, group in by_name.items() if group.images} == set(counted)
    for name, rows in counted.items():
        group = by_name[name]
        away = [row["predicted"] - row["label"] for row in rows]
        assert group.images == len(rows)
        assert group.subjects == len({row["subject"] for row in rows})
        expected = {
            "accuracy": away.count(0) / len(rows),
            "one_off": sum(-1 <= distance <= 1 for distance in away) / len(rows),
            "error": sum(away) / len(rows),
            "absolute_error": sum(map(abs, away)) / len(rows),
        }
        assert {name: group.metrics[name].value for name in expected} == pytest.approx(expected)
        assert list(group.metrics) == list(METRICS)


def test_one_off_and_errors_are_for_ordered_classes_only(crowd: Tables, heads: Heads) -> None:
    table = crowd(2)
    only = table.filter(pa.compute.equal(table["head"], "gender"))

    group = groups.overall(Estimator(head_rows(only, heads, "gender")), CONFIG)

    assert "accuracy" in group.metrics
    assert not {"one_off", "error", "absolute_error"} & set(group.metrics)
    assert not any(METRICS[name].needs_order for name in group.metrics)


@pytest.mark.parametrize(
    ("people_rows", "why_not"),
    [
        ([("a", 4), ("b", 2), ("c", 2)], ""),
        ([("a", 3), ("b", 2), ("c", 2)], "too few to judge: 7 of 8 images"),
        ([("a", 9), ("b", 9)], "too few to judge: 2 of 3 subjects"),
        ([("a", 1)], "too few to judge: 1 of 8 images and 1 of 3 subjects"),
    ],
    ids=["just enough", "one image short", "one subject short", "both"],
)
def test_small_groups_are_listed_and_not_judged(
    people: Tables, heads: Heads, people_rows: list[tuple[str, int]], why_not: str
) -> None:
    table = people([(name, "m", "4-6", images, 1) for name, images in people_rows])

    group = of_slice(table, heads, ("gender",))["gender=m"]

    assert (group.why_not, group.judged) == (why_not, not why_not)


def test_unknown_is_shown_and_never_judged(people: Tables, heads: Heads) -> None:
    table = people([(f"s{n}", "unknown", "4-6", 50, 1) for n in range(20)])

    for columns in (("gender",), ("gender", "age"), ("age", "race")):
        shown = [group for group in of_slice(table, heads, columns).values() if group.images]
        assert [(group.images, group.judged) for group in shown] == [(1000, False)]
        assert shown[0].why_not == "value unknown"


def test_groups_without_a_face_are_listed(people: Tables, heads: Heads) -> None:
    table = people([("a", "m", "4-6", 3, 1), ("b", "unknown", "0-2", 3, 1)])

    by_name = of_slice(table, heads, ("gender", "age"))

    known = [f"gender={gender} x age={age}" for gender in ("m", "f") for age in heads["age"]]
    assert list(by_name) == [*known, "gender=unknown x age=0-2"]
    missing = by_name["gender=f x age=60-100"]
    assert (missing.images, missing.accuracy, missing.judged) == (0, None, False)


def test_values_come_in_the_order_of_their_classes(crowd: Tables, heads: Heads) -> None:
    table = crowd(2)

    assert list(of_slice(table, heads, ("gender",))) == ["gender=m", "gender=f", "gender=unknown"]
    assert [group.values[0] for group in of_slice(table, heads, ("age",)).values()] == list(
        heads["age"]
    )
    only = table.filter(pa.compute.equal(table["head"], "gender"))
    assert groups.value_order("age", head_rows(only, heads, "gender")) == list(heads["age"])


def test_buckets_that_have_a_face_come_in_the_order_of_their_numbers(
    crowd: Tables, heads: Heads
) -> None:
    buckets = [group.values[0] for group in of_slice(crowd(2), heads, ("blur",)).values()]

    assert buckets == ["under 25", "25-49", "100-199", "from 1600", "unknown"]


def test_a_group_depends_on_the_other_groups_by_their_correlation_alone(
    crowd: Tables, heads: Heads
) -> None:
    table = crowd(4)
    alone = table.filter(pa.compute.equal(table["age"], "8-12"))

    among = of_slice(table, heads, ("age",))["age=8-12"]
    by_itself = of_slice(alone, heads, ("age",))["age=8-12"]

    assert {name: found.value for name, found in among.metrics.items()} == {
        name: found.value for name, found in by_itself.metrics.items()
    }
    assert among.metrics["error"] == by_itself.metrics["error"]  # A mean needs no correlation.


def test_photographers_decide_where_ten_are_known_and_they_differ(
    people: Tables, heads: Heads
) -> None:
    def overall(photographers: int) -> str:
        tables = [
            people([(f"s{n}", "m", "4-6", 1, int(n % photographers < photographers / 2))],
                   photographer=f"p{n % photographers}")
            for n in range(60)
        ]  # fmt: skip
        rows = head_rows(pa.concat_tables(tables), heads, "age")
        return groups.overall(Estimator(rows), CONFIG).metrics["accuracy"].method

    assert overall(10) == "wilson by photographer"
    assert overall(9) == "wilson by subject"


@pytest.mark.parametrize(
    ("present", "listed"),
    [
        (("white", "indian"), RACES),
        (("east_asian", "white", "middle_eastern"), tuple(RACE_TABLES["fairface7"])),
    ],
)
def test_the_races_of_the_faces_own_table_are_listed(
    crowd: Tables, heads: Heads, present: tuple[str, ...], listed: tuple[str, ...]
) -> None:
    table = crowd(2)
    column = table.schema.get_field_index("race")
    names = pa.array([present[row % len(present)] for row in range(table.num_rows)])
    table = table.set_column(column, table.schema.field(column), names)
    only = table.filter(pa.compute.equal(table["head"], "age"))

    assert groups.value_order("race", head_rows(only, heads, "age")) == list(listed)
