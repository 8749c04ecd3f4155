"""StatisticsGen: statistics of each fold, and the check that they count every stored face."""

import os

import apache_beam as beam
import tensorflow_data_validation as tfdv
from tfx import v1 as tfx
from tfx.types import artifact_utils

from components.records.counts import check_all_read, stored_faces
from components.records.reading import ReadRecords, record_files
from components.statistics.presence import DecodeBatch

STATISTICS_FILE = "FeatureStats.pb"  # Of each fold, as ExampleValidator reads it.
_BATCH = 64  # Faces; a batch holds their pictures until they are taken out.


@tfx.dsl.components.component(use_beam=True)
def StatisticsGen(  # noqa: N802 - TFX components read as classes.
    examples: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.Examples],
    statistics: tfx.dsl.components.OutputArtifact[tfx.types.standard_artifacts.ExampleStatistics],
    code: tfx.dsl.components.Parameter[str],  # noqa: ARG001 - part of the cache key.
    beam_pipeline: tfx.dsl.components.BeamComponentParameter[beam.Pipeline] = None,
) -> None:
    """Write TFDV's statistics of each fold; `code` is the hash of this step's source code."""
    folds = artifact_utils.decode_split_names(examples.split_names)
    statistics.split_names = examples.split_names
    files = {
        fold: os.path.join(artifact_utils.get_split_uri([statistics], fold), STATISTICS_FILE)
        for fold in folds
    }
    with beam_pipeline as pipeline:
        for fold, file in files.items():
            _ = (
                pipeline
                | f"Records[{fold}]" >> ReadRecords(record_files(examples, fold))
                | f"Batch[{fold}]" >> beam.BatchElements(_BATCH, _BATCH)
                | f"Decode[{fold}]" >> beam.ParDo(DecodeBatch())
                | f"Statistics[{fold}]" >> tfdv.GenerateStatistics()
                | f"Write[{fold}]" >> tfdv.WriteStatisticsToBinaryFile(file)
            )
    for fold, file in files.items():
        [counted] = tfdv.load_stats_binary(file).datasets
        check_all_read("StatisticsGen", counted.num_examples, stored_faces(examples, [fold]), fold)
