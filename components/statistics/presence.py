"""Records to Arrow batches whose pictures are empty: their presence stays, their bytes do not."""

from collections.abc import Iterator

import apache_beam as beam
import pyarrow as pa
import pyarrow.compute as pc
from tfx_bsl.coders.example_coder import ExamplesToRecordBatchDecoder

IMAGE = "image"


class DecodeBatch(beam.DoFn):
    """Serialized examples to a record batch, without pictures."""

    def setup(self) -> None:
        """Make the decoder, which cannot be sent to a worker."""
        self._decoder = ExamplesToRecordBatchDecoder()

    def process(self, records: list[bytes]) -> Iterator[pa.RecordBatch]:
        """Decode one batch."""
        yield without_pictures(self._decoder.DecodeBatch(records))


def without_pictures(batch: pa.RecordBatch) -> pa.RecordBatch:
    """The batch with empty bytes in place of each picture; a missing one stays missing."""
    if IMAGE not in batch.schema.names:
        return batch
    index = batch.schema.names.index(IMAGE)
    lengths = pc.list_value_length(batch.column(index)).to_pylist()
    empty = [None if length is None else [b""] * length for length in lengths]
    columns = batch.columns
    columns[index] = pa.array(empty, type=batch.schema.field(index).type)
    return pa.RecordBatch.from_arrays(columns, schema=batch.schema)
