"""Puts right what a killed run left: executions that still say RUNNING, and half folders."""

import shutil
from pathlib import Path

from ml_metadata.metadata_store import metadata_store
from ml_metadata.proto import metadata_store_pb2

from pipelines.local.folder import RunFolder, execution_folders


def mend(folder: RunFolder) -> list[int]:
    """Cancel executions that nobody runs any more and remove what they wrote.

    Call it under the folder's lock only.

    Returns:
      The ids of the executions.
    """
    if not folder.metadata.exists():
        return []
    store = metadata_store.MetadataStore(_connection(folder.metadata))
    states = metadata_store_pb2.Execution.State
    broken = [
        execution
        for execution in store.get_executions()
        if execution.last_known_state in (states.RUNNING, states.NEW)
    ]
    for execution in broken:
        execution.last_known_state = states.CANCELED
    if broken:
        store.put_executions(broken)
    ids = {execution.id for execution in broken}
    for path in list(execution_folders(folder.artifacts)):
        if path.name.isdecimal() and int(path.name) in ids:
            shutil.rmtree(path)
    return sorted(ids)


def _connection(path: Path) -> metadata_store_pb2.ConnectionConfig:
    config = metadata_store_pb2.ConnectionConfig()
    config.sqlite.filename_uri = str(path)
    config.sqlite.connection_mode = metadata_store_pb2.SqliteMetadataSourceConfig.READWRITE
    return config
