"""The zoo as the command line shows it."""

import json

import pytest

from pipelines.cli import main
from schemas.zoo import MODELS

pytestmark = pytest.mark.tf

# DESIGN: the published parameter counts; of the mlp by hand: 64x64x3 pixels, 64-32-32-16-16, 8 + 2.
MLP = (12288 * 64 + 64) + (64 * 32 + 32) + (32 * 32 + 32) + (32 * 16 + 16) + (16 * 16 + 16) + 170
TOTAL = {
    "xception": 2_738_240, "inception_v3": 21_806_882, "inception_v3_tuned": 22_065_314,
    "cnn3": 8_412_578, "cnn4": 4_292_130, "cnn5": 2_490_146, "levi_hassner": 51_980_936,
    "utk_cnn": 1_136_085, "mlp": MLP,
}  # fmt: skip
TRAINABLE = {
    "inception_v3": 4_098,
    "inception_v3_tuned": 22_030_882,
    "levi_hassner": 51_980_232,
}


def test_models_lists_the_zoo_with_its_published_parameters(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main(["models", "--json"]) == 0

    rows = json.loads(capfd.readouterr().out)
    assert {row["name"]: row["parameters"] for row in rows} == TOTAL
    assert {row["name"]: row["trainable"] for row in rows if row["name"] in TRAINABLE} == TRAINABLE
    assert {row["name"]: row["side"] for row in rows} == {
        name: model.side for name, model in MODELS.items()
    }
