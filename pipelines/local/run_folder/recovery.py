"""Recovery after a killed run: stale executions and partial outputs."""

import shutil

from ml_metadata import errors
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2
from tfx.orchestration.metadata import sqlite_metadata_connection_config

from pipelines.local.run_folder.layout import RunFolder, execution_folders
from schemas.errors import ConfigError


def recover(folder: RunFolder) -> None:
    """Cancel stale executions; delete their outputs and those of failed executions.

    Requires the folder's lock.

    Raises:
      ConfigError: the store cannot be read.
    """
    _remove_unfinished(folder)
    if not folder.metadata.exists():
        # A new store numbers executions from 1: folders of an older one would collide.
        shutil.rmtree(folder.artifacts, ignore_errors=True)
        return
    try:
        store = metadata_store.MetadataStore(
            sqlite_metadata_connection_config(str(folder.metadata))
        )
        executions = store.get_executions()
    except (RuntimeError, errors.StatusError) as error:
        raise ConfigError(
            f"{folder.metadata} is no MLMD store any more: {' '.join(str(error).split())}. "
            "Remove it; every step then runs again."
        ) from error
    states = metadata_store_pb2.Execution.State
    stale = [
        execution
        for execution in executions
        if execution.last_known_state in (states.RUNNING, states.NEW)
    ]
    for execution in stale:
        execution.last_known_state = states.CANCELED
    if stale:
        store.put_executions(stale)
    failed = (states.CANCELED, states.FAILED)
    incomplete = {
        str(execution.id) for execution in executions if execution.last_known_state in failed
    }
    for path in list(execution_folders(folder.artifacts)):
        if path.name in incomplete:
            shutil.rmtree(path)


def _remove_unfinished(folder: RunFolder) -> None:
    """Delete the temporary files of `schemas.files.atomic_path`."""
    for path in list(folder.path.rglob(".*.unfinished")):
        if path.is_file():
            path.unlink()
