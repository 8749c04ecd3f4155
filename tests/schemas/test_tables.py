"""Parquet tables: typed, complete, and equal bytes for equal rows."""

import io
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pytest

from schemas.parquet import read_table, write_table
from schemas.prediction_table import PREDICTIONS
from schemas.tables import MANIFEST, REJECTS

SCHEMAS = {"manifest": MANIFEST, "rejects": REJECTS, "predictions": PREDICTIONS}


VALUES: dict[str, Callable[[int], Any]] = {
    "string": lambda number: f"é{number}",
    "float": lambda number: number + 0.5,
    "list<item: float>": lambda number: [number + 0.5, 0.25],
    "int64": int,
    "int32": int,
}


def rows(schema: pa.Schema, count: int = 3) -> pa.Table:
    columns: dict[str, list[Any]] = {
        field.name: [VALUES[str(field.type)](number) for number in range(count)] for field in schema
    }
    return pa.table(columns, schema=schema)


def written(table: pa.Table, schema: pa.Schema) -> bytes:
    sink = io.BytesIO()
    write_table(table, sink, schema)
    return sink.getvalue()


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_a_table_is_read_back_with_its_types_and_version(schema: pa.Schema) -> None:
    found = read_table(io.BytesIO(written(rows(schema), schema)))

    assert found.equals(rows(schema))
    assert found.schema.equals(schema, check_metadata=True)


@pytest.mark.parametrize("schema", SCHEMAS.values(), ids=SCHEMAS)
def test_equal_rows_give_equal_bytes_whatever_their_chunks(schema: pa.Schema) -> None:
    table = rows(schema)
    in_pieces = pa.concat_tables([table.slice(0, 1), table.slice(1)])
    turned = table.select(schema.names[::-1])
    with_more = table.append_column("more", pa.array([1, 2, 3])).replace_schema_metadata({"a": "b"})

    bytes_of = {written(given, schema) for given in (table, in_pieces, turned, with_more)}

    assert len(bytes_of) == 1


def test_an_empty_table_is_written_and_read() -> None:
    empty = MANIFEST.empty_table()

    assert read_table(io.BytesIO(written(empty, MANIFEST))).num_rows == 0


@pytest.mark.parametrize("column", ["key", "path", "content_hash", "line"])
def test_a_missing_column_is_refused_by_name(column: str) -> None:
    with pytest.raises(KeyError, match=column):
        written(rows(MANIFEST).drop([column]), MANIFEST)


def test_a_column_of_an_incompatible_type_is_refused() -> None:
    table = rows(MANIFEST)
    place = table.schema.get_field_index("line")

    with pytest.raises(pa.ArrowInvalid):
        written(table.set_column(place, "line", pa.array(["one", "two", "three"])), MANIFEST)


@pytest.mark.parametrize("column", ["key", "fold", "source", "line"])
def test_a_null_in_a_required_column_is_refused(column: str) -> None:
    table = rows(MANIFEST)
    place = table.schema.get_field_index(column)
    holed = pa.array([None] * 3, MANIFEST.field(column).type)

    with pytest.raises((pa.ArrowInvalid, ValueError)):
        written(table.set_column(place, pa.field(column, holed.type), holed), MANIFEST)


def test_only_the_wanted_columns_are_read() -> None:
    found = read_table(io.BytesIO(written(rows(MANIFEST), MANIFEST)), columns=["line", "key"])

    assert set(found.column_names) == {"line", "key"}


def test_rejects_have_the_columns_of_the_manifest_and_the_reason() -> None:
    assert REJECTS.names == [*MANIFEST.names, "reason", "stage"]
