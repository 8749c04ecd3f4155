"""Progress and TensorBoard of a training."""

import logging
from pathlib import Path

import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from components.trainer.training.callbacks import ReportSteps, write_scalars
from components.trainer.training.eta import TrainingPlan

pytestmark = pytest.mark.tf


@pytest.mark.parametrize(("may_stop", "words"), [(True, "at most"), (False, "about")])
def test_the_progress_has_images_a_second_and_the_time_left(
    may_stop: bool, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "components")
    report = ReportSteps(TrainingPlan(5, 4, 8, 10, may_stop=may_stop))

    report.on_epoch_begin(2)
    report.on_train_batch_end(0)
    report.on_train_batch_end(1)

    first, second = (record.progress for record in caplog.records)  # type: ignore[attr-defined]
    assert first[:4] == (9, 20, "steps", "(epoch 3 of 5)")
    assert second[:3] == (10, 20, "steps")
    assert second.note.startswith("(epoch 3 of 5, ")
    assert f" images/s, {words} 0 s left)" in second.note


def test_the_progress_of_an_epoch_has_the_last_validation_accuracy(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO, "components")
    report = ReportSteps(TrainingPlan(5, 4, 8, 10, may_stop=True))

    report.on_epoch_begin(0)
    report.on_epoch_end(0, {"accuracy": 0.9, "val_accuracy": 0.125, "val_loss": 2.0})
    report.on_epoch_begin(1)
    report.on_train_batch_end(0)

    assert caplog.records[-1].progress.note == (  # type: ignore[attr-defined]
        "(epoch 2 of 5, validation accuracy 0.125)"
    )


def test_earlier_epochs_are_written_for_tensorboard_as_keras_names_them(tmp_path: Path) -> None:
    history = {"epoch": [1.0, 3.0], "loss": [2.0, 1.0], "val_loss": [3.0, 2.5]}

    write_scalars({**history, "learning_rate": [0.1, 0.1]}, str(tmp_path))

    for side, names in (("train", {"epoch_loss", "epoch_learning_rate"}),
                        ("validation", {"epoch_loss"})):  # fmt: skip
        events = EventAccumulator(str(tmp_path / side)).Reload()
        assert set(events.Tags()["tensors"]) == names
        assert [event.step for event in events.Tensors("epoch_loss")] == [0, 2]


def test_without_earlier_epochs_no_file_is_written(tmp_path: Path) -> None:
    write_scalars({}, str(tmp_path))

    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
