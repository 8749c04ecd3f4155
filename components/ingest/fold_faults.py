"""Fold faults: rows whose fold cannot be one."""

import numpy as np
import pyarrow as pa

from components.ingest.fold_spellings import FoldSpellings
from components.ingest.label_files import UNKNOWN_FOLD
from components.ingest.table import replace


def add_bad_folds(table: pa.Table, spellings: FoldSpellings) -> pa.Table:
    """Set the fault `malformed_line` on rows whose fold cannot be one; their fold is unknown.

    Args:
      table: manifest rows in the order in which they were read.
      spellings: takes the folds of the table.
    """
    folds = table["fold"].combine_chunks().dictionary_encode()
    codes = folds.indices.to_numpy()
    names = folds.dictionary.to_pylist()
    # Codes are given in the order of first rows, so each of those has a code above all before it.
    firsts = np.flatnonzero(np.diff(np.maximum.accumulate(codes), prepend=-1))
    faults = [
        spellings.add(name, f"{table['source'][row]}:{table['line'][row]}")
        for name, row in zip(names, firsts.tolist(), strict=True)
    ]
    wrong = np.array([fault is not None for fault in faults], np.bool_)
    if not wrong.any():
        return table
    bad = wrong[codes]
    columns = {name: table[name].to_numpy().copy() for name in ("fold", "fault", "detail")}
    for row in np.flatnonzero(bad):
        columns["detail"][row] = f"{faults[codes[row]]}; correct the line"
    columns["fold"][bad], columns["fault"][bad] = UNKNOWN_FOLD, "malformed_line"
    return replace(table, **columns)
