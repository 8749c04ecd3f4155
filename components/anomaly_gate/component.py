"""AnomalyGate: the only source of the schema for the steps after it."""

import os

from tensorflow_metadata.proto.v0 import anomalies_pb2
from tfx import v1 as tfx
from tfx.dsl.io import fileio
from tfx.types import artifact_utils

from components.anomaly_gate.anomalies import verdict
from schemas.errors import DataError

_SCHEMA = "schema.pbtxt"
_ANOMALIES = "SchemaDiff.pb"  # File of each split, as ExampleValidator names it.


def _read(folder: str) -> anomalies_pb2.Anomalies:
    with fileio.open(os.path.join(folder, _ANOMALIES), "rb") as file:
        return anomalies_pb2.Anomalies.FromString(file.read())


@tfx.dsl.components.component
def AnomalyGate(  # noqa: N802 - TFX components read as classes.
    anomalies: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.ExampleAnomalies],
    schema: tfx.dsl.components.InputArtifact[tfx.types.standard_artifacts.Schema],
    gated: tfx.dsl.components.OutputArtifact[tfx.types.standard_artifacts.Schema],
    code: tfx.dsl.components.Parameter[str],  # noqa: ARG001 - part of the cache key.
) -> None:
    """Copy the schema if no split has an anomaly; otherwise raise DataError with all of them."""
    by_split = {
        split: _read(artifact_utils.get_split_uri([anomalies], split))
        for split in artifact_utils.decode_split_names(anomalies.split_names)
    }
    if message := verdict(by_split):
        raise DataError(message)
    fileio.makedirs(gated.uri)
    fileio.copy(os.path.join(schema.uri, _SCHEMA), os.path.join(gated.uri, _SCHEMA), overwrite=True)
