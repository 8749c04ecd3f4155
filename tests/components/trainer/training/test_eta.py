"""The estimated time left, by hand."""

import pytest

from components.trainer.training.eta import StepTimer, TrainingPlan, format_eta

PLAN = TrainingPlan(epochs=3, steps=4, batch_size=10, validation_images=60, may_stop=False)


def test_the_first_step_gives_no_estimate() -> None:
    timer = StepTimer()
    timer.begin_epoch(0.0)
    timer.end_step(100.0)

    assert timer.step_seconds is None
    assert timer.seconds_left(PLAN, 1) is None


def test_before_the_first_validation_its_time_is_estimated_from_a_step() -> None:
    timer = StepTimer()
    timer.begin_epoch(0.0)
    timer.end_step(100.0)
    timer.end_step(103.0)
    timer.end_step(106.0)

    assert timer.step_seconds == 3.0
    # Nine steps of 3 s; three validations of 60 images, each image at a third of 0.3 s.
    assert timer.seconds_left(PLAN, 3) == pytest.approx(9 * 3 + 3 * 6)


def test_the_measured_validation_counts_for_every_epoch_left() -> None:
    timer = StepTimer()
    timer.begin_epoch(0.0)
    for now in (100.0, 102.0, 104.0, 106.0):
        timer.end_step(now)
    timer.begin_epoch(126.0)
    timer.end_step(132.0)

    assert timer.step_seconds == 3.0  # 2 + 2 + 2 + 6 seconds of four steps.
    assert timer.seconds_left(PLAN, 5) == pytest.approx(7 * 3 + 2 * 20)


def test_at_the_end_of_the_last_epoch_one_validation_is_left() -> None:
    timer = StepTimer()
    timer.begin_epoch(0.0)
    timer.end_step(1.0)
    timer.end_step(2.0)
    timer.begin_epoch(7.0)

    assert timer.seconds_left(PLAN, 12) == 5.0


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.4, "0 s"), (89.4, "89 s"), (90, "2 min"), (3600, "60 min"), (7500, "2 h 05 min")],
)
def test_the_text_is_no_more_precise_than_the_estimate(seconds: float, words: str) -> None:
    assert format_eta(seconds, at_most=False) == f"about {words} left"
    assert format_eta(seconds, at_most=True) == f"at most {words} left"
