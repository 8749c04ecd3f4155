"""Settings of a run that are not in its config; light, for checks before TFX is imported."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class RunContext:
    """Place, runner, and hashes of the inputs."""

    root: str  # Of the artifacts.
    schema_file: str  # The curated schema; its path changes with its content.
    fingerprint: str  # Of the sources; empty on a cluster, where they cannot be read.
    notes: tuple[str, ...]  # On the sources, for the label report.
    folds: tuple[str, ...]  # All folds of the data.
    beam_args: tuple[Any, ...] = ()
    weights_hash: str = ""  # Of train.weights, if set and readable.
    start: str = ""  # Folder of the model to start from; a snapshot's is named by its hash.
    checkpoints: str = ""  # Folder of interrupted trainings, the same in every run.
    approval: str = ""  # Text of approval.json; empty without one, and on a cluster.
    approvals: str = ""  # Folder of approvals by their reviews' hashes; of a cluster alone.
    metadata: Any = None  # Connection config of the MLMD store; a cluster has its own.
    cache: bool = True
