"""Elements and parts of the two-hot vector."""

import pytest

from schemas.labels.classes import heads
from schemas.labels.two_hot import columns, parts


def test_the_vector_is_the_ages_and_then_the_genders() -> None:
    assert columns("adience8") == (
        "0-2", "4-6", "8-12", "15-20", "25-32", "38-43", "48-53", "60-100", "m", "f",
    )  # fmt: skip
    assert len(columns("seven")) == 9


@pytest.mark.parametrize(("table", "ages"), [("adience8", 8), ("seven", 7)])
def test_the_parts_are_those_of_the_target_s_heads(table: str, ages: int) -> None:
    assert parts(heads("age_gender", table)) == {"age": (0, ages), "gender": (ages, ages + 2)}
