"""The zoo as the command line shows it."""

import json

import pytest

from pipelines.cli import main
from schemas.zoo import MODELS
from tests.components.trainer.models.published import GOLDEN

pytestmark = pytest.mark.tf


def test_models_lists_the_zoo_with_its_published_parameters(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert main(["models", "--json"]) == 0

    rows = json.loads(capfd.readouterr().out)
    counts = {row["name"]: (row["parameters"], row["trainable"]) for row in rows}
    assert {name: counts[name] for name in GOLDEN} == GOLDEN
    assert {row["name"]: row["side"] for row in rows} == {
        name: model.side for name, model in MODELS.items()
    }
