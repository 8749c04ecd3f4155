"""Blocks of the config as JSON text, and back."""

import json
import pickle
from typing import Any

import pytest
from pydantic import ValidationError

from schemas.config.blocks import (
    BeamConfig,
    ColumnsConfig,
    Config,
    DataConfig,
    EvaluateConfig,
    FoldsConfig,
    TuneConfig,
)
from schemas.config.serialization import dump, load
from schemas.config.train import NetConfig, TrainConfig, TransferConfig

CONFIG = Config(
    "n",
    (
        DataConfig("adience", "l", "i"),
        DataConfig("utkface"),
        DataConfig("csv", columns=ColumnsConfig(path="p"), delimiter=";"),
    ),
    folds=FoldsConfig(test="all"),
    train=TrainConfig(
        devices=(0, 1),
        learning_rate=1e-05,
        net=NetConfig(units=(8, 4), dropout=0.5, inputs=("age",)),
        transfer=TransferConfig(epochs=2, frozen=True),
    ),
    tune=TuneConfig(trials=1, dropout=(0.0, 0.25), units=(8,), layers=(1, 2)),
    evaluate=EvaluateConfig(slices=("fold", ("gender", "age"))),
    beam=BeamConfig("flink", 4, "a:1", "j.jar", "b:2"),
)


@pytest.mark.parametrize(
    "block", [CONFIG, TrainConfig(), CONFIG.train, FoldsConfig(("fold_1",)), TuneConfig()]
)
def test_load_reads_back_a_dumped_block(block: Any) -> None:
    read = load(type(block), dump(block))

    assert read == block
    assert hash(read) == hash(block)
    assert pickle.loads(pickle.dumps(read)) == block
    assert dump(read) == dump(block)


def test_equal_configs_are_equal_texts_with_sorted_keys() -> None:
    raw = json.loads(dump(CONFIG))

    assert dump(CONFIG) == json.dumps(raw, sort_keys=True)
    assert list(raw) == sorted(raw)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"epohs": 1}', "unexpected_keyword_argument"),
        ('{"epochs": 1.0}', "int_type"),
        ('{"epochs": "1"}', "int_type"),
        ('{"epochs": true}', "int_type"),
        ('{"epochs": 0}', "greater_than_equal"),
        ('{"learning_rate": NaN}', "finite_number"),
        ("{", "json_invalid"),
    ],
)
def test_another_text_is_refused(text: str, fault: str) -> None:
    with pytest.raises(ValidationError) as caught:
        load(TrainConfig, text)

    assert [error["type"] for error in caught.value.errors()] == [fault]
