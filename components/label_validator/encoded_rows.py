"""Dictionary encoding of manifest rows: each distinct text of a column is processed once."""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.labels.rejection_reasons import REASONS
from schemas.labels.vocabularies import LABELS, Reading, read_label

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

# Of the label texts of a source that names none.
PLAIN_VOCABULARY = "adience"

MALFORMED = ("malformed_line", "malformed_name")


class EncodedColumn(NamedTuple):
    """A text column as indices into its distinct texts."""

    codes: Integers  # -1 where the text is null.
    texts: pa.Array  # In the order of their first row.

    def text(self, row: int) -> str | None:
        """The text of one row."""
        code = int(self.codes[row])
        return None if code < 0 else self.texts[code].as_py()


class LabelColumn(NamedTuple):
    """A column of label texts as indices into its distinct texts, and their meanings."""

    codes: Integers  # -1 where the text is null.
    readings: list[Reading]  # A text is listed once for each vocabulary that reads it.

    def reading(self, row: int) -> Reading | None:
        """The reading of one row; None where the text is null."""
        code = int(self.codes[row])
        return None if code < 0 else self.readings[code]

    @property
    def meanings(self) -> EncodedColumn:
        """The meanings in place of the texts."""
        texts = pa.array([reading.meaning for reading in self.readings], pa.string())
        return EncodedColumn(self.codes, texts)


class EncodedRows(NamedTuple):
    """The columns that the checks read; one item a manifest row."""

    table: pa.Table  # The rows themselves, for messages.
    well_formed: Mask
    faults: EncodedColumn
    ages: LabelColumn
    genders: LabelColumn
    races: LabelColumn
    folds: EncodedColumn
    files: EncodedColumn  # Label files.
    sources: EncodedColumn  # Source name: the key's first part.
    subjects: EncodedColumn
    photographers: EncodedColumn


_COLUMNS = {
    "faults": "fault",
    "folds": "fold",
    "files": "source",
    "subjects": "subject",
    "photographers": "photographer",
}


def encode_rows(table: pa.Table, vocabularies: Mapping[str, str]) -> EncodedRows:
    """Encode the columns of some rows.

    Args:
      table: the rows, as schemas.tables.MANIFEST.
      vocabularies: {source name: vocabulary of its label texts}, PLAIN_VOCABULARY for others.
    """
    encoded = {name: encode(table[column]) for name, column in _COLUMNS.items()}
    sources = _sources(table["key"])
    ages, genders, races = (
        _read(encode(table[f"{label}_text"]), label, sources, vocabularies) for label in LABELS
    )
    return EncodedRows(
        table=table,
        well_formed=~has_text(encoded["faults"], MALFORMED),
        ages=ages,
        genders=genders,
        races=races,
        sources=sources,
        **encoded,
    )


def _read(
    column: EncodedColumn, label: str, sources: EncodedColumn, vocabularies: Mapping[str, str]
) -> LabelColumn:
    """Read each distinct text once by each vocabulary of its rows."""
    texts = column.texts.to_pylist()
    by_source = [vocabularies.get(name, PLAIN_VOCABULARY) for name in sources.texts.to_pylist()]
    if len(set(by_source)) <= 1:
        readings = [read_label(by_source[0], label, text) for text in texts]
        return LabelColumn(column.codes, readings)
    pairs = np.where(column.codes < 0, -1, sources.codes * len(texts) + column.codes)
    distinct, codes = np.unique(pairs, return_inverse=True)
    missing = int(len(distinct) > 0 and distinct[0] < 0)  # Sorts first.
    readings = [
        read_label(by_source[pair // len(texts)], label, texts[pair % len(texts)])
        for pair in distinct[missing:].tolist()
    ]
    return LabelColumn(codes - missing, readings)


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
