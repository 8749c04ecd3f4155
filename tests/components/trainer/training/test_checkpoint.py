"""The files of an unfinished training."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.trainer.training.checkpoint import Backup, Saved, backup_folder

pytestmark = pytest.mark.tf


def saved(losses: list[float], mark: int = 0) -> Saved:
    """An epoch with a variable of each kind that a model has; `mark` tells it from others."""
    variables: list[Any] = [
        np.full((2, 3), mark / 3, np.float32),
        np.array(mark, np.int64),
        np.array([7, mark], np.uint32),
    ]
    numbers = [float(number) for number in range(1, len(losses) + 1)]
    return Saved({"epoch": numbers, "val_loss": losses}, variables, [np.full(4, mark, np.float32)])


def assert_same(found: Saved | None, expected: Saved) -> None:
    assert found is not None
    assert found.history == expected.history
    for arrays, others in ((found.variables, expected.variables), (found.best, expected.best)):
        assert [array.dtype for array in arrays] == [other.dtype for other in others]
        for array, other in zip(arrays, others, strict=True):
            np.testing.assert_array_equal(array, other)


def test_what_was_saved_last_comes_back_bit_for_bit(tmp_path: Path) -> None:
    backup = Backup(str(tmp_path / "a" / "b"))
    assert backup.load() is None

    for epoch, losses in enumerate([[0.1], [0.1, 1 / 3 - 0.3]]):
        backup.save(saved(losses, mark=epoch))
        assert_same(Backup(str(tmp_path / "a" / "b")).load(), saved(losses, mark=epoch))


def test_the_weights_of_the_best_epoch_stay_while_later_ones_are_worse(tmp_path: Path) -> None:
    backup = Backup(str(tmp_path))
    best = saved([0.5], mark=1)
    backup.save(best)
    backup.save(saved([0.5, 0.9], mark=2)._replace(best=best.best))

    assert_same(backup.load(), saved([0.5, 0.9], mark=2)._replace(best=best.best))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best-1", "last"]

    backup.save(saved([0.5, 0.9, 0.1], mark=3))

    assert_same(backup.load(), saved([0.5, 0.9, 0.1], mark=3))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best-3", "last"]


def test_weights_that_a_killed_try_wrote_for_the_same_epoch_are_written_over(
    tmp_path: Path,
) -> None:
    backup = Backup(str(tmp_path))
    backup.save(saved([0.5], mark=1))
    first = (tmp_path / "last").read_bytes()
    backup.save(saved([0.5, 0.2], mark=8))
    (tmp_path / "last").write_bytes(first)  # As if killed between the two files.

    backup.save(saved([0.5, 0.2], mark=2))

    assert_same(backup.load(), saved([0.5, 0.2], mark=2))


def test_losses_that_are_no_numbers_come_back(tmp_path: Path) -> None:
    backup = Backup(str(tmp_path))

    backup.save(Saved({"epoch": [1.0], "val_loss": [float("nan")], "loss": [float("inf")]}, [], []))

    found = backup.load()
    assert found is not None
    assert repr(found.history) == "{'epoch': [1.0], 'val_loss': [nan], 'loss': [inf]}"
    assert found.best == []


def test_a_training_without_validation_comes_back(tmp_path: Path) -> None:
    backup = Backup(str(tmp_path))

    backup.save(Saved({"epoch": [1.0], "loss": [0.5]}, [np.zeros(2)], []))

    found = backup.load()
    assert found is not None
    assert found.history == {"epoch": [1.0], "loss": [0.5]}


@pytest.mark.parametrize("name", ["last", "best-1"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9], ids=["empty", "a third", "most"])
def test_a_file_that_is_cut_off_means_training_anew(
    share: float, name: str, tmp_path: Path
) -> None:
    backup = Backup(str(tmp_path))
    backup.save(saved([0.5]))
    whole = (tmp_path / name).read_bytes()

    (tmp_path / name).write_bytes(whole[: int(len(whole) * share)])

    assert backup.load() is None


def test_a_lost_file_means_training_anew(tmp_path: Path) -> None:
    backup = Backup(str(tmp_path))
    backup.save(saved([0.5]))

    (tmp_path / "best-1").unlink()

    assert backup.load() is None


def test_what_an_interrupted_writing_left_is_not_read_and_goes_with_the_next(
    tmp_path: Path,
) -> None:
    backup = Backup(str(tmp_path))
    backup.save(saved([0.5]))
    (tmp_path / ".last.unfinished").write_bytes(b"half")
    (tmp_path / ".best-7.unfinished").write_bytes(b"half")

    assert_same(backup.load(), saved([0.5]))
    backup.save(saved([0.5, 0.6])._replace(best=saved([0.5]).best))

    assert sorted(path.name for path in tmp_path.iterdir()) == ["best-1", "last"]


def test_a_finished_training_leaves_nothing(tmp_path: Path) -> None:
    backup = Backup(str(tmp_path / "one"))
    backup.remove()
    backup.save(saved([0.5]))

    backup.remove()

    assert list(tmp_path.iterdir()) == []


def test_every_change_has_a_folder_of_its_own() -> None:
    settings: dict[str, Any] = {"train": "{}", "seed": 0, "held_out": ["fold_4"]}
    same = dict(reversed(settings.items()))
    others = [{**settings, "seed": 1}, {**settings, "held_out": ["fold_3"]}, {**settings, "x": ""}]

    folders = [backup_folder("root", each) for each in (settings, *others)]

    assert backup_folder("root", same) == folders[0]
    assert len(set(folders)) == 4
    assert all(folder.startswith("root/") for folder in folders)
    assert backup_folder("gs://b/root", settings).startswith("gs://b/root/")
