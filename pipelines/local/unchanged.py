"""A run of which TFX's cache would reuse every node, recognized without importing TFX.

A whole run records a key of everything that decides reuse, and its outputs. The next run whose key
is the same and whose files are intact is answered from the record. A run that launches nodes
removes the record first, so that it never describes anything but the last whole run.
"""

import dataclasses
import hashlib
import json
import sysconfig
from pathlib import Path

from components.pusher.push import is_current
from pipelines.code_hash import code_hash
from pipelines.local.last_push import is_current_review
from pipelines.local.local_files import LOCAL_FILES
from pipelines.local.results import REUSED, NodeResult
from pipelines.local.run_folder import file_manifest
from pipelines.local.run_folder.layout import RunFolder
from pipelines.run_context import RunContext
from schemas.config.blocks import BeamConfig, Config, DaskConfig
from schemas.config.cluster import KubeflowConfig
from schemas.config.serialization import dump
from schemas.files import atomic_write

_SITE_PACKAGES = Path(sysconfig.get_path("purelib"))  # Not sys.path: some imports extend it.
_ERRORS = (OSError, ValueError, KeyError, TypeError, AttributeError)  # Of a missing or old record.


def reuse_key(config: Config, context: RunContext, code: str) -> str:
    """Hash of config, inputs and code (of `installed_code`).

    Built from the values that `pipelines.pipeline` hands to the nodes as their cache keys. Runner,
    scheduler and output folder are no part of any node's key.
    """
    neutral = dataclasses.replace(
        config, beam=BeamConfig(), dask=DaskConfig(), kubeflow=KubeflowConfig(), output=""
    )
    parts = [
        dump(neutral),
        dataclasses.asdict(context),
        code,
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def installed_code(site_packages: Path = _SITE_PACKAGES) -> str:
    """Hash of our code, and of the installed packages' names and versions."""
    packages = sorted(info.name for info in site_packages.glob("*.dist-info"))
    parts = [code_hash("components"), code_hash("pipelines.pipeline"), packages]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def record(folder: RunFolder, key: str, results: list[NodeResult]) -> None:
    """Record a whole run."""
    nodes = [[result.name, result.outputs] for result in results]
    atomic_write(folder.whole_run, json.dumps({"key": key, "nodes": nodes}, indent=1))


def invalidate(folder: RunFolder) -> None:
    """Remove the record: a run is about to launch nodes."""
    folder.whole_run.unlink(missing_ok=True)


def find_results(folder: RunFolder, key: str, push_to: str) -> list[NodeResult] | None:
    """The results of a run that would reuse every node; None if TFX has to decide.

    Paths are relative to the run folder, which must be the current folder; `push_to` is
    push.directory.
    """
    try:
        last = json.loads(folder.whole_run.read_text(encoding="utf-8"))
        if last["key"] != key or not folder.metadata.is_file():
            return None
        results = [NodeResult(name, REUSED, 0.0, outputs) for name, outputs in last["nodes"]]
        uris = [uri for result in results for uris in result.outputs.values() for uri in uris]
        [page] = (result.outputs["page"][0] for result in results if result.name == "BiasReview")
        [pushed] = (result.outputs["pushed"][0] for result in results if result.name == "Pusher")
        # A version at a URI is not found with these, and is left to TFX's file systems.
        intact = file_manifest.matches(folder.artifacts, uris) and is_current(pushed, LOCAL_FILES)
        intact = intact and is_current_review(page, push_to)
    except _ERRORS:
        return None
    return results if intact else None
