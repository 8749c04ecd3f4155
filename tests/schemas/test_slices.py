"""Slices of the config."""

from typing import Any

import pytest

from schemas.errors import ConfigError
from schemas.slices import slice_columns


@pytest.mark.parametrize(
    ("slices", "message"),
    [
        (("photographer",), "photographer, expected one or more different columns of fold"),
        ((("gender", "subject"),), "gender x subject, expected"),
        ((("age", "age"),), "age x age, expected"),
        (((),), "an empty slice"),
        (("age", "age"), "has age twice"),
        ((("age", "gender"), ("gender", "age")), "has age x gender twice"),
    ],
)
def test_slices_of_single_people_and_double_slices_are_refused(slices: Any, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        slice_columns(slices)
