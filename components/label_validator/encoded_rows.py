"""A block of the manifest as whole numbers: each text column encoded once, to judge a text once."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.labels.rejection_reasons import REASONS

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MALFORMED = ("malformed_line", "malformed_name")


class Codes(NamedTuple):
    """A text column as places in the list of its different texts."""

    codes: Integers  # -1 where the text is null.
    texts: pa.Array  # In the order of their first row.

    def text(self, place: int) -> str | None:
        """The text of one row."""
        code = int(self.codes[place])
        return None if code < 0 else self.texts[code].as_py()


class Rows(NamedTuple):
    """What the checks look at: one item a manifest row."""

    table: pa.Table  # The rows themselves, for the words of a rejection.
    well_formed: Mask
    faults: Codes
    ages: Codes  # As written.
    genders: Codes
    races: Codes
    folds: Codes
    files: Codes  # Label files.
    sources: Codes  # Source name: the key's first part.
    subjects: Codes
    photographers: Codes


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


def read_rows(block: pa.Table) -> Rows:
    """Encode a block's columns."""
    encoded = {name: encode(block[column]) for name, column in _COLUMNS.items()}
    well_formed = ~has_text(encoded["faults"], MALFORMED)
    return Rows(table=block, well_formed=well_formed, sources=_sources(block["key"]), **encoded)


def _sources(keys: pa.ChunkedArray) -> Codes:
    """The source names; mostly one for all, which is asked first."""
    if len(keys):
        name = keys[0].as_py().partition("/")[0]
        if pc.all(pc.starts_with(keys, name + "/")).as_py():
            return Codes(np.zeros(len(keys), np.int64), pa.array([name]))
    return encode(pc.replace_substring_regex(keys, r"(?s)/.*", ""))


def encode(column: pa.ChunkedArray) -> Codes:
    """The codes of a text column."""
    if not len(column):
        return Codes(np.zeros(0, np.int64), pa.array([], pa.string()))
    encoded = pc.dictionary_encode(column).combine_chunks()
    codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    return Codes(codes.astype(np.int64), encoded.dictionary)


def has_text(column: Codes, texts: tuple[str, ...]) -> Mask:
    """Which rows hold one of the texts."""
    chosen = pc.is_in(column.texts, pa.array(texts, pa.string())).to_numpy(zero_copy_only=False)
    return np.append(chosen, False)[column.codes].astype(np.bool_)  # -1: the appended one.


RANK = {reason: rank for rank, reason in enumerate(REASONS)}
NO_REASON = len(REASONS)  # Ranks after every reason.
