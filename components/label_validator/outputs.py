"""Writing a validation: the accepted manifest, the rejects and the report."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import IO

import pyarrow as pa

from components.label_validator.report import LabelReport
from components.label_validator.validation import Survey
from schemas.records import (
    MANIFEST,
    MANIFEST_FILE,
    REJECTS,
    REJECTS_FILE,
    REPORT_FILE,
    TableWriter,
)

Open = Callable[[str], AbstractContextManager[IO[bytes]]]


def write_outputs(
    survey: Survey, tables: Iterable[pa.Table], notes: Sequence[str], open_file: Open
) -> LabelReport:
    """Judge all rows and write the three files.

    Args:
      survey: that has seen the rows.
      tables: the same rows again.
      notes: sentences for the report.
      open_file: opens one file for writing bytes, by its name.
    """
    with (
        open_file(MANIFEST_FILE) as good,
        open_file(REJECTS_FILE) as bad,
        TableWriter(good, MANIFEST) as accepted,
        TableWriter(bad, REJECTS) as rejects,
    ):
        report = survey.judge(tables, notes, accepted.write, rejects.write)
    with open_file(REPORT_FILE) as file:
        file.write(report.to_json().encode())
    return report
