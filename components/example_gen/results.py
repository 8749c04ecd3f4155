"""The small results of the step, written where the last Beam step runs."""

import json
from typing import Any

from apache_beam.io.filesystem import CompressionTypes
from apache_beam.io.filesystems import FileSystems

from components.example_gen.report import Written, image_report, rejects_table
from schemas import records
from schemas.config import ImagesConfig


def write_results(
    _: None,
    rejected: list[dict[str, Any]],
    written: list[Written],
    rows: int,
    images: ImagesConfig,
    folders: tuple[str, str],
) -> None:
    """Write rejects and report to their folders."""
    rejects_uri, report_uri = folders
    plain = CompressionTypes.UNCOMPRESSED
    for folder in folders:
        if not FileSystems.exists(folder):
            FileSystems.mkdirs(folder)
    path = FileSystems.join(rejects_uri, records.REJECTS_FILE)
    with FileSystems.create(path, compression_type=plain) as file:
        records.write_table(rejects_table(rejected), file, records.REJECTS)
    report = image_report(rows, written, rejected, images)
    path = FileSystems.join(report_uri, records.REPORT_FILE)
    with FileSystems.create(path, compression_type=plain) as file:
        file.write(json.dumps(report, indent=1).encode())
