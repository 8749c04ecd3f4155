"""Pruning: removes artifacts that no kept run uses."""

import shutil
from pathlib import Path
from typing import NamedTuple

from pipelines.local.run_folder import file_manifest
from pipelines.local.run_folder.layout import (
    RunFolder,
    check_kinds,
    execution_folders,
    total_size,
)
from pipelines.local.run_folder.lock import run_lock
from pipelines.local.run_folder.ownership import is_ours
from schemas.errors import ConfigError


class Pruned(NamedTuple):
    """Removed folders, or folders to remove."""

    folders: tuple[Path, ...]
    size: int  # Bytes.
    added: dict[Path, list[str]]  # Unused folders that stay: files in them that no step wrote.


def prune(directory: Path, *, dry_run: bool) -> Pruned:
    """Remove artifacts used neither by the last whole run nor by the last blessed one.

    Checkpoints of interrupted trainings are removed too; folders with files that no step wrote
    stay.

    Raises:
      ConfigError: no run folder, no whole run yet, or a run is in progress.
    """
    folder = RunFolder(directory.absolute())
    if folder.read_state() is None:
        raise ConfigError(
            f"{directory} has no good run (no {folder.state.name}), expected a run folder such as "
            "runs/demo. Nothing was removed."
        )
    if not is_ours(folder):
        raise ConfigError(
            f"no run wrote {directory} (it has no file {folder.marker.name}), expected a run "
            "folder such as runs/demo. Nothing was removed."
        )
    check_kinds(folder)
    with run_lock(folder.path):
        state = folder.read_state() or {}
        used = (*state["artifacts"], *state.get("blessed_artifacts", ()))
        kept = {folder.path / uri for uri in used}
        unused = [path for path in execution_folders(folder.artifacts) if path not in kept]
        found = {path: file_manifest.added_files(folder.artifacts, path) for path in unused}
        added = {path: names for path, names in found.items() if names}
        pruned = (
            *(path for path in unused if path not in added),
            *(path for path in sorted(folder.unfinished.glob("*")) if path.is_dir()),
        )
        size = sum(map(total_size, pruned))
        if not dry_run:
            for path in pruned:
                shutil.rmtree(path)
                file_manifest.remove(folder.artifacts, path)
    return Pruned(pruned, size, added)
