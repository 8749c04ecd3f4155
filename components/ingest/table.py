"""Tables with the manifest's columns."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from schemas.tables import MANIFEST


def manifest_table(rows: int, columns: dict[str, Any]) -> pa.Table:
    """A table with every column of MANIFEST; columns that are not given are null."""
    arrays = [
        as_column(columns[field.name], field.type)
        if field.name in columns
        else pa.nulls(rows, field.type)
        for field in MANIFEST
    ]
    return pa.table(arrays, schema=MANIFEST)


def table_of_rows(rows: Sequence[Mapping[str, Any]]) -> pa.Table:
    """The rows as a manifest table; columns that a row does not give are null."""
    names = {name for row in rows for name in row}
    return manifest_table(len(rows), {name: [row.get(name) for row in rows] for name in names})


def as_column(values: Any, kind: pa.DataType) -> Any:
    """Values as an Arrow column of the type; an Arrow column is cast."""
    if isinstance(values, pa.Array | pa.ChunkedArray):
        return values if values.type == kind else values.cast(kind)
    return pa.array(values, kind)


def replace(table: pa.Table, **columns: Any) -> pa.Table:
    """The table with some columns replaced; their types and order stay."""
    for name, values in columns.items():
        index = table.schema.get_field_index(name)
        field = table.schema.field(index)
        table = table.set_column(index, field, as_column(values, field.type))
    return table


def as_mask(values: Any) -> npt.NDArray[np.bool_]:
    """A boolean column as an array; null is False."""
    return np.asarray(values.fill_null(False).to_numpy(zero_copy_only=False), np.bool_)
