"""The manifest as whole numbers: each text column encoded once, so that rows compare fast."""

from typing import NamedTuple

import dask
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from schemas.reasons import REASONS

Integers = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

MALFORMED = ("malformed_line", "malformed_name")


class Codes(NamedTuple):
    """A text column as places in the list of its different texts."""

    codes: Integers  # -1 where the text is null.
    texts: pa.Array  # In the order of their first row.


class Rows(NamedTuple):
    """What the checks look at: one item a manifest row."""

    table: pa.Table  # The manifest itself, for the words of a rejection.
    well_formed: Mask
    faults: Codes
    faces: Codes  # The key.
    contents: Codes  # -1 where nothing was read or what was read is no picture.
    ages: Codes  # As written.
    genders: Codes
    races: Codes
    folds: Codes
    sources: Codes  # Source name: the key's first part.
    subjects: Codes
    photographers: Codes

    @property
    def labels(self) -> Integers:
        """One number for each combination of labels as written."""
        return join_codes(join_codes(self.ages.codes, self.genders.codes), self.races.codes)


_COLUMNS = {
    "faults": "fault",
    "faces": "key",
    "contents": "content_hash",
    "ages": "age_text",
    "genders": "gender_text",
    "races": "race",
    "folds": "fold",
    "sources": "source_name",
    "subjects": "subject",
    "photographers": "photographer",
}


def read_rows(manifest: pa.Table) -> Rows:
    """Encode a manifest's columns, each in a task of its own."""
    columns = {name: manifest[name] for name in _COLUMNS.values() if name in manifest.column_names}
    columns["source_name"] = pc.replace_substring_regex(manifest["key"], r"(?s)/.*", "")
    task = dask.delayed(encode, pure=False)
    results = dask.compute(
        *(task(columns[column]) for column in _COLUMNS.values()), scheduler="threads"
    )
    encoded = dict(zip(_COLUMNS, results, strict=True))
    faults = encoded["faults"]
    unreadable = has_text(faults, ("image_unreadable",))
    contents = encoded["contents"]
    encoded["contents"] = contents._replace(codes=np.where(unreadable, -1, contents.codes))
    return Rows(table=manifest, well_formed=~has_text(faults, MALFORMED), **encoded)


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


def join_codes(left: Integers, right: Integers) -> Integers:
    """One code for each pair of codes; both may be -1 (null), which is a value of its own."""
    width = int(right.max(initial=-1)) + 2
    return (left + 1) * width + right + 1


def first_places(codes: Integers) -> Integers:
    """For each item, the place of the first item with the same code."""
    _, first, inverse = np.unique(codes, return_index=True, return_inverse=True)
    return first[inverse].astype(np.int64)


RANK = {reason: rank for rank, reason in enumerate(REASONS)}
NO_REASON = len(REASONS)  # Ranks after every reason.
