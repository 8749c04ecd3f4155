"""Checks across the keys of a config, one module a subject; the first ConfigError is raised."""

from collections.abc import Callable
from dataclasses import replace

from pipelines.config.checks import (
    beam_checks,
    data_checks,
    device_checks,
    model_checks,
    sweep_checks,
    training_checks,
)
from schemas.config.blocks import Config, TuneConfig
from schemas.errors import ConfigError
from schemas.sweep import format_values, planned, with_values

Check = Callable[[Config], None]

# Needed by every command, `facefold labels` included.
LABEL_CHECKS: tuple[Check, ...] = (
    data_checks.check_run_name,
    data_checks.check_label_names,
    data_checks.check_no_buckets,
    data_checks.check_sources,
    data_checks.check_links,
)

# Needed to train and evaluate; the model's name comes first, as later checks look it up.
RUN_CHECKS: tuple[Check, ...] = (
    model_checks.check_model,
    data_checks.check_slices,
    model_checks.check_side,
    training_checks.check_optimizer,
    training_checks.check_schedule,
    model_checks.check_batch_norm,
    training_checks.check_loss,
    training_checks.check_balance,
    training_checks.check_augmentation,
    device_checks.check_devices,
    model_checks.check_side_inputs,
    training_checks.check_transfer,
    model_checks.check_weights,
    data_checks.check_push,
    model_checks.check_net,
    model_checks.check_pair,
    model_checks.check_threshold,
    beam_checks.check_beam,
    sweep_checks.check_sweep,
)


def check_label_config(config: Config) -> None:
    """Run LABEL_CHECKS."""
    for check in LABEL_CHECKS:
        check(config)


def check_run_config(config: Config) -> None:
    """Run RUN_CHECKS on the config and on every trial of its sweep."""
    for check in RUN_CHECKS:
        check(config)
    for values in planned(config.tune, config.seed):
        train = with_values(config.train, values)
        try:
            check_run_config(replace(config, train=train, tune=TuneConfig()))
        except ConfigError as error:
            raise ConfigError(
                f"tune: no trial can have {format_values(values)}: {error}"
            ) from error
