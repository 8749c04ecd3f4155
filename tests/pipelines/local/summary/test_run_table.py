"""The end of a run: published files and the summary."""

from pathlib import Path

import pytest

from pipelines.local.results import NodeResult
from pipelines.local.run_folder.layout import RunFolder
from pipelines.local.summary.run_table import finish


@pytest.fixture
def trained(tmp_path: Path) -> tuple[RunFolder, list[NodeResult]]:
    """A run folder in which two Trainers have run, and their results."""
    results = []
    for number, name in enumerate(("Trainer_fold_0", "Trainer_fold_1")):
        run = f"artifacts/{name}/model_run/{number}"
        curves = tmp_path / run / "curves"
        curves.mkdir(parents=True)
        (curves / "curves.csv").write_text(name)
        (curves / "curves.png").write_bytes(name.encode())
        results.append(NodeResult(name, "done", 1.0, {"model_run": [run]}))
    return RunFolder(tmp_path), results


def test_the_curves_of_each_trainer_are_published_under_its_name(
    trained: tuple[RunFolder, list[NodeResult]],
) -> None:
    folder, results = trained
    folder.curves.mkdir()
    (folder.curves / "Trainer_fold_0.csv").write_text("of an earlier run")

    summary = finish(folder, results, 2.0).summary

    published = {path.name: path.read_text() for path in folder.curves.iterdir()}
    assert published == {
        f"{result.name}.{kind}": result.name for result in results for kind in ("csv", "png")
    }
    assert f"{folder.curves}/*.png\n" in summary
    assert f"tensorboard --logdir {folder.artifacts}\n" in summary


def test_the_curves_of_one_trainer_are_named_by_their_path(
    trained: tuple[RunFolder, list[NodeResult]],
) -> None:
    folder, (alone, _) = trained

    summary = finish(folder, [alone], 2.0).summary

    assert f"{folder.curves}/Trainer_fold_0.png\n" in summary
    assert f"tensorboard --logdir {folder.path / alone.outputs['model_run'][0]}\n" in summary


def test_a_run_without_a_trainer_names_no_curves(tmp_path: Path) -> None:
    summary = finish(RunFolder(tmp_path), [NodeResult("FaceIngest", "done", 1.0, {})], 2.0).summary

    assert "curves" not in summary
