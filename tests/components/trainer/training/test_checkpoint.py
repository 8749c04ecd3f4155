"""Checkpoints on disk."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from components.trainer.training.checkpoint import Checkpoint, CheckpointStore, checkpoint_folder

pytestmark = pytest.mark.tf


def checkpoint(losses: list[float], mark: int = 0) -> Checkpoint:
    """A checkpoint with a variable of each kind that a model has; `mark` makes it distinct."""
    variables: list[Any] = [
        np.full((2, 3), mark / 3, np.float32),
        np.array(mark, np.int64),
        np.array([7, mark], np.uint32),
    ]
    numbers = [float(number) for number in range(1, len(losses) + 1)]
    return Checkpoint(
        {"epoch": numbers, "val_loss": losses}, variables, [np.full(4, mark, np.float32)]
    )


def assert_same(found: Checkpoint | None, expected: Checkpoint) -> None:
    assert found is not None
    assert found.history == expected.history
    for arrays, others in ((found.variables, expected.variables), (found.best, expected.best)):
        assert [array.dtype for array in arrays] == [other.dtype for other in others]
        for array, other in zip(arrays, others, strict=True):
            np.testing.assert_array_equal(array, other)


def test_the_last_checkpoint_is_loaded_bit_for_bit(tmp_path: Path) -> None:
    store = CheckpointStore(str(tmp_path / "a" / "b"))
    assert store.load() is None

    for epoch, losses in enumerate([[0.1], [0.1, 1 / 3 - 0.3]]):
        store.save(checkpoint(losses, mark=epoch))
        assert_same(
            CheckpointStore(str(tmp_path / "a" / "b")).load(), checkpoint(losses, mark=epoch)
        )


def test_the_weights_of_the_best_epoch_stay_while_later_ones_are_worse(tmp_path: Path) -> None:
    store = CheckpointStore(str(tmp_path))
    best = checkpoint([0.5], mark=1)
    store.save(best)
    store.save(checkpoint([0.5, 0.9], mark=2)._replace(best=best.best))

    assert_same(store.load(), checkpoint([0.5, 0.9], mark=2)._replace(best=best.best))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best-1.npz", "last.npz"]

    store.save(checkpoint([0.5, 0.9, 0.1], mark=3))

    assert_same(store.load(), checkpoint([0.5, 0.9, 0.1], mark=3))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best-3.npz", "last.npz"]


def test_weights_of_a_killed_attempt_at_the_same_epoch_are_overwritten(
    tmp_path: Path,
) -> None:
    store = CheckpointStore(str(tmp_path))
    store.save(checkpoint([0.5], mark=1))
    first = (tmp_path / "last.npz").read_bytes()
    store.save(checkpoint([0.5, 0.2], mark=8))
    (tmp_path / "last.npz").write_bytes(first)  # As if killed between the two files.

    store.save(checkpoint([0.5, 0.2], mark=2))

    assert_same(store.load(), checkpoint([0.5, 0.2], mark=2))


def test_losses_that_are_not_numbers_are_restored(tmp_path: Path) -> None:
    store = CheckpointStore(str(tmp_path))

    store.save(
        Checkpoint({"epoch": [1.0], "val_loss": [float("nan")], "loss": [float("inf")]}, [], [])
    )

    found = store.load()
    assert found is not None
    assert repr(found.history) == "{'epoch': [1.0], 'val_loss': [nan], 'loss': [inf]}"
    assert found.best == []


def test_a_training_without_validation_is_restored(tmp_path: Path) -> None:
    store = CheckpointStore(str(tmp_path))

    store.save(Checkpoint({"epoch": [1.0], "loss": [0.5]}, [np.zeros(2)], []))

    found = store.load()
    assert found is not None
    assert found.history == {"epoch": [1.0], "loss": [0.5]}


@pytest.mark.parametrize("name", ["last.npz", "best-1.npz"])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.9], ids=["empty", "a third", "most"])
def test_a_truncated_file_means_training_anew(share: float, name: str, tmp_path: Path) -> None:
    store = CheckpointStore(str(tmp_path))
    store.save(checkpoint([0.5]))
    whole = (tmp_path / name).read_bytes()

    (tmp_path / name).write_bytes(whole[: int(len(whole) * share)])

    assert store.load() is None


def test_a_lost_file_means_training_anew(tmp_path: Path) -> None:
    store = CheckpointStore(str(tmp_path))
    store.save(checkpoint([0.5]))

    (tmp_path / "best-1.npz").unlink()

    assert store.load() is None


def test_leftovers_of_an_interrupted_write_are_ignored_and_removed_by_the_next(
    tmp_path: Path,
) -> None:
    store = CheckpointStore(str(tmp_path))
    store.save(checkpoint([0.5]))
    (tmp_path / ".last.npz.unfinished").write_bytes(b"half")
    (tmp_path / ".best-7.npz.unfinished").write_bytes(b"half")

    assert_same(store.load(), checkpoint([0.5]))
    store.save(checkpoint([0.5, 0.6])._replace(best=checkpoint([0.5]).best))

    assert sorted(path.name for path in tmp_path.iterdir()) == ["best-1.npz", "last.npz"]


def test_a_finished_training_leaves_nothing(tmp_path: Path) -> None:
    store = CheckpointStore(str(tmp_path / "one"))
    store.remove()
    store.save(checkpoint([0.5]))

    store.remove()

    assert list(tmp_path.iterdir()) == []


def test_every_change_of_an_input_has_its_own_folder() -> None:
    settings: dict[str, Any] = {"train": "{}", "seed": 0, "held_out": ["fold_4"]}
    same = dict(reversed(settings.items()))
    others = [{**settings, "seed": 1}, {**settings, "held_out": ["fold_3"]}, {**settings, "x": ""}]

    folders = [checkpoint_folder("root", each) for each in (settings, *others)]

    assert checkpoint_folder("root", same) == folders[0]
    assert len(set(folders)) == 4
    assert all(folder.startswith("root/") for folder in folders)
    assert checkpoint_folder("gs://b/root", settings).startswith("gs://b/root/")
