"""Information on a run with lost rows is refused."""

from collections.abc import Callable

import pytest

from components.bias_review.run_info import RunInfo
from schemas.errors import DataError
from schemas.row_counts import RowCounts


def test_run_info_refuses_a_stage_that_lost_rows(run_info: Callable[..., RunInfo]) -> None:
    with pytest.raises(DataError, match="images: 10 rows came in, but 7 accepted and 2 rejected"):
        run_info(accounting=(RowCounts("images", 10, 7, {"no_face": 2}),))
