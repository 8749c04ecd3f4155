"""The recipe for a learning-rate schedule: two files."""

from pathlib import Path

import pytest

from tests.recipes.adding import code, copy_sources, insert, insert_row, python

OPTIMIZERS = Path("components/trainer/training/optimizers.py")
TRAIN = Path("schemas/config/train.py")
RATES = """
from pathlib import Path
from components.trainer.training.optimizers import learning_rate
from pipelines.config.load import read_config

config = read_config(Path("pipelines/configs/adience.yaml"), [
    "train.schedule=linear", "train.epochs=3", "train.warmup_epochs=1", "train.learning_rate=0.5"
])
rate = learning_rate(config.train, steps=10)
print([round(float(rate(step)), 4) for step in (0, 5, 10, 20, 30)])
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A copy of the sources with the schedule."""
    tree = copy_sources(tmp_path)
    (schedule,) = code("A learning-rate schedule")
    insert(tree / OPTIMIZERS, f"{schedule}\n\n", before="SCHEDULES")
    insert_row(tree / OPTIMIZERS, "SCHEDULES", '    "linear": _linear,\n')
    text = (tree / TRAIN).read_text(encoding="utf-8")
    names = 'schedule: Literal["cosine", '
    assert text.count(names) == 1
    (tree / TRAIN).write_text(text.replace(names, f'{names}"linear", '), encoding="utf-8")
    return tree


@pytest.mark.tf
def test_a_new_schedule_is_read_and_follows_the_warm_up(tree: Path) -> None:
    done = python(tree, "-c", RATES)

    # One epoch up to 0.5, then two epochs down to 0.
    assert done.stdout.splitlines()[-1:] == ["[0.0, 0.25, 0.5, 0.25, 0.0]"], done.stderr
