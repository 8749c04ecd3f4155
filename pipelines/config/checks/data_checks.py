"""Checks of the run's name, the data sources, the labels and the slices."""

import dataclasses
import os
import re
from operator import attrgetter

from components.ingest.sources.registry import SOURCES
from pipelines.config.custom_tables import is_file
from pipelines.config.known_names import check_known
from schemas.config.blocks import Config, DataConfig
from schemas.errors import ConfigError
from schemas.labels.classes import AGE_TABLES, RACE_TABLES, TARGETS
from schemas.labels.policies import POLICIES
from schemas.labels.vocabularies import VOCABULARIES
from schemas.slices import COLUMNS, slice_columns

_RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_MAX_NAME = 63  # Of a TFX pipeline, which checks it when it is compiled.
# Keys of `data` that every dataset takes.
_ALL_TAKE = ("dataset", "labels", "images", "synthetic")


def check_run_name(config: Config) -> None:
    """The run's name can name a folder."""
    if not _RUN_NAME.fullmatch(config.name):
        raise ConfigError(
            f"name is {config.name!r}, expected letters, digits, '.', '_' and '-': "
            "it names the run folder."
        )
    if len(config.name) > _MAX_NAME:
        raise ConfigError(
            f"name is {config.name!r}, {len(config.name)} letters, expected at most {_MAX_NAME}: "
            "shorten it."
        )


def check_label_names(config: Config) -> None:
    """Policy, target, tables and vocabulary are known, or files of the user's."""
    labels = config.labels
    if not is_file(labels.policy):
        check_known("labels.policy", labels.policy, POLICIES)
    check_known("labels.target", labels.target, TARGETS)
    if not is_file(labels.classes):
        check_known("labels.classes", labels.classes, AGE_TABLES)
    if labels.vocabulary is not None and not is_file(labels.vocabulary):
        check_known("labels.vocabulary", labels.vocabulary, VOCABULARIES)
    check_known("labels.races", labels.races, RACE_TABLES)


def check_no_buckets(config: Config) -> None:
    """Labels and images are in file systems, not in object stores."""
    for position, data in enumerate(config.data):
        block = "data" if len(config.data) == 1 else f"data.{position}"
        for key in ("labels", "images"):
            path = getattr(data, key)
            if path is not None and "://" in path:
                raise ConfigError(
                    f"{block}.{key} is {path!r}, expected a path of a file system: Facefold reads "
                    "labels and images of no object store. Mount the bucket (on Kubeflow as a "
                    "volume), or copy it."
                )


def check_sources(config: Config) -> None:
    """There is a data source, each of a known dataset and with the keys of that alone."""
    if not config.data:
        raise ConfigError("data is an empty list, expected at least one source of faces.")
    for position, source in enumerate(config.data):
        place = "data" if len(config.data) == 1 else f"data.{position}"
        check_known(f"{place}.dataset", source.dataset, SOURCES)
        _check_source(source, place)


def _check_source(source: DataConfig, place: str) -> None:
    """The source has all keys that its dataset needs, and none that it does not take."""
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


def check_links(config: Config) -> None:
    """Folders for links are only named where links are followed."""
    images = config.images
    if images.link_roots and not images.follow_links:
        raise ConfigError(
            f"images.link_roots is {list(images.link_roots)}, but no link is followed; add "
            "`images.follow_links: true`, or remove the key."
        )


def check_slices(config: Config) -> None:
    """Slices name known columns, each once."""
    for group in config.evaluate.slices:
        for column in (group,) if isinstance(group, str) else group:
            check_known("evaluate.slices", column, COLUMNS)
    slice_columns(config.evaluate.slices)


def check_push(config: Config) -> None:
    """There is a folder to push to; a relative one lies in the run folder."""
    directory = config.push.directory
    if not directory:
        raise ConfigError("push.directory is '', expected a folder such as serving_model.")
    above = os.path.normpath(directory).split(os.sep)[0] == os.pardir
    if above or directory.startswith("~"):
        raise ConfigError(
            f"push.directory is {directory!r}, expected a folder in the run folder, such as "
            "serving_model, an absolute path or a URI. Write the absolute path."
        )
