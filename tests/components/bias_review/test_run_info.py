"""Facts refuse lost rows."""

from collections.abc import Callable

import pytest

from components.bias_review.run_info import ReviewFacts
from schemas.errors import DataError
from schemas.row_counts import RowCounts


def test_facts_refuse_a_stage_that_lost_rows(facts: Callable[..., ReviewFacts]) -> None:
    with pytest.raises(DataError, match="images: 10 rows came in, but 7 accepted and 2 rejected"):
        facts(accounting=(RowCounts("images", 10, 7, {"no_face": 2}),))
