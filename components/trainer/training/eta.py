"""Estimated time until the end of a training."""

from typing import NamedTuple

_VALIDATION_COST = 1 / 3  # Of a step, by image: validation needs no gradients, which cost twice.


class TrainingPlan(NamedTuple):
    """Size of a training."""

    epochs: int  # At most.
    steps: int  # An epoch.
    batch_size: int  # Images a step.
    validation_images: int  # After each epoch.
    may_stop: bool  # Whether early stopping may end it.
    title: str = ""  # Before the epoch's number, where several trainings follow each other.


class StepTimer:
    """Mean seconds of a step, and the seconds between the last step and the next epoch.

    All times are of one monotonic clock. The first step of a process, which builds the graph, is
    not counted.
    """

    def __init__(self) -> None:
        self._steps = 0
        self._seconds = 0.0  # Of these steps.
        self._between: float | None = None  # Validation and saving after the last epoch.
        self._started: float | None = None  # Start of the current step.

    @property
    def step_seconds(self) -> float | None:
        """None before the second step."""
        return self._seconds / self._steps if self._steps else None

    def begin_epoch(self, now: float) -> None:
        """Record the start of an epoch."""
        if self._started is not None:
            self._between, self._started = now - self._started, now

    def end_step(self, now: float) -> None:
        """Record the end of a step."""
        if self._started is not None:
            self._steps += 1
            self._seconds += now - self._started
        self._started = now

    def seconds_left(self, plan: TrainingPlan, done: int) -> float | None:
        """Seconds for the rest, validation included, after `done` steps; None before the second.

        Until the first validation its time is estimated from that of a step.
        """
        step = self.step_seconds
        if step is None:
            return None
        between = self._between
        if between is None:
            between = step * _VALIDATION_COST * plan.validation_images / plan.batch_size
        validations = plan.epochs - (done - 1) // plan.steps
        return (plan.epochs * plan.steps - done) * step + validations * between


def format_eta(seconds: float, *, at_most: bool) -> str:
    """The time left as text, no more precise than the estimate."""
    minutes = round(seconds / 60)
    if seconds < 90:
        time = f"{seconds:.0f} s"
    elif minutes < 90:
        time = f"{minutes} min"
    else:
        time = f"{minutes // 60} h {minutes % 60:02} min"
    return f"{'at most' if at_most else 'about'} {time} left"
