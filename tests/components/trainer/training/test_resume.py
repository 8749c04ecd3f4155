"""The epochs of a training that was killed, and of the one that resumes it."""

import contextlib
from pathlib import Path
from typing import Any

import pytest

from schemas.config.train import TrainConfig

pytestmark = pytest.mark.tf


class Run:
    """The part of a training in one process, with given validation losses."""

    def __init__(self, folder: Path, losses: dict[int, float], **settings: Any) -> None:
        import keras

        from components.trainer.training.checkpoint import CheckpointStore
        from components.trainer.training.resume import ResumableTraining

        self._losses = losses
        self.model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False)])
        self.resumable = ResumableTraining(TrainConfig(**settings), CheckpointStore(str(folder)))
        self.ran: list[int] = []

    def phase(self, first: int, last: int, rate: float = 1.0) -> None:
        """One phase; epoch n leaves the weight n, and a momentum of its own in the optimiser."""
        import keras
        import numpy as np

        self.model.compile(keras.optimizers.SGD(rate, momentum=0.5), "mse")
        self.resumable.set_model(self.model)
        for epoch in self.resumable.start_phase(self.model, first, last):
            self.ran.append(epoch)
            if not self.model.optimizer.built:
                self.model.optimizer.build(self.model.trainable_variables)
            self.model.set_weights([np.full((1, 1), epoch)])
            self.model.optimizer.momentums[0].assign([[10.0 * epoch]])
            loss = {"val_loss": self._losses[epoch]} if self._losses else {}
            self.resumable.on_epoch_end(epoch - 1, {"loss": 1.0, **loss})
            if self.model.stop_training:
                break

    @property
    def weight(self) -> float:
        """Of the model now."""
        return float(self.model.get_weights()[0][0, 0])

    @property
    def momentum(self) -> float:
        """Of the optimiser now."""
        return float(self.model.optimizer.momentums[0].numpy()[0, 0])


def test_a_second_phase_starts_with_the_best_weights_and_its_whole_patience(
    tmp_path: Path,
) -> None:
    losses = {1: 5.0, 2: 3.0, 3: 4.0, 4: 4.0, 11: 4.0, 12: 4.0, 13: 1.0}
    run = Run(tmp_path, losses, patience=2)

    run.phase(1, 10)
    assert run.ran == [1, 2, 3, 4]
    run.phase(11, 12)
    assert run.ran == [1, 2, 3, 4, 11, 12]
    run.resumable.restore_best(run.model)

    assert run.weight == 2


@pytest.mark.parametrize("killed_after", range(1, 7))
def test_a_kill_in_any_epoch_of_two_phases_does_not_change_the_training(
    killed_after: int, tmp_path: Path
) -> None:
    losses = {1: 5.0, 2: 3.0, 3: 4.0, 4: 4.0, 11: 2.0, 12: 4.0}
    settings: dict[str, Any] = {"patience": 2, "schedule": "plateau", "plateau_patience": 1}
    whole = Run(tmp_path / "whole", losses, **settings)
    whole.phase(1, 10)
    whole.phase(11, 12, rate=0.1)
    # As a process that dies: the losses of later epochs are not there.
    known = dict(list(losses.items())[:killed_after])
    killed = Run(tmp_path / "killed", known, **settings)
    with contextlib.suppress(KeyError):
        killed.phase(1, 10)
        killed.phase(11, 12, rate=0.1)

    rest = Run(tmp_path / "killed", losses, **settings)
    rest.phase(1, 10)
    rest.phase(11, 12, rate=0.1)

    assert rest.ran == list(losses)[killed_after:]
    assert rest.resumable.history == whole.resumable.history
    assert rest.momentum == whole.momentum == 120
    assert float(rest.model.optimizer.learning_rate) == float(whole.model.optimizer.learning_rate)
    for run in (rest, whole):
        run.resumable.restore_best(run.model)
        assert run.weight == 11


def test_without_validation_every_epoch_runs_and_the_last_weights_stay(tmp_path: Path) -> None:
    run = Run(tmp_path, {}, patience=1)

    run.phase(1, 3)
    run.resumable.restore_best(run.model)
    again = Run(tmp_path, {}, patience=1)
    again.phase(1, 4)

    assert run.ran == [1, 2, 3]
    assert run.weight == 3
    assert again.ran == [4]
    assert again.momentum == 40


def test_losses_that_are_not_numbers_exhaust_the_patience(tmp_path: Path) -> None:
    run = Run(tmp_path, dict.fromkeys(range(1, 9), float("nan")), patience=3)

    run.phase(1, 8)

    assert run.ran == [1, 2, 3]
