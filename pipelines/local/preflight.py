"""Checks before anything heavy is imported or written; the first failure is reported."""

import os
from dataclasses import dataclass
from pathlib import Path

from components.ingest.sources import registry
from components.trainer.hardware import check_one_machine
from components.trainer.initial_weights.imagenet import check_base_weights, published_file
from pipelines.config.checks import check_run_config
from pipelines.config.checks.beam_checks import check_job_server
from pipelines.config.checks.fold_checks import check_folds
from pipelines.local.run_folder.layout import RunFolder
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
    folder = check_output(config)
    check_ours(RunFolder(folder))
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
    folder = Path(os.path.expanduser(config.output or ".")).absolute() / config.name
    try:
        str(folder).encode("utf-8")
        existing = next(path for path in (folder, *folder.parents) if path.exists())
    except (OSError, ValueError) as error:
        raise ConfigError(
            f"output: {str(folder)!r} cannot be a folder ({error}). Set another output or name."
        ) from error
    if not existing.is_dir():
        raise ConfigError(
            f"output: {existing} is a file, expected a folder. Set another output or name."
        )
    if not os.access(existing, os.W_OK | os.X_OK):
        raise ConfigError(f"output: {existing} may not be written. Set another output.")
    return folder
