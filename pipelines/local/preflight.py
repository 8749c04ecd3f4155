"""Checks before anything heavy is imported or written; the first failure is reported."""

import os
from dataclasses import dataclass
from pathlib import Path

from components.ingest.sources import registry
from components.trainer.hardware import check_one_machine
from components.trainer.initial_weights.imagenet import check_base_weights, published_file
from pipelines.beam.flink_jobs import check_cluster
from pipelines.config.checks import check_run_config
from pipelines.config.checks.beam_checks import LOCAL, check_job_server, check_reachable
from pipelines.config.checks.fold_checks import check_folds
from pipelines.local.folder_checks import (
    check_local_folder,
    check_no_pattern,
    check_push_folder,
)
from pipelines.local.run_folder.layout import RunFolder, check_kinds
from pipelines.local.run_folder.ownership import check_ours
from pipelines.local.weights_snapshot import check_start_from
from pipelines.nodes import check_node
from pipelines.terminal import counting
from schemas.config.blocks import Config
from schemas.config.train import IMAGENET, WEIGHT_WORDS
from schemas.errors import ConfigError


@dataclass(frozen=True)
class RunOptions:
    """Options of `facefold run`."""

    start: str | None = None  # Run this node and its descendants, cached or not.
    stop: str | None = None  # Run only this node and its ancestors.
    cache: bool = True


def check_run(config: Config, options: RunOptions) -> tuple[str, ...]:
    """Check names, output, labels and folds, images: in this order.

    Published ImageNet weights are downloaded last, into Keras' cache.

    Returns:
      The folds of the data.

    Raises:
      ConfigError: says how to fix the setting.
    """
    check_run_config(config)
    _check_nodes(config, options, None)
    check_one_machine()
    check_weights(config)
    check_job_server(config.beam)
    if config.beam.address not in (None, LOCAL):
        check_cluster(str(config.beam.address))
    check_reachable(config.beam)
    folder = check_output(config)
    check_no_pattern("output", folder)
    check_kinds(RunFolder(folder))
    check_ours(RunFolder(folder))
    check_push_folder(config.push.directory, RunFolder(folder))
    registry.check_labels(config.data)
    folds = registry.fold_names(config.data)
    check_folds(config, folds)
    _check_nodes(config, options, folds)
    check_start_from(config, folds, folder)
    registry.check_images(config.data)
    if config.train.weights == IMAGENET:
        with counting("bytes") as progress:
            published_file(progress)
    return folds


def _check_nodes(config: Config, options: RunOptions, folds: tuple[str, ...] | None) -> None:
    for flag, node in (("--from", options.start), ("--to", options.stop)):
        if node is not None:
            check_node(flag, node, config, folds)


def check_weights(config: Config) -> None:
    """Raise ConfigError if a file of ImageNet weights is missing or holds other weights."""
    weights = config.train.weights
    if weights is None or weights in WEIGHT_WORDS:
        return
    if not Path(weights).is_file():
        raise ConfigError(
            f"train.weights is {weights!r}, expected a file of ImageNet weights, or one of the "
            f"words {' and '.join(WEIGHT_WORDS)}."
        )
    check_base_weights(weights)


def check_output(config: Config) -> Path:
    """The run folder, which may not exist yet. Raises ConfigError if it cannot be written."""
    return check_local_folder("output", os.path.join(config.output or ".", config.name))
