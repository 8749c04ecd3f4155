"""Paths of a config for a cluster: of the container, never looked up on this machine."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.kubeflow.paths import check_cluster_paths, check_package
from schemas.config.blocks import Config, DataConfig, PushConfig
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError

CONFIG = Config(
    "test",
    (DataConfig("adience", "/data/folds", "/data/aligned"),),
    push=PushConfig("/models"),
)


@pytest.mark.parametrize(
    "train",
    [
        TrainConfig(weights="/weights/that/are/nowhere.h5"),
        TrainConfig(weights="gs://bucket/base.h5"),
        TrainConfig(weights="imagenet"),
        TrainConfig(weights="random"),
        TrainConfig(start_from="/models/whole/1"),
        TrainConfig(start_from="gs://bucket/whole/1"),
    ],
    ids=lambda train: train.weights or train.start_from,
)
def test_a_container_path_a_uri_and_a_keyword_pass_without_a_look_up(train: TrainConfig) -> None:
    check_cluster_paths(replace(CONFIG, train=train))


@pytest.mark.parametrize(
    ("train", "key"),
    [
        (TrainConfig(weights="runs/whole"), "weights"),
        (TrainConfig(start_from="runs/whole"), "start_from"),
    ],
)
def test_a_relative_path_is_refused(train: TrainConfig, key: str) -> None:
    with pytest.raises(ConfigError, match=rf"train\.{key} is 'runs/whole', expected an absolute"):
        check_cluster_paths(replace(CONFIG, train=train))


def test_a_package_replaces_no_other_file(tmp_path: Path) -> None:
    config = tmp_path / "mine.yaml"
    config.write_text("name: mine\n")

    with pytest.raises(ConfigError, match="which exists and is no package"):
        check_package(config)
    check_package(tmp_path / "new.yaml")
