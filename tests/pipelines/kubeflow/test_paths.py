"""Paths of a config for a cluster: of the container, never looked up on this machine."""

from dataclasses import replace

import pytest

from pipelines.kubeflow.paths import check_cluster_paths
from schemas.config.blocks import Config, DataConfig, PushConfig
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError

CONFIG = Config(
    "test",
    (DataConfig("adience", "/data/folds", "/data/aligned"),),
    push=PushConfig("/models"),
    output="/runs",
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
