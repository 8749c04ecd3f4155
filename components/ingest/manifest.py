"""The manifest: the rows of every source, with the faults and contents of their images."""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import chain
from typing import NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from components.ingest.fold_faults import add_bad_folds
from components.ingest.fold_spellings import FoldSpellings
from components.ingest.images.contents import (
    Content,
    Progress,
    ReadRules,
    read_contents,
    refuse_undecodable,
)
from components.ingest.images.image_faults import (
    add_faults,
    add_missing,
    add_outside,
    positions_in,
    readable_names,
)
from components.ingest.images.image_index import ImageIndex, index_images
from components.ingest.label_files import content_fold
from components.ingest.scheduler import scheduler
from components.ingest.sources.registry import SOURCES, check_image_root, fold_spellings
from components.ingest.sources.source_input import SourceInput
from components.ingest.table import manifest_table, replace
from schemas.config.blocks import DataConfig, ImagesConfig
from schemas.errors import ConfigError
from schemas.labels.rejection_reasons import REASONS
from schemas.labels.vocabularies import LABELS
from schemas.task_stream import Compute


class IngestOptions(NamedTuple):
    """How the sources are read."""

    labels_only: bool = False  # Read no images; folds that need their contents are unknown.
    dask_address: str | None = None  # Of a Dask scheduler; None for threads of this process.
    progress: Progress | None = None  # Receives (images read, images in total).
    ignored_files: Callable[[int], None] | None = None  # Receives the number of files passed over.
    images: ImagesConfig = ImagesConfig()  # The limits: bytes, pixels, smallest side.
    near_repeats: bool = True  # Whether pictures are decoded for their near hashes.


def manifest_tables(
    data: Sequence[DataConfig], source_names: Sequence[str], options: IngestOptions
) -> Iterator[pa.Table]:
    """Read every source: one row a labelled face, in the order of sources, files and lines.

    With `labels_only` few tables are in memory at a time. Otherwise all are, because the image
    index is too, and each image is read once for all the rows that name it.

    Args:
      data: the sources.
      source_names: a unique name of each, the first part of its rows' keys.
      options: see there.

    Yields:
      Tables of `schemas.tables.MANIFEST`; the rows do not depend on blocks and threads.

    Raises:
      ConfigError: label files or an image folder are missing, a header is wrong, or a label file
        names no usable fold.
    """
    spellings = fold_spellings(data)
    indexes = _index_roots(data, options)
    if options.ignored_files:
        options.ignored_files(sum(index.ignored for index in indexes.values()))
    with scheduler(options.dask_address) as compute:
        sources = (
            read_rows(SourceInput(config, name, indexes.get(config.images), compute), spellings)
            for config, name in zip(data, source_names, strict=True)
        )
        if options.labels_only:
            yield from chain.from_iterable(sources)
        else:
            tables = [pa.concat_tables([manifest_table(0, {}), *source]) for source in sources]
            yield from _add_images(data, tables, indexes, compute, options)


def read_rows(source: SourceInput, spellings: FoldSpellings) -> Iterator[pa.Table]:
    """The rows of one source, as tables; the checks of every reader's rows are here."""
    module = f"components.ingest.sources.{SOURCES[source.config.dataset].reader}"
    for table in import_module(module).read_rows(source):
        _check_reader(table, module)
        yield add_outside(add_bad_folds(table, spellings))


def _check_reader(table: pa.Table, module: str) -> None:
    """Raise ConfigError on a row with an unknown fault or without a required column."""
    unknown = set(pc.unique(table["fault"]).to_pylist()) - {None, *REASONS}
    if unknown:
        raise ConfigError(
            f"{module}: a row has the fault {min(unknown)!r}, expected one of {', '.join(REASONS)} "
            "(schemas/labels/rejection_reasons.py); correct the reader."
        )
    for label in LABELS:
        if table[label].null_count < table.num_rows:
            raise ConfigError(
                f"{module}: a row has a {label!r}, expected the text of its label file as "
                f"'{label}_text', which the label step reads; correct the reader."
            )
    for field in table.schema:
        if not field.nullable and table[field.name].null_count:
            raise ConfigError(
                f"{module}: a row has no {field.name!r}, which schemas/tables.py requires of every "
                "row; correct the reader."
            )


def _index_roots(
    data: Sequence[DataConfig], options: IngestOptions
) -> dict[str | None, ImageIndex]:
    roots = dict.fromkeys(
        check_image_root(source)
        for source in data
        if not options.labels_only or SOURCES[source.dataset].labels_in_names
    )
    return {root: index_images(root, options.images.links) for root in roots}


def _add_images(
    data: Sequence[DataConfig],
    tables: list[pa.Table],
    indexes: dict[str | None, ImageIndex],
    compute: Compute,
    options: IngestOptions,
) -> list[pa.Table]:
    """Add image faults, content hashes and the folds that depend on them."""
    roots = [check_image_root(source) for source in data]
    tables = [add_missing(table, indexes[root]) for table, root in zip(tables, roots, strict=True)]
    tables = _add_contents(roots, tables, compute, options)
    tables = refuse_undecodable(roots, tables, compute, options.images)
    return [
        _with_content_folds(table) if SOURCES[source.dataset].folds_by_content else table
        for source, table in zip(data, tables, strict=True)
    ]


def _with_content_folds(table: pa.Table) -> pa.Table:
    digests = table["content_hash"].to_pylist()
    return replace(table, fold=[content_fold(digest) for digest in digests])


def _add_contents(
    roots: list[str], tables: list[pa.Table], compute: Compute, options: IngestOptions
) -> list[pa.Table]:
    """Read each file once, even if sources share a root; add hashes and new faults."""
    names = {
        root: readable_names(
            [table for table, of_table in zip(tables, roots, strict=True) if of_table == root]
        )
        for root in roots
    }
    total = sum(len(root_names) for root_names in names.values())
    tables = list(tables)
    images = options.images
    rules = ReadRules(images.max_bytes, images if options.near_repeats else None, images.links)
    done = 0
    for root, root_names in names.items():
        report = _offset_progress(options.progress, done, total)
        contents = read_contents(root, root_names.to_pylist(), compute, rules, report)
        done += len(root_names)
        columns = [
            pa.array([getattr(content, field) for content in contents], pa.string())
            for field in Content._fields
        ]
        for number, of_table in enumerate(roots):
            if of_table == root:
                tables[number] = _with_contents(tables[number], root_names, columns)
    return tables


def _offset_progress(
    progress: Progress | None, offset: int, total: int
) -> Callable[[int], None] | None:
    return None if progress is None else lambda done: progress(offset + done, total)


def _with_contents(table: pa.Table, names: pa.Array, contents: Sequence[pa.Array]) -> pa.Table:
    positions = positions_in(names, table)
    index = pa.array(positions, mask=positions < 0)
    digests, faults, details, near = (column.take(index) for column in contents)
    return add_faults(replace(table, content_hash=digests, near_hash=near), faults, details)
