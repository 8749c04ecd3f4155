"""Export of the accepted labels to one file, for other frameworks."""

import os
from collections.abc import Callable, Iterator
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv
import pyarrow.parquet as pq

from components.ingest.sources.registry import SOURCES
from pipelines.own_files import check_replaceable
from pipelines.validate_labels import LabelsResult, atomic_file, writable
from schemas.config.blocks import Config
from schemas.csv_cells import EXPORT_COLUMNS, STARTS_LIKE_A_FORMULA, escape_row
from schemas.errors import ConfigError
from schemas.labels import two_hot
from schemas.labels.classes import class_names, heads
from schemas.parquet import read_blocks

_BLOCK_ROWS = 1 << 16
_LABELS = EXPORT_COLUMNS[1:]

COLUMNS = pa.schema([(name, pa.string()) for name in EXPORT_COLUMNS])

Tables = Iterator[pa.Table]


def check_export_file(config: Config, folder: str, form: str) -> None:
    """Check that an export replaces neither a label file of the config nor a file of others.

    Raises:
      ConfigError: it would.
    """
    path = os.path.join(folder, FORMS[form][0])
    for data in config.data:
        for file in SOURCES[data.dataset].label_files(data):
            if os.path.exists(path) and os.path.samefile(path, file.path):
                raise ConfigError(
                    f"--export: {path!r} is a label file of this config, expected another folder: "
                    "the export would replace it. Set another --export."
                )
    check_replaceable(path, "--export")


def export_labels(config: Config, result: LabelsResult, folder: str, form: str) -> str:
    """Write the accepted rows of a result in a form of FORMS, and return the path of the file.

    The config's image folders are joined to the paths of the images.

    Raises:
      ConfigError: the folder cannot be written.
    """
    name, write = FORMS[form]
    path = os.path.join(folder, name)
    with (
        writable(folder, "--export"),
        atomic_file(path) as sink,
        open(result.files["manifest"], "rb") as rows,
    ):
        write((_columns(config, block) for block in read_blocks(rows, _BLOCK_ROWS)), sink, config)
    return path


def _columns(config: Config, block: pa.Table) -> pa.Table:
    """The columns of an export; `image` is the path of the image file."""
    image = block["path"]
    for name, data in zip(config.source_names, config.data, strict=True):
        if data.images:
            joined = pc.binary_join_element_wise(data.images.rstrip("/"), block["path"], "/")
            image = pc.if_else(pc.starts_with(block["key"], f"{name}/"), joined, image)
    return pa.table([image, *(block[name] for name in _LABELS)], schema=COLUMNS)


def _write_csv(tables: Tables, sink: IO[bytes], config: Config) -> None:
    del config
    with pv.CSVWriter(sink, COLUMNS) as writer:
        for table in tables:
            cells = [_escaped(column) for column in table.columns]
            writer.write_table(pa.table(cells, schema=COLUMNS))


def _escaped(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The texts of a column, safe to open in a spreadsheet."""
    if not pc.any(pc.match_substring_regex(column, STARTS_LIKE_A_FORMULA)).as_py():
        return column
    return pa.chunked_array([escape_row(column.to_pylist())], pa.string())


def _write_parquet(tables: Tables, sink: IO[bytes], config: Config) -> None:
    del config
    with pq.ParquetWriter(sink, COLUMNS, compression="zstd") as writer:
        for table in tables:
            writer.write_table(table)


def _write_npz(tables: Tables, sink: IO[bytes], config: Config) -> None:
    """Texts, and class indices in the order of `<label>_classes`; -1 for a missing label."""
    table = _whole(tables)
    arrays: dict[str, Any] = {name: _texts(table[name]) for name in COLUMNS.names}
    for label in ("age", "gender", "race"):
        names = class_names(label, config.labels.tables)
        arrays[f"{label}_classes"] = np.array(names)
        arrays[f"{label}_class"] = _indices(table[label], names)
    np.savez_compressed(sink, **arrays)


def _write_two_hot(tables: Tables, sink: IO[bytes], config: Config) -> None:
    """`vectors`: uint8, a row a face, one 1 among the ages and one among the genders."""
    table = _whole(tables)
    classes = config.labels.tables
    columns = np.array(two_hot.columns(classes))
    vectors = np.zeros((table.num_rows, len(columns)), np.uint8)
    rows = np.arange(table.num_rows)
    for label, (start, _) in two_hot.parts(heads(two_hot.PAIR_TARGET, classes)).items():
        vectors[rows, start + _indices(table[label], class_names(label, classes))] = 1
    np.savez_compressed(sink, image=_texts(table["image"]), vectors=vectors, columns=columns)


def _whole(tables: Tables) -> pa.Table:
    return pa.concat_tables([COLUMNS.empty_table(), *tables])


def _texts(column: pa.ChunkedArray) -> Any:
    """Fixed-width text, which numpy loads without pickle."""
    return np.array(column.fill_null("").to_pylist(), np.str_)


def _indices(column: pa.ChunkedArray, names: tuple[str, ...]) -> Any:
    indices = pc.index_in(column, pa.array(names))
    return indices.fill_null(-1).to_numpy().astype(np.int64)


# Form to (file name, writer). The names alone: pipelines.cli.labels.FORMS.
FORMS: dict[str, tuple[str, Callable[[Tables, IO[bytes], Config], None]]] = {
    "csv": ("labels.csv", _write_csv),
    "parquet": ("labels.parquet", _write_parquet),
    "npz": ("labels.npz", _write_npz),
    "two_hot": ("two_hot.npz", _write_two_hot),
}
