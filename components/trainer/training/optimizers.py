"""The learning rate at each step."""

from collections.abc import Callable
from typing import Any, TypeAlias

import keras
from keras.optimizers.schedules import CosineDecay, InverseTimeDecay, LearningRateSchedule

from schemas.config.train import TrainConfig

Rate: TypeAlias = "float | keras.optimizers.schedules.LearningRateSchedule"


class WarmUp(LearningRateSchedule):
    """From nothing to the rate in a straight line, then the schedule from its own first step.

    So the first, largest gradients of an untrained model move it least (arXiv 1706.02677,
    section 2.2); a linear rise is also what Keras' CosineDecay has built in, the others not.
    """

    def __init__(self, rate: float, steps: int, after: Rate) -> None:
        self.rate = rate  # At the end of the rise.
        self.steps = steps  # Of the rise; 1 or more.
        self.after = after

    def __call__(self, step: Any) -> Any:
        """Called by the optimiser with the number of steps done."""
        done = keras.ops.cast(step, "float32")
        later = keras.ops.maximum(done - self.steps, 0.0)
        after = self.after(later) if callable(self.after) else self.after
        return keras.ops.where(done < self.steps, self.rate * done / self.steps, after)

    def get_config(self) -> dict[str, Any]:
        """Called by Keras where it writes an optimiser down."""
        return {"rate": self.rate, "steps": self.steps, "after": self.after}


def _cosine(config: TrainConfig, steps: int) -> Rate:
    """It falls to nothing along a cosine (arXiv 1608.03983).

    At a constant rate the small Xception's accuracy on 1,100 drawn faces swung between 0.59 and
    0.86 from one of the last epochs to the next.
    """
    falling: Rate = CosineDecay(config.learning_rate, steps)
    return falling


def _constant(config: TrainConfig, _: int) -> Rate:
    return config.learning_rate


def _inverse(config: TrainConfig, _: int) -> Rate:
    """As the `decay` of Keras' older optimisers: rate / (1 + decay * step)."""
    falling: Rate = InverseTimeDecay(config.learning_rate, decay_steps=1, decay_rate=config.decay)
    return falling


# By `train.schedule`: (config, steps that are left after the warm-up) to the rate.
SCHEDULES: dict[str, Callable[[TrainConfig, int], Rate]] = {
    "cosine": _cosine,
    "constant": _constant,
    "inverse": _inverse,
    "plateau": _constant,  # Where it begins; a callback lowers it.
}


def learning_rate(config: TrainConfig, steps: int) -> Rate:
    """The rate of a training of `config.epochs` epochs.

    Args:
      config: schedule, rate, decay and warm-up.
      steps: of one epoch, 1 or more.

    Returns:
      A number, or a Keras schedule over the steps of the whole training.
    """
    whole = config.epochs * steps
    # A rise that is asked for takes one step at least, and leaves one.
    rise = (
        min(max(round(config.warmup_epochs * steps), 1), whole - 1) if config.warmup_epochs else 0
    )
    after = SCHEDULES[config.schedule](config, whole - rise)
    return WarmUp(config.learning_rate, rise, after) if rise else after
