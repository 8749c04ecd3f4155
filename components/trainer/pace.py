"""How fast a training goes, and how long it still takes."""

from typing import NamedTuple

_VALIDATION_COST = 1 / 3  # Of a step, by image: validation needs no gradients, which cost twice.


class Work(NamedTuple):
    """What a training has to do."""

    epochs: int  # At most.
    steps: int  # An epoch.
    batch_size: int  # Images a step.
    validation_images: int  # After each epoch.
    may_stop: bool  # Whether it may stop before the last epoch.
    title: str = ""  # Before the epoch's number, where several trainings follow each other.


class Pace:
    """Mean seconds of a step, and the seconds from one epoch's last step to the next epoch.

    All times are of one steady clock. A process's first step builds the graph and is left out.
    """

    def __init__(self) -> None:
        self._steps = 0
        self._seconds = 0.0  # Of these steps.
        self._between: float | None = None  # Validation and saving, after the last epoch.
        self._mark: float | None = None  # When the step that runs began.

    @property
    def step_seconds(self) -> float | None:
        """None before the second step."""
        return self._seconds / self._steps if self._steps else None

    def begin_epoch(self, now: float) -> None:
        """An epoch begins."""
        if self._mark is not None:
            self._between, self._mark = now - self._mark, now

    def end_step(self, now: float) -> None:
        """A step ended."""
        if self._mark is not None:
            self._steps += 1
            self._seconds += now - self._mark
        self._mark = now

    def seconds_left(self, work: Work, done: int) -> float | None:
        """Of all epochs, validation included, after `done` steps; None before the second one.

        Before the first validation its time is taken from that of a step.
        """
        step = self.step_seconds
        if step is None:
            return None
        between = self._between
        if between is None:
            between = step * _VALIDATION_COST * work.validation_images / work.batch_size
        validations = work.epochs - (done - 1) // work.steps
        return (work.epochs * work.steps - done) * step + validations * between


def left_words(seconds: float, *, at_most: bool) -> str:
    """The time left, in words that are no more exact than it is known."""
    minutes = round(seconds / 60)
    if seconds < 90:
        time = f"{seconds:.0f} s"
    elif minutes < 90:
        time = f"{minutes} min"
    else:
        time = f"{minutes // 60} h {minutes % 60:02} min"
    return f"{'at most' if at_most else 'about'} {time} left"
