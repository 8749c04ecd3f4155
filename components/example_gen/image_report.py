"""Results of the image step: the rejects and the report."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, BinaryIO

import pyarrow as pa
from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from components.example_gen.shards import WrittenShard
from schemas import parquet, tables
from schemas.config.blocks import ImagesConfig
from schemas.config.serialization import dump
from schemas.errors import DataError
from schemas.labels.rejection_reasons import STAGE_IMAGES
from schemas.row_counts import RowCounts, check_share


def rejects_table(rejects: Iterable[Mapping[str, Any]]) -> pa.Table:
    """Rejected rows as a table of schemas.tables.REJECTS, sorted by key."""
    ordered = sorted(rejects, key=lambda row: row["key"])
    return pa.Table.from_pylist([dict(row) for row in ordered], schema=tables.REJECTS)


def image_report(
    rows: int,
    written: Iterable[WrittenShard],
    rejects: Iterable[Mapping[str, Any]],
    images: ImagesConfig,
) -> dict[str, Any]:
    """The step's report, which repeats the image settings; `rows` is the number of input rows."""
    by_fold: Counter[str] = Counter()
    without_face = 0
    for shard in written:
        by_fold[shard.fold] += shard.faces
        without_face += shard.without_face
    return {
        "rows": rows,
        "accepted": by_fold.total(),
        "rejected": dict(Counter(sorted(row["reason"] for row in rejects)).most_common()),
        "by_fold": dict(sorted(by_fold.items())),
        "without_face": without_face,
        "images": json.loads(dump(images)),
    }


def check_report(
    report: Mapping[str, Any], labels: Mapping[str, Any], folds: Sequence[str], limit: float
) -> None:
    """Check the row counts, that every expected fold has faces, and the share of rejects.

    Args:
      report: of `image_report`.
      labels: the label step's report; its `unique` counts the rows of the run without repeats.
      folds: folds that must have faces.
      limit: labels.max_reject_share.

    Raises:
      DataError: a check fails.
    """
    rejected = sum(report["rejected"].values())
    RowCounts(STAGE_IMAGES, report["rows"], report["accepted"], report["rejected"]).check()
    check_share(labels["unique"] - labels["accepted"] + rejected, labels["unique"], limit)
    if empty := [fold for fold in folds if not report["by_fold"].get(fold)]:
        raise DataError(
            f"{', '.join(empty)}: no usable face, expected some in each of {', '.join(folds)}. "
            f"All faces of a person are in one fold; the accepted ones are of {_people(labels)}. "
            f"Images rejected by reason: {json.dumps(report['rejected'])}."
        )


def _people(labels: Mapping[str, Any]) -> str:
    counts = labels["people"].items()
    return " and ".join(f"{count} {role}{'' if count == 1 else 's'}" for role, count in counts)


def write_results(
    _: None,
    rejected: list[dict[str, Any]],
    written: list[WrittenShard],
    rows: int,
    images: ImagesConfig,
    folders: tuple[str, str],
) -> None:
    """Write rejects and report; `folders` are theirs, in this order."""
    rejects_uri, report_uri = folders
    with _create(rejects_uri, tables.REJECTS_FILE) as file:
        parquet.write_table(rejects_table(rejected), file, tables.REJECTS)
    report = image_report(rows, written, rejected, images)
    with _create(report_uri, tables.REPORT_FILE) as file:
        file.write(json.dumps(report, indent=1).encode())


def _create(folder: str, name: str) -> BinaryIO:
    try:
        FileSystems.mkdirs(folder)
    except OSError:
        if not FileSystems.exists(folder):
            raise
    path = FileSystems.join(folder, name)
    file: BinaryIO = FileSystems.create(path, compression_type=CompressionTypes.UNCOMPRESSED)
    return file
