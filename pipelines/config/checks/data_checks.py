"""Names in a config that must stand in a table, and what follows from them."""

import dataclasses
import re
from collections.abc import Iterable
from operator import attrgetter

from components.ingest.sources.registry import SOURCES
from pipelines.config.checks.device_checks import check_devices, check_plateau
from pipelines.config.checks.fold_checks import check_crossed_folds, check_crossing
from pipelines.config.checks.model_checks import check_net
from pipelines.config.checks.training_checks import check_objective
from pipelines.config.checks.transfer_checks import check_training
from pipelines.config.custom_tables import is_own
from schemas.config.blocks import BeamConfig, Config, DataConfig, TuneConfig
from schemas.config.serialization import nearest
from schemas.errors import ConfigError
from schemas.labels.classes import AGE_TABLES, TARGETS
from schemas.labels.policies import POLICIES
from schemas.slices import COLUMNS, slice_columns
from schemas.sweep import check_sweep, planned, with_values, words
from schemas.zoo import MODELS

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def check_label_names(config: Config) -> None:
    """What every command needs: the run's own name, and those of the labels.

    Raises:
      ConfigError: with the nearest known name.
    """
    if not _NAME.fullmatch(config.name):
        raise ConfigError(
            f"name is {config.name!r}, expected letters, digits, '.', '_' and '-': "
            "it names the run folder."
        )
    for key, name, table in (
        ("labels.policy", config.labels.policy, POLICIES),
        ("labels.target", config.labels.target, TARGETS),
        ("labels.classes", config.labels.classes, AGE_TABLES),
    ):
        if not (table in (POLICIES, AGE_TABLES) and is_own(name)):
            check_name(key, name, table)
    _check_data(config)


def _check_data(config: Config) -> None:
    if not config.data:
        raise ConfigError("data is an empty list, expected at least one source of faces.")
    for position, source in enumerate(config.data):
        place = "data" if len(config.data) == 1 else f"data.{position}"
        check_name(f"{place}.dataset", source.dataset, SOURCES)
        _check_source(source, place)


_ALL_TAKE = ("dataset", "labels", "images")  # Keys of `data` that every data set takes.


def _check_source(source: DataConfig, place: str) -> None:
    """The keys fit the data set: none that only another one takes, all that it needs."""
    known = SOURCES[source.dataset]
    for field in dataclasses.fields(source):
        if field.name in (*_ALL_TAKE, *known.takes):
            continue
        if getattr(source, field.name) != field.default:
            takers = [name for name, other in SOURCES.items() if field.name in other.takes]
            raise ConfigError(
                f"{place}.{field.name} is set for dataset {source.dataset}, expected it for "
                f"{' or '.join(takers)} alone; remove the key."
            )
    for key in known.needs:
        if not attrgetter(key)(source):
            raise ConfigError(
                f"{place}.{key} is missing, which dataset {source.dataset} needs. "
                f"Add `{place}.{key}: ...`."
            )
    if len(source.delimiter) != 1 or source.delimiter in '"\r\n':
        raise ConfigError(f"{place}.delimiter is {source.delimiter!r}, expected one character.")


def check_run_names(config: Config) -> None:
    """What training and evaluating need beyond it.

    Raises:
      ConfigError: with the mend.
    """
    check_name("train.model", config.train.model, MODELS)
    for group in config.evaluate.slices:
        for column in (group,) if isinstance(group, str) else group:
            check_name("evaluate.slices", column, COLUMNS)
    slice_columns(config.evaluate.slices)
    smallest = MODELS[config.train.model].min_side
    if config.images.side < smallest:
        raise ConfigError(
            f"images.side is {config.images.side}, but model {config.train.model} takes sides "
            f"from {smallest} on: raise images.side, or choose another train.model."
        )
    check_objective(config)
    check_devices(config.train)
    check_plateau(config.train)
    check_training(config)
    if not config.push.directory:
        raise ConfigError("push.directory is '', expected a folder such as serving_model.")
    check_net(config)
    check_crossing(config)
    _check_beam(config.beam)
    check_sweep(config)
    _check_trials(config)


def _check_trials(config: Config) -> None:
    """Every trial of a sweep could stand in a config of its own."""
    for values in planned(config.tune, config.seed):
        train = with_values(config.train, values)
        try:
            check_run_names(dataclasses.replace(config, train=train, tune=TuneConfig()))
        except ConfigError as error:
            raise ConfigError(f"tune: no trial can have {words(values)}: {error}") from error


RUNNERS = ("direct", "flink")

# Keys of `beam` that runner flink needs and no other reads: what each is, and one in its form.
_FLINK_KEYS = {
    "address": ("host:port of Flink's master", "localhost:8081"),
    "job_server": ("the path of Beam's Flink job server", "flink-job-server.jar"),
    "worker_pool": ("host:port of Beam's worker pool", "localhost:50000"),
}
_HOST_PORT = re.compile(r"(?:[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):([0-9]{1,5})")


def _check_beam(beam: BeamConfig) -> None:
    if beam.runner.lower() in ("dask", "daskrunner"):
        raise ConfigError(
            f"beam.runner is {beam.runner!r}, expected direct or flink: Beam's DaskRunner loses "
            "records without an error (of 60 none was written) and ignores output tags. Set "
            "beam.runner=direct, or flink for a cluster."
        )
    check_name("beam.runner", beam.runner, RUNNERS)
    for key, (what, example) in _FLINK_KEYS.items():
        value = getattr(beam, key)
        if beam.runner == "flink" and not _is_in_form(key, value):
            raise ConfigError(
                f"beam.{key} is {value!r}, expected {what}, which runner flink needs. Set it, "
                f"such as beam.{key}={example}."
            )
        if beam.runner != "flink" and value is not None:
            raise ConfigError(
                f"beam.{key} is set for runner {beam.runner}, expected it for flink alone; remove "
                "the key, or set beam.runner=flink."
            )


def _is_in_form(key: str, value: str | None) -> bool:
    """Whether there is a value, and an address names a port from 1 to 65535."""
    if key == "job_server" or not value:
        return bool(value)
    found = _HOST_PORT.fullmatch(value)
    return found is not None and 1 <= int(found[1]) <= 65535


def check_folds(config: Config, folds: tuple[str, ...]) -> None:
    """The held-out folds exist, each once, and others are left to train on.

    Raises:
      ConfigError: with the nearest known fold.
    """
    if config.folds.test == "all":
        check_crossed_folds(folds)
        return
    known, test = ", ".join(folds), config.folds.test
    for fold in test:
        if fold not in folds:
            raise ConfigError(
                f"folds.test names {fold!r}{nearest(fold, folds)}, but the data have {known}."
            )
        if test.count(fold) > 1:
            raise ConfigError(f"folds.test names {fold!r} twice, expected once. Remove one.")
    if "val" in test and "train" in set(folds) - set(test):
        raise ConfigError(
            "folds.test holds out val, whose people the published lists share with train: hold out "
            "test, or train too."
        )
    if not test:
        raise ConfigError(f"folds.test is empty, expected one or more of {known}.")
    if set(folds) <= set(test):
        raise ConfigError(f"folds.test holds out all of {known}: nothing is left to train on.")


def check_name(key: str, name: str, known: Iterable[str]) -> None:
    """Raise ConfigError, with the nearest name, if `name` is none of `known`."""
    names = sorted(known)
    if name not in names:
        raise ConfigError(f"{key} is {name!r}{nearest(name, names)}. Known: {', '.join(names)}.")
