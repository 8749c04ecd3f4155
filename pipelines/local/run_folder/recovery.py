"""Recovery after a killed run: stale executions and partial outputs."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

from ml_metadata import errors
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2
from tfx.orchestration.metadata import sqlite_metadata_connection_config

from pipelines.local.run_folder import file_manifest
from pipelines.local.run_folder.layout import RunFolder, execution_folders
from pipelines.local.run_folder.store_lock import (
    StoreLockedError,
    describe_lock,
    is_lock_error,
)
from schemas.errors import ConfigError

_UNFINISHED = re.compile(r"\..+\.[0-9]+\.unfinished")  # Of `schemas.files.atomic_path`.


def recover(folder: RunFolder) -> None:
    """Cancel stale executions; delete their outputs and those of failed executions.

    Files that no run wrote stay. Requires the folder's lock and marker.

    Raises:
      ConfigError: the store cannot be read, or is missing below artifacts with other files.
      StoreLockedError: another process keeps the store locked.
    """
    _remove_unfinished(folder)
    if not folder.metadata.exists():
        # A new store numbers executions from 1: folders of an older one would collide.
        _check_added(folder)
        _remove(execution_folders(folder.artifacts))
        _remove(path for path in (folder.unfinished, folder.manifests) if path.is_dir())
        return
    try:
        store = metadata_store.MetadataStore(
            sqlite_metadata_connection_config(str(folder.metadata))
        )
        executions = store.get_executions()
    except (RuntimeError, errors.StatusError) as error:
        if is_lock_error(error):
            raise StoreLockedError(describe_lock(folder.metadata)) from error
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
    _remove(path for path in execution_folders(folder.artifacts) if path.name in incomplete)


def _check_added(folder: RunFolder) -> None:
    for path in execution_folders(folder.artifacts):
        if added := file_manifest.added_files(folder.artifacts, path):
            raise ConfigError(
                f"{folder.metadata} is missing, so every artifact would be removed, but no step "
                f"wrote {path / added[0]}. Move it away, or restore the store."
            )


def _remove(folders: Iterator[Path]) -> None:
    for path in list(folders):
        shutil.rmtree(path)


def _remove_unfinished(folder: RunFolder) -> None:
    """Delete the temporary files of a killed run."""
    places = (folder.path, folder.review, folder.sweep, folder.curves, folder.manifests)
    for place in (*places, *(folder.inputs.iterdir() if folder.inputs.is_dir() else ())):
        for path in list(place.iterdir()) if place.is_dir() else ():
            if _UNFINISHED.fullmatch(path.name) and path.is_file():
                path.unlink()
