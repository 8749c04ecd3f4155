"""Compiles the pipeline to a KFP v2 package (schema 2.1) without reading data."""

import tempfile
from pathlib import Path
from typing import Any

import yaml
from tfx.orchestration.kubeflow.v2 import kubeflow_v2_dag_runner

from components.ingest.sources.registry import source_notes
from pipelines.beam.options import plain_args
from pipelines.kubeflow import kept
from pipelines.kubeflow.paths import FOLDS, SCHEMA_FOLDER
from pipelines.kubeflow.tasks import change_tasks
from pipelines.kubeflow.volumes import platform_document
from pipelines.pipeline import create_pipeline
from pipelines.run_context import RunContext
from schemas.config.blocks import Config
from schemas.files import atomic_write
from schemas.tfdv.face_schema import schema_name

# Of a container that keeps nothing: its folder ends with it.
_NO_STORE = "/var/tmp/facefold"


def write_package(config: Config, package: Path, fingerprint: str = "") -> None:
    """Write the package, a YAML file, of a config with paths of the container.

    Args:
      config: the settings.
      package: the file.
      fingerprint: of the sources, if they were read; FaceIngest may then be cached.
    """
    specification = _compile(config, fingerprint)
    change_tasks(specification, config, read=bool(fingerprint))
    if config.kubeflow.root:
        specification["defaultPipelineRoot"] = config.kubeflow.root
    platform = platform_document(config.kubeflow, specification["deploymentSpec"]["executors"])
    atomic_write(package, yaml.safe_dump_all([specification, platform], sort_keys=True))


def _compile(config: Config, fingerprint: str) -> dict[str, Any]:
    """The pipeline as TFX compiles it."""
    labels = config.labels
    store = config.kubeflow.store or _NO_STORE
    pipeline = create_pipeline(
        config,
        RunContext(
            root=config.kubeflow.root or "",
            schema_file=f"{SCHEMA_FOLDER}/{schema_name(labels.classes, labels.races)}",
            fingerprint=fingerprint,
            notes=source_notes(config.data, labels_only=False),
            folds=FOLDS,
            beam_args=plain_args(config.beam),
            start=config.train.start_from or "",
            checkpoints=f"{store}/{kept.UNFINISHED}",
            approvals=f"{store}/{kept.APPROVALS}",
        ),
    )
    with tempfile.TemporaryDirectory() as folder:
        compiled = Path(folder) / "compiled.yaml"
        kubeflow_v2_dag_runner.KubeflowV2DagRunner(
            kubeflow_v2_dag_runner.KubeflowV2DagRunnerConfig(
                default_image=config.kubeflow.image, use_pipeline_spec_2_1=True
            ),
            output_filename=str(compiled),
        ).run(pipeline)
        specification: dict[str, Any] = yaml.safe_load(compiled.read_text(encoding="utf-8"))
    return specification
