"""Dictionary encoding of manifest rows: each distinct text of a column is processed once."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.labels.rejection_reasons import REASONS

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MALFORMED = ("malformed_line", "malformed_name")


class EncodedColumn(NamedTuple):
    """A text column as indices into its distinct texts."""

    codes: Integers  # -1 where the text is null.
    texts: pa.Array  # In the order of their first row.

    def text(self, row: int) -> str | None:
        """The text of one row."""
        code = int(self.codes[row])
        return None if code < 0 else self.texts[code].as_py()


class EncodedRows(NamedTuple):
    """The columns that the checks read; one item a manifest row."""

    table: pa.Table  # The rows themselves, for messages.
    well_formed: Mask
    faults: EncodedColumn
    ages: EncodedColumn  # As written.
    genders: EncodedColumn
    races: EncodedColumn
    folds: EncodedColumn
    files: EncodedColumn  # Label files.
    sources: EncodedColumn  # Source name: the key's first part.
    subjects: EncodedColumn
    photographers: EncodedColumn


_COLUMNS = {
    "faults": "fault",
    "ages": "age_text",
    "genders": "gender_text",
    "races": "race",
    "folds": "fold",
    "files": "source",
    "subjects": "subject",
    "photographers": "photographer",
}


def encode_rows(table: pa.Table) -> EncodedRows:
    """Encode the columns of some rows."""
    encoded = {name: encode(table[column]) for name, column in _COLUMNS.items()}
    well_formed = ~has_text(encoded["faults"], MALFORMED)
    return EncodedRows(
        table=table, well_formed=well_formed, sources=_sources(table["key"]), **encoded
    )


def _sources(keys: pa.ChunkedArray) -> EncodedColumn:
    """The source names; the common case of a single one is checked first."""
    if len(keys):
        name = keys[0].as_py().partition("/")[0]
        if pc.all(pc.starts_with(keys, name + "/")).as_py():
            return EncodedColumn(np.zeros(len(keys), np.int64), pa.array([name]))
    return encode(pc.replace_substring_regex(keys, r"(?s)/.*", ""))


def encode(column: pa.ChunkedArray) -> EncodedColumn:
    """Encode a text column."""
    if not len(column):
        return EncodedColumn(np.zeros(0, np.int64), pa.array([], pa.string()))
    encoded = pc.dictionary_encode(column).combine_chunks()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return EncodedColumn(codes.astype(np.int64), encoded.dictionary)


def has_text(column: EncodedColumn, texts: tuple[str, ...]) -> Mask:
    """Mask of the rows with one of the texts."""
    matches = pc.is_in(column.texts, pa.array(texts, pa.string())).to_numpy(zero_copy_only=False)
    return np.append(matches, False)[column.codes].astype(np.bool_)  # Code -1: the last item.


RANK = {reason: rank for rank, reason in enumerate(REASONS)}
NO_REASON = len(REASONS)  # Ranks after every reason.
