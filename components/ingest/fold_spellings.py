"""The folds of all sources: names that cannot be folds, and one name in two spellings (light)."""

from components.ingest.label_files import UNKNOWN_FOLD
from components.ingest.line_faults import shorten
from schemas.folds import EXPECTED_NAME, is_fold_name


class FoldSpellings:
    """Fold names in the order in which they are read.

    The first spelling of a name holds: some file systems know no difference of case.
    """

    def __init__(self) -> None:
        self._first = {UNKNOWN_FOLD.casefold(): (UNKNOWN_FOLD, "no fold")}

    @property
    def folds(self) -> tuple[str, ...]:
        """The names that can be folds, sorted."""
        return tuple(sorted({fold for fold, _ in self._first.values()} - {UNKNOWN_FOLD}))

    def add(self, fold: str, place: str) -> str | None:
        """Add a name that was read at a place, and return its fault, None if it is a fold."""
        if not is_fold_name(fold):
            return f"the fold {shorten(fold)}, expected {EXPECTED_NAME}"
        spelling, first = self._first.setdefault(fold.casefold(), (fold, place))
        if fold != spelling:
            return f"the fold {fold!r}, expected {spelling!r} as in {first}: they differ in case"
        return None
