"""Inputs of a local run beside its config: sources, schema and weights, each by its content."""

import hashlib
from contextlib import suppress

from components.ingest.fingerprints import fingerprint
from components.ingest.sources.registry import source_notes
from components.trainer.initial_weights.imagenet import weights_file
from pipelines.local.local_files import LOCAL_FILES
from pipelines.local.run_folder.layout import RunFolder
from pipelines.local.weights_snapshot import snapshot_weights
from pipelines.run_context import RunContext
from schemas.artifact_files import REVIEW_FILE
from schemas.config.blocks import Config
from schemas.errors import ConfigError
from schemas.files import atomic_write
from schemas.labels.classes import age_table, class_names
from schemas.release import approval, pushes
from schemas.release.review_record import model_of, read_review
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
        approval=approval.read_text(folder.approval),
        last_push=_last_push(folder, config.push.directory),
    )


def _last_push(folder: RunFolder, directory: str) -> str:
    """Hash of the last model that was pushed to `directory`, other than this run's own.

    Which model is the own one is known only from the last review; while it is another model's, the
    review runs once more than it must.
    """
    reviews = folder.artifacts.glob(f"BiasReview/page/*/{REVIEW_FILE}")
    numbered = {int(path.parent.name): path for path in reviews if path.parent.name.isdecimal()}
    own = ""
    if numbered:
        with suppress(ConfigError):  # Of an earlier version, or damaged: the run writes it anew.
            own = model_of(read_review(numbered[max(numbered)]))
    if "://" in directory:
        from tfx.dsl.io import fileio  # Seconds: a local folder is answered without TFX.

        log = pushes.read_log(directory, fileio)
    else:
        log = pushes.read_log(str(folder.path / directory), LOCAL_FILES)
    last = pushes.last_other(log, own)
    return last.model if last else ""


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
