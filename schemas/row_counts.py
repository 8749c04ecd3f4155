"""Row counts of a step: rows in == accepted + rejected, each rejection under its reason."""

from typing import NamedTuple

from schemas.errors import DataError


class RowCounts(NamedTuple):
    """Rows that a step took, accepted and rejected."""

    stage: str  # STAGE_LABELS or STAGE_IMAGES of schemas/labels/rejection_reasons.py.
    rows: int
    accepted: int
    rejected: dict[str, int]  # By reason.

    def check(self) -> None:
        """Raise DataError if a row was lost or counted twice."""
        total = self.accepted + sum(self.rejected.values())
        if total != self.rows:
            raise DataError(
                f"{self.stage}: {self.rows} rows came in, but {self.accepted} accepted and "
                f"{total - self.accepted} rejected make {total}: a bug of this program."
            )


def check_share(rejected: int, rows: int, limit: float) -> None:
    """Raise DataError if more than `limit` (a share in [0, 1]) of the rows are rejected.

    Repeats, which lose no face, are to be counted in neither number.
    """
    if rejected > limit * rows:
        raise DataError(
            f"{rejected} of {rows} unique rows are rejected, more than "
            f"labels.max_reject_share={limit}. See `facefold labels` for the reasons; "
            "correct the data or raise the share."
        )
