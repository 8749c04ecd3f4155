"""`facefold labels` without its command line: ingest and label rules, no TensorFlow."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, NamedTuple

from components.ingest.manifest import IngestOptions, manifest_tables
from components.ingest.sources.registry import (
    check_images,
    check_labels,
    source_notes,
    vocabularies,
)
from components.label_validator.label_report import LabelCounts, Share, Table
from components.label_validator.spill import SpillBuffer
from components.label_validator.validation import LabelValidation
from pipelines.label_texts import suggested_vocabulary, text_tables
from pipelines.local.preflight import check_output
from pipelines.own_files import check_replaceable
from pipelines.terminal import table
from schemas.config.blocks import Config
from schemas.errors import ConfigError
from schemas.files import atomic_path, is_disk_full, name_in_errors
from schemas.labels.small_classes import class_warnings
from schemas.slices import PEOPLE
from schemas.tables import MANIFEST_FILE, REJECTS_FILE, REPORT_FILE

FOLDER = "labels"  # In the run folder.
_NEAR_LISTED = 20  # Pairs of near repeats that the terminal shows.


class LabelsResult(NamedTuple):
    """The report, and the paths of the files."""

    report: LabelCounts
    files: dict[str, str]  # `manifest`, `rejects`, `report`, and `export` where there is one.
    warnings: tuple[str, ...] = ()  # Why `run` would fail, and classes with few faces.
    ignored_files: int = 0  # Files that systems add to folders, such as .DS_Store.


def run_labels(
    config: Config, *, labels_only: bool, progress: Callable[[int, int], None] | None = None
) -> LabelsResult:
    """Ingest and validate; write the tables and the report under `<output>/<name>/labels/`.

    Args:
      config: `folds`, `train` and `evaluate` are not checked.
      labels_only: ignore the images.
      progress: called with (images read, images).

    Raises:
      ConfigError: labels or images are missing, a header is wrong, there are no rows, or the
        output cannot be written.
    """
    folder = str(check_output(config) / FOLDER)
    names = {"manifest": MANIFEST_FILE, "rejects": REJECTS_FILE, "report": REPORT_FILE}
    files = {key: os.path.join(folder, name) for key, name in names.items()}
    for path in files.values():
        check_replaceable(path, "output")
    check_labels(config.data)
    if not labels_only:
        check_images(config.data)
    ignored: list[int] = []
    options = IngestOptions(
        labels_only=labels_only,
        dask_address=config.dask.address,
        progress=progress,
        ignored_files=ignored.append,
        images=config.images,
        near_repeats=config.labels.near_repeats != "off",
    )
    tables = manifest_tables(config.data, config.source_names, options)
    with writable(folder), SpillBuffer(folder) as buffer:
        validation = LabelValidation(config.labels, vocabularies(config))
        for table in tables:
            buffer.add(table)
            validation.add(table)
        _check_rows(config, buffer.rows)
        notes = source_notes(config.data, labels_only=labels_only)
        report = validation.write_outputs(
            buffer.tables, notes, lambda name: atomic_file(os.path.join(folder, name))
        )
    return LabelsResult(report, files, _warnings(report, config), sum(ignored))


def _check_rows(config: Config, rows: int) -> None:
    if not rows:
        places = ", ".join(repr(one.labels or one.images) for one in config.data)
        raise ConfigError(
            f"no rows left: {places} hold no labelled face, expected at least one; correct "
            "data.labels and data.images."
        )


@contextmanager
def writable(folder: str, key: str = "output") -> Iterator[None]:
    """Make a folder and write into it.

    Raises:
      ConfigError: the folder may not be written; names `key`.
      OSError: the disk is full; names the file or the folder.
    """
    try:
        with name_in_errors(folder):
            os.makedirs(folder, exist_ok=True)
            yield
    except OSError as error:
        if is_disk_full(error):
            raise
        raise ConfigError(
            f"{key}: {folder!r} cannot be written ({error.strerror or error}), expected a folder "
            f"with permission to write; correct {key}."
        ) from error


@contextmanager
def atomic_file(path: str) -> Iterator[IO[bytes]]:
    """A binary file that is whole or absent; after an error its old content stays."""
    with atomic_path(Path(path)) as unfinished, unfinished.open("wb") as file:
        yield file


def _warnings(report: LabelCounts, config: Config) -> tuple[str, ...]:
    if not report.accepted:
        return ("no rows left after the label rules, a run would fail; read the reject table",)
    warnings = []
    limit = config.labels.max_reject_share
    if report.reject_share > limit:
        shares = (
            f"{report.reject_share:.1%} of the unique rows are rejected, expected at most "
            f"{limit:.1%}"
        )
        warnings.append(
            f"{shares}, a run would fail; correct the labels or set labels.max_reject_share"
        )
    folds, least = tuple(report.by_fold), config.evaluate.min_images
    return (*warnings, *class_warnings(report.by_label, folds, config.folds.test, least))


def render_text(result: LabelsResult) -> str:
    """Tables, warnings and paths, as text."""
    lines = [f"warning: {warning}" for warning in result.warnings]
    if result.ignored_files:
        lines.append(f"ignored files: {result.ignored_files:,}, such as .DS_Store, no pictures")
    lines += [f"{name}: {path}" for name, path in result.files.items()]
    return "\n\n".join([*_tables(result.report), "\n".join(lines)]) + "\n"


def render_json(result: LabelsResult) -> str:
    """One JSON object: the report, `files`, counts and texts that are shown beside it."""
    more = {
        "ignored_files": result.ignored_files,
        "files": result.files,
        "warnings": list(result.warnings),
        "suggested_vocabulary": suggested_vocabulary(result.report),
    }
    return json.dumps(result.report.to_dict() | more, ensure_ascii=False)


def _tables(report: LabelCounts) -> list[str]:
    share = f"{report.reject_share:.1%} rejected without repeats"
    counts = f"rows {report.rows:,}, unique {report.unique:,}, accepted {report.accepted:,}"
    parts = [
        f"labels: policy {report.policy}, target {report.target}\n{counts}, {share}",
        _class_table(report.table, "accepted"),
        _class_table(report.subjects, "subjects"),
        _count_table("accepted by fold", report.by_fold),
        _count_table("repaired", report.repaired),
        _count_table("rejected", report.rejected),
        _near_table(report.near_repeats),
        *text_tables(report),
        _share_table(report.groups),
        "\n".join(f"note: {note}" for note in report.notes),
    ]
    return [part for part in parts if part]


def _class_table(counts: Table, title: str) -> str:
    """Counts by gender and age class."""
    if not counts:
        return ""
    rows = [[title, *next(iter(counts.values())), "all"]]
    for gender, by_age in counts.items():
        numbers = (*by_age.values(), sum(by_age.values()))
        rows.append([gender, *(f"{number:,}" for number in numbers)])
    return table(rows)


def _count_table(title: str, counts: dict[str, int]) -> str:
    if not counts:
        return ""
    rows = [[f"  {name}", f"{count:,}"] for name, count in counts.items()]
    rows.append(["  all", f"{sum(counts.values()):,}"])
    return f"{title}\n{table(rows)}"


def _near_table(near_repeats: dict[str, Any]) -> str:
    """Counts of near repeats, and the first pairs across folds; nothing without a pair."""
    if not near_repeats["pairs"]:
        return ""
    pairs, across = near_repeats["pairs"], near_repeats["across_folds"]
    lines = [
        [f"  {pair['first']}", pair["first_fold"], pair["second"], pair["second_fold"]]
        for pair in near_repeats["listed"][:_NEAR_LISTED]
    ]
    if across > len(lines):
        lines.append([f"  and {across - len(lines):,} more: report"])
    compared = f"of {near_repeats['compared']:,} pictures"
    title = f"near repeats: {pairs:,} pairs {compared}, {across:,} across folds"
    return "\n".join(filter(None, [title, table(lines, "l")]))


def _share_table(groups: dict[str, dict[str, Share]]) -> str:
    """Rejected rows by group: a rule that rejects one group more often is a bias of its own."""
    rows = [["share rejected", "rows", "rejected", "share"]]
    for column in PEOPLE:
        for name, share in groups.get(column, {}).items():
            counts = f"{share['rows']:,}", f"{share['rejected']:,}", f"{share['share']:.1%}"
            rows.append([f"  {column} {name}", *counts])
    return table(rows) if len(rows) > 1 else ""
