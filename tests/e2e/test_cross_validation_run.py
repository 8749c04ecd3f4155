"""Cross-validation from the command line: one fold fails, is repaired, then all is reused."""

import json
import re
import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow.parquet as pq
import pytest

from pipelines.nodes import node_names
from schemas.config.blocks import Config, FoldsConfig
from tests.e2e.conftest import ALWAYS_BLESSED, Facefold, SmallRun
from tests.repository import Finished

pytestmark = [pytest.mark.tf, pytest.mark.e2e, pytest.mark.slow]

FOLDS = tuple(f"fold_{number}" for number in range(5))
NODES = node_names(Config("a", (), folds=FoldsConfig(test="all")), FOLDS)
BROKEN = "fold_2"
OTHERS = {f"{kind}_{fold}" for kind in ("Trainer", "Evaluator") for fold in FOLDS} - {
    f"Trainer_{BROKEN}",
    f"Evaluator_{BROKEN}",
}
AFTER = {
    f"Trainer_{BROKEN}",
    f"Evaluator_{BROKEN}",
    "EpochChoice",
    "Trainer",
    "BiasReview",
    "Pusher",
}


class Crossed(NamedTuple):
    """Three runs of the same cross-validation."""

    folder: Path
    failed: Finished  # A file stands where the folder of one fold's Trainer goes.
    repaired: Finished
    again: Finished


@pytest.fixture(scope="module")
def crossed(
    small_run: SmallRun, facefold: Facefold, tmp_path_factory: pytest.TempPathFactory
) -> Crossed:
    """A copy of the small run, cross-validated three times."""
    run = small_run.copy(tmp_path_factory.mktemp("crossed"))
    folder = run.folder
    shutil.rmtree(folder / "serving_model")
    arguments = run.arguments(ALWAYS_BLESSED, "folds.test=all")
    in_the_way = folder / "artifacts" / f"Trainer_{BROKEN}"
    in_the_way.write_text("a file where a folder goes")
    failed = facefold(*arguments)
    in_the_way.unlink()
    return Crossed(folder, failed, facefold(*arguments), facefold(*arguments))


def node_states(stdout: str) -> dict[str, str]:
    """{node: state} of the lines of progress."""
    return dict(re.findall(r"^\[[ \d]+/\d+\] (\w+) +(done|reused|failed) in", stdout, re.MULTILINE))


def test_one_fold_s_failure_leaves_the_others_to_be_reused(crossed: Crossed) -> None:
    first, then = node_states(crossed.failed.stdout), node_states(crossed.repaired.stdout)

    assert crossed.failed.returncode == 1
    [line] = crossed.failed.stderr.splitlines()
    assert line.startswith(f"facefold: Trainer_{BROKEN} failed: ")
    assert {node for node, state in first.items() if state == "failed"} == {f"Trainer_{BROKEN}"}
    assert {node for node, state in first.items() if state == "done"} >= OTHERS
    assert not first.keys() & (AFTER - {f"Trainer_{BROKEN}"})
    assert f"left out after Trainer_{BROKEN}: " in crossed.failed.stdout
    assert crossed.repaired.returncode == 0, crossed.repaired.stderr
    assert {node for node, state in then.items() if state == "done"} == AFTER
    assert {node for node, state in then.items() if state == "reused"} == set(NODES) - AFTER


def test_the_same_command_again_reuses_every_node(crossed: Crossed) -> None:
    assert crossed.again.returncode == 0, crossed.again.stderr
    assert node_states(crossed.again.stdout) == dict.fromkeys(NODES, "reused")
    assert {path.name for path in (crossed.folder / "serving_model").iterdir()} == {"1", ".pushes"}


def test_the_run_ends_with_the_mean_over_the_folds(crossed: Crossed) -> None:
    right = {}
    for fold in FOLDS:
        paths = crossed.folder.glob(f"artifacts/Evaluator_{fold}/evaluation/*/predictions.parquet")
        [table] = [pq.read_table(path).to_pandas() for path in paths]
        assert set(table["fold"]) == {fold}
        off = (table["label"] - table["predicted"]).abs()
        right[fold] = (100 * (off == 0).mean(), 100 * (off <= 1).mean(), len(table))
    exact, near, images = np.array(list(right.values())).T

    for printed in (crossed.repaired.stdout, crossed.again.stdout):
        text = " ".join(printed.split())
        assert (
            f"age mean exact {exact.mean():.1f} ± {exact.std(ddof=1):.1f} %, "
            f"1-off {near.mean():.1f} ± {near.std(ddof=1):.1f} % over 5 folds"
        ) in text
        pooled = (exact * images).sum() / images.sum()
        assert f"all together {pooled:.1f} " in text
        assert "published none to compare with: Levi and Hassner 2015" in text
        assert "it was never evaluated" in text


def test_the_pushed_model_is_the_one_of_all_folds_and_the_chosen_epochs(crossed: Crossed) -> None:
    pushed = crossed.folder / "serving_model" / "1"
    facts = json.loads((pushed / "assets.extra" / "training.json").read_text())
    review = json.loads((crossed.folder / "review" / "review.json").read_text())

    assert facts["training_images"] == review["overall"][0]["images"]  # Each is held out once.
    assert facts["validation_images"] == 0
    assert facts["epochs_run"] == facts["epochs"]
    assert list(facts["best_epochs"]) == list(FOLDS)
    assert review["verdict"] == "released"
    assert review["cross_validation"]["pushed"]["images"] == facts["training_images"]
    page = (crossed.folder / "review" / "index.html").read_text()
    assert "The pushed model itself was never evaluated" in page
