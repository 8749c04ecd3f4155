"""Puts right what a killed run left: executions that still say RUNNING, and half folders."""

import shutil
from pathlib import Path

from ml_metadata import errors
from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2

from pipelines.local.run_folder.layout import RunFolder, execution_folders
from schemas.errors import ConfigError


def mend(folder: RunFolder) -> list[int]:
    """Cancel executions that nobody runs any more; remove what they and failed ones wrote.

    Call it under the folder's lock only.

    Returns:
      The ids of the executions that were cancelled.

    Raises:
      ConfigError: the store cannot be read.
    """
    if not folder.metadata.exists():
        # A new store counts from 1 again: nothing of an older one may lie where it will write.
        shutil.rmtree(folder.artifacts, ignore_errors=True)
        return []
    try:
        store = metadata_store.MetadataStore(_connection(folder.metadata))
        executions = store.get_executions()
    except (RuntimeError, errors.StatusError) as error:
        raise ConfigError(
            f"{folder.metadata} is no MLMD store any more: {' '.join(str(error).split())}. "
            "Remove it; the run then begins anew."
        ) from error
    states = metadata_store_pb2.Execution.State
    broken = [
        execution
        for execution in executions
        if execution.last_known_state in (states.RUNNING, states.NEW)
    ]
    for execution in broken:
        execution.last_known_state = states.CANCELED
    if broken:
        store.put_executions(broken)
    lost = (states.CANCELED, states.FAILED)
    useless = {str(execution.id) for execution in executions if execution.last_known_state in lost}
    for path in list(execution_folders(folder.artifacts)):
        if path.name in useless:
            shutil.rmtree(path)
    return [execution.id for execution in broken]


def _connection(path: Path) -> metadata_store_pb2.ConnectionConfig:
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = str(path)
    config.sqlite.connection_mode = metadata_store_pb2.SqliteMetadataSourceConfig.READWRITE
    return config
