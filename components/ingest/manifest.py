"""The manifest: every source's rows, with the faults and contents of their images."""

from collections.abc import Callable, Iterator, Sequence
from importlib import import_module
from itertools import chain
from typing import NamedTuple

import pyarrow as pa

from components.ingest.images.contents import Progress, read_contents, refuse_undecodable
from components.ingest.images.image_faults import (
    add_unreadable,
    find_images,
    places_of,
    readable_names,
)
from components.ingest.images.image_index import Walk, walk
from components.ingest.label_files import content_fold
from components.ingest.scheduler import scheduler
from components.ingest.sources.registry import SOURCES, check_image_root
from components.ingest.sources.source_input import SourceInput
from components.ingest.table import manifest_table, replace
from schemas.config.blocks import DataConfig, ImagesConfig
from schemas.task_stream import Compute


def build_manifest(
    data: Sequence[DataConfig],
    source_names: Sequence[str],
    *,
    labels_only: bool = False,
    dask_address: str | None = None,
    progress: Progress | None = None,
    max_bytes: int = ImagesConfig().max_bytes,
) -> pa.Table:
    """Read every source: one row a labelled face, in the order of sources, files and lines.

    Args:
      data: the sources.
      source_names: a unique name of each, the first part of its rows' keys.
      labels_only: look for no images; contents are not read, folds that need them are unknown.
      dask_address: of a Dask scheduler; None for threads of this process.
      progress: hears (images read, images in all).
      max_bytes: an image above it is not decoded where several names share its content.

    Returns:
      A table of `schemas.tables.MANIFEST`; the same whatever the partitions and threads.

    Raises:
      ConfigError: label files or an image folder are missing, or a header is wrong.
    """
    asked = Asked(labels_only, dask_address, progress, max_bytes)
    return pa.concat_tables([manifest_table(0, {}), *manifest_tables(data, source_names, asked)])


def manifest_tables(
    data: Sequence[DataConfig], source_names: Sequence[str], asked: "Asked"
) -> Iterator[pa.Table]:
    """The same in tables one after the other.

    Where no image is looked for, few of them are in memory at a time. Else all are: the walk of
    the image folders is too, and each file is read once for all the rows that name it.
    """
    walks = _walk_roots(data, labels_only=asked.labels_only)
    with scheduler(asked.dask_address) as compute:
        sources = (
            read_rows(SourceInput(config, name, walks.get(config.images), compute))
            for config, name in zip(data, source_names, strict=True)
        )
        if asked.labels_only:
            yield from chain.from_iterable(sources)
        else:
            tables = [pa.concat_tables([manifest_table(0, {}), *source]) for source in sources]
            yield from _add_images(
                data, tables, walks, _Reader(compute, asked.progress, asked.max_bytes)
            )


class Asked(NamedTuple):
    """How the sources are read: see `build_manifest`."""

    labels_only: bool = False
    dask_address: str | None = None
    progress: Progress | None = None
    max_bytes: int = ImagesConfig().max_bytes


def read_rows(source: SourceInput) -> Iterator[pa.Table]:
    """The rows of one source, in tables one after the other."""
    reader = SOURCES[source.config.dataset].reader
    module = import_module(f"components.ingest.sources.{reader}")
    rows: Iterator[pa.Table] = module.read_rows(source)
    return rows


class _Reader(NamedTuple):
    compute: Compute
    progress: Progress | None
    max_bytes: int


def _walk_roots(data: Sequence[DataConfig], *, labels_only: bool) -> dict[str | None, Walk]:
    roots = dict.fromkeys(
        check_image_root(one)
        for one in data
        if not labels_only or SOURCES[one.dataset].labels_in_names
    )
    return {root: walk(root) for root in roots}


def _add_images(
    data: Sequence[DataConfig],
    tables: list[pa.Table],
    walks: dict[str | None, Walk],
    reader: _Reader,
) -> list[pa.Table]:
    roots = [check_image_root(one) for one in data]
    tables = [find_images(table, walks[root]) for table, root in zip(tables, roots, strict=True)]
    tables = _add_contents(roots, tables, reader)
    tables = refuse_undecodable(roots, tables, reader.compute, reader.max_bytes)
    return [
        _with_content_folds(table) if SOURCES[config.dataset].folds_by_content else table
        for config, table in zip(data, tables, strict=True)
    ]


def _with_content_folds(table: pa.Table) -> pa.Table:
    return replace(table, fold=[content_fold(hash_) for hash_ in table["content_hash"].to_pylist()])


def _add_contents(roots: list[str], tables: list[pa.Table], reader: _Reader) -> list[pa.Table]:
    """Read each file once, also where sources share a root; write hashes and new faults."""
    names = {
        root: readable_names([t for t, other in zip(tables, roots, strict=True) if other == root])
        for root in roots
    }
    total = sum(len(known) for known in names.values())
    tables = list(tables)
    before = 0
    for root, known in names.items():
        done = _counted(reader.progress, before, total)
        contents = read_contents(root, known.to_pylist(), reader.compute, done)
        before += len(known)
        digests = pa.array([content.digest for content in contents], pa.string())
        details = pa.array([content.detail for content in contents], pa.string())
        for number, other in enumerate(roots):
            if other == root:
                tables[number] = _with_contents(tables[number], known, digests, details)
    return tables


def _counted(progress: Progress | None, before: int, total: int) -> Callable[[int], None] | None:
    return None if progress is None else lambda done: progress(before + done, total)


def _with_contents(
    table: pa.Table, names: pa.Array, digests: pa.Array, details: pa.Array
) -> pa.Table:
    places = places_of(table, names)
    index = pa.array(places, mask=places < 0)
    table = replace(table, content_hash=digests.take(index))
    return add_unreadable(table, details.take(index))
