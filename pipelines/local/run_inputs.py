"""Inputs of a local run beside its config: sources, schema and weights, each by its content."""

import hashlib

from components.ingest.fingerprints import fingerprint
from components.ingest.sources.registry import source_notes
from components.trainer.initial_weights.imagenet import weights_file
from pipelines.local.run_folder.layout import RunFolder
from pipelines.local.weights_snapshot import snapshot_weights
from pipelines.run_context import RunContext
from schemas.config.blocks import Config
from schemas.files import atomic_write
from schemas.labels.classes import age_table, class_names
from schemas.release import approval
from schemas.tfdv.face_schema import face_schema


def local_context(config: Config, folder: RunFolder, folds: tuple[str, ...]) -> RunContext:
    """The context of a run in `folder`, without what TFX adds; copies input files into it."""
    return RunContext(
        root=folder.artifacts.name,
        schema_file=_copy_schema(folder, config),
        fingerprint=fingerprint(config.data, config.images.links),
        notes=source_notes(config.data, labels_only=False),
        folds=folds,
        weights_hash=_content_hash(weights_file(config.train.weights)),
        start=snapshot_weights(config, folder),
        checkpoints=f"{folder.artifacts.name}/{folder.unfinished.name}",
        approval=approval.read_text(folder.approval),
    )


def _copy_schema(folder: RunFolder, config: Config) -> str:
    """Copy the schema of the run's age classes into the run folder, named by its hash.

    TFX's cache compares paths, not contents.
    """
    tables = config.labels.tables
    schema = face_schema(age_table(tables), class_names("race", tables))
    copy = folder.inputs / hashlib.sha256(schema.encode()).hexdigest()[:16] / "schema.pbtxt"
    if not copy.is_file():
        atomic_write(copy, schema)
    return copy.relative_to(folder.path).as_posix()


def _content_hash(path: str | None) -> str:
    if path is None:
        return ""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
