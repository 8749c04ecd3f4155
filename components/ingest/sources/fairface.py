"""Manifest rows of FairFace: a CSV row a face, its fold that of the file."""

from collections.abc import Iterator

import pyarrow as pa

from components.ingest.line_faults import shorten
from components.ingest.sources.csv_rows import read_files
from components.ingest.sources.fairface_files import FOLDS, as_csv, label_files
from components.ingest.sources.source_input import SourceInput
from components.ingest.table import replace


def read_rows(source: SourceInput) -> Iterator[pa.Table]:
    """The rows of both files; one that names an image of the other fold is malformed."""
    files = label_files(source.config)
    for table in read_files(source._replace(config=as_csv(source.config)), files):
        yield _with_wrong_folds(table)


def _with_wrong_folds(table: pa.Table) -> pa.Table:
    columns = {name: table[name].to_pylist() for name in ("path", "fold", "fault", "detail")}
    wrong = False
    for row, (path, fold) in enumerate(zip(columns["path"], columns["fold"], strict=True)):
        folder = (path or "").partition("/")[0]
        if folder in FOLDS and folder != fold:
            wrong = True
            columns["fault"][row] = "malformed_line"
            columns["detail"][row] = (
                f"{shorten(path)} is an image of {folder} among the labels of {fold}, expected "
                f"{fold}/...; correct or remove the line"
            )
    return replace(table, fault=columns["fault"], detail=columns["detail"]) if wrong else table
