"""Compiles the pipeline to a KFP v2 package (schema 2.1) without reading data."""

import tempfile
from pathlib import Path

import yaml
from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner

from components.ingest.sources.registry import source_notes
from pipelines.beam import plain_args
from pipelines.kubeflow.paths import FOLDS, SCHEMA_FOLDER
from pipelines.pipeline import create_pipeline
from pipelines.run_context import RunContext
from schemas.config.blocks import Config
from schemas.files import atomic_write
from schemas.tfdv.face_schema import schema_name

IMAGE = "facefold:0.1.0"  # Of every step; built by deploy/Dockerfile.

# Their label files and schema may change between two runs under the same paths, which are all that
# Kubeflow's cache compares.
_NEVER_CACHED = ("FaceIngest", "ImportSchemaGen")


def write_package(config: Config, package: Path, image: str = IMAGE) -> None:
    """Write the package, a YAML file, of a config with paths of the container."""
    labels = config.labels
    pipeline = create_pipeline(
        config,
        RunContext(
            root=config.output,
            schema_file=f"{SCHEMA_FOLDER}/{schema_name(labels.classes, labels.races)}",
            fingerprint="",
            notes=source_notes(config.data, labels_only=False),
            folds=FOLDS,
            beam_args=plain_args(config.beam),
            start=config.train.start_from or "",
            id_separator="-",
        ),
    )
    with tempfile.TemporaryDirectory() as folder:
        compiled = Path(folder) / "compiled.yaml"
        kubeflow_v2_dag_runner.KubeflowV2DagRunner(
            kubeflow_v2_dag_runner.KubeflowV2DagRunnerConfig(
                default_image=image, use_pipeline_spec_2_1=True
            ),
            output_filename=str(compiled),
        ).run(pipeline)
        specification = yaml.safe_load(compiled.read_text(encoding="utf-8"))
    tasks = specification["root"]["dag"]["tasks"]
    for name in _NEVER_CACHED:
        tasks[name].pop("cachingOptions", None)
    atomic_write(package, yaml.safe_dump(specification, sort_keys=True))
