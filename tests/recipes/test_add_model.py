"""The recipe for a model: two files."""

from pathlib import Path

import pytest

from tests.recipes.adding import code, copy_sources, copy_tests, facefold, insert_row, python

STEP = """
import keras
import numpy as np
from components.trainer.models import builders
from components.trainer.models.spec import ModelSpec

model = builders.build("tiny", ModelSpec(32, (("age", 8),), seed=0))
model.compile("sgd", {"age": "sparse_categorical_crossentropy"})
images = np.random.default_rng(0).uniform(-1, 1, (4, 32, 32, 3)).astype("float32")
before = [weight.copy() for weight in model.get_weights()]
model.train_on_batch(images, {"age": np.arange(4)})
print(all(not np.array_equal(a, b) for a, b in zip(before, model.get_weights(), strict=True)))
print(builders.count_parameters("tiny").total)
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the sources with the model."""
    tree = copy_sources(tmp_path)
    row, builder = code("A model")
    insert_row(tree / "schemas" / "zoo.py", "MODELS", row)
    models = tree / "components" / "trainer" / "models"
    (models / "tiny.py").write_text(builder, encoding="utf-8")
    (tree / "a_file").touch()
    return tree


def test_the_config_takes_a_new_model_and_the_keys_of_its_row(tree: Path) -> None:
    run = ["run", "adience", "train.model=tiny", "output=a_file"]

    taken = facefold(tree, *run, "train.net.dropout=0.1")
    refused = facefold(tree, *run, "train.net.units=[8]")

    assert "is a file, expected a folder" in taken.stderr
    assert "train.net.units is set for model tiny" in refused.stderr


@pytest.mark.tf
def test_a_new_model_is_trained_for_a_step_and_counted(tree: Path) -> None:
    done = python(tree, "-c", STEP)

    # A convolution of 3 x 3 x 3 x 16 weights and 16 biases; a head of 16 x 8 and 8.
    assert done.stdout.splitlines()[-2:] == ["True", str(448 + 136)], done.stderr


@pytest.mark.tf
def test_a_new_model_passes_the_tests_of_every_model(tree: Path) -> None:
    copy_tests(tree)
    models = "tests/components/trainer/models"
    options = ["-q", "-p", "no:cacheprovider", "-k", "tiny or has_a_row or nine or unknown"]
    names = ("test_builders.py", "test_every_model.py", "test_dense.py")
    files = [f"{models}/{name}" for name in names]

    done = python(tree, "-m", "pytest", *options, *files)

    assert done.returncode == 0, done.stdout[-4000:]
    for check in (("check",), ("format", "--check")):
        done = python(tree, "-m", "ruff", *check, "--no-cache", "schemas", "components")
        assert done.returncode == 0, done.stdout
