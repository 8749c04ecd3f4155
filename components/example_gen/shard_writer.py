"""Writes one shard: reads its faces, and lists those that cannot be used."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from components.example_gen.face_features import ReadOptions, Row, read_face
from components.example_gen.shards import Shard, WrittenShard
from components.example_gen.tfrecord import to_example, write_records
from schemas.errors import ImageError
from schemas.labels.rejection_reasons import STAGE_IMAGES


class ShardTask(NamedTuple):
    """A shard to write below `folder`."""

    folder: str
    options: ReadOptions
    shard: Shard
    packed: bytes  # Its rows, of `pack`.
    unreadable: Mapping[int, str] = {}  # Rows that are not read, and why.


class ShardResult(NamedTuple):
    """A written shard; every row is a face of it or a reject."""

    written: WrittenShard
    rejects: list[dict[str, Any]]  # Rows of schemas.tables.REJECTS.


def pack(rows: pa.Table) -> bytes:
    """A shard's rows as one value, because Beam takes 0.2 ms for each dict."""
    sink = pa.BufferOutputStream()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, rows.schema, options=options) as writer:
        writer.write_table(rows.combine_chunks())
    packed: bytes = sink.getvalue().to_pybytes()
    return packed


def unpack(packed: bytes) -> list[Row]:
    """The rows of `pack`."""
    rows: list[Row] = pa.ipc.open_stream(packed).read_all().to_pylist()
    return rows


def write_shard(task: ShardTask, begin: Callable[[int], None] = lambda _: None) -> ShardResult:
    """Write one shard; `begin` is called with the index of each row before its picture is read."""
    rejects: list[dict[str, Any]] = []
    without_face = 0

    def records(rows: Iterable[Row]) -> Iterator[bytes]:
        nonlocal without_face
        for index, row in enumerate(rows):
            begin(index)
            try:
                if index in task.unreadable:
                    raise ImageError("image_unreadable", task.unreadable[index])
                face = read_face(row, task.options)
            except ImageError as error:
                rejection = {"reason": error.reason, "detail": error.detail, "stage": STAGE_IMAGES}
                rejects.append({**row, **rejection})
            else:
                without_face += face["face_found"] == 0
                yield to_example(face)

    faces = write_records(
        f"{task.folder}/{task.shard.name}",
        records(unpack(task.packed)),
        compress=task.options.images.encoding == "raw",
    )
    return ShardResult(WrittenShard(task.shard.fold, faces, without_face), rejects)
