"""Writing a validation: the accepted manifest, the rejects and the report."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import IO, Any

from components.label_validator.validation import Validation
from schemas.records import (
    MANIFEST,
    MANIFEST_FILE,
    REJECTS,
    REJECTS_FILE,
    REPORT_FILE,
    write_table,
)

Open = Callable[[str], AbstractContextManager[IO[bytes]]]

# What each file holds: a function of the validation and an open binary file.
WRITERS: dict[str, Callable[[Validation, IO[bytes]], Any]] = {
    MANIFEST_FILE: lambda found, sink: write_table(found.accepted, sink, MANIFEST),
    REJECTS_FILE: lambda found, sink: write_table(found.rejects, sink, REJECTS),
    REPORT_FILE: lambda found, sink: sink.write(found.report.to_json().encode()),
}


def write_outputs(found: Validation, open_file: Open) -> None:
    """Write the three files; `open_file` opens one for writing bytes, by its name."""
    for name, write in WRITERS.items():
        with open_file(name) as sink:
            write(found, sink)
