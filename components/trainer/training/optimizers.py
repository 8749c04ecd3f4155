"""The optimizer and its learning rate at each step."""

from collections.abc import Callable
from typing import Any, TypeAlias

import keras
from keras.optimizers.schedules import CosineDecay, InverseTimeDecay, LearningRateSchedule

from schemas.config.train import TrainConfig

Rate: TypeAlias = "float | keras.optimizers.schedules.LearningRateSchedule"


def optimizer(config: TrainConfig, steps: int) -> keras.optimizers.Optimizer:
    """The optimizer with its learning rate over the whole training; `steps` of one epoch."""
    rate = learning_rate(config, steps)
    if config.optimizer == "sgd":
        return keras.optimizers.SGD(rate, momentum=config.momentum)
    return keras.optimizers.Adam(rate)


class WarmUp(LearningRateSchedule):
    """Linear warm-up from 0 to the rate, then the schedule from its own first step.

    The first, largest gradients of an untrained model then move it least (arXiv 1706.02677,
    section 2.2). Of Keras' schedules, CosineDecay alone has a warm-up.
    """

    def __init__(self, rate: float, steps: int, after: Rate) -> None:
        self.rate = rate  # At the end of the warm-up.
        self.steps = steps  # Of the warm-up; 1 or more.
        self.after = after

    def __call__(self, step: Any) -> Any:
        """Called by the optimizer with the number of steps done."""
        done = keras.ops.cast(step, "float32")
        later = keras.ops.maximum(done - self.steps, 0.0)
        after = self.after(later) if callable(self.after) else self.after
        return keras.ops.where(done < self.steps, self.rate * done / self.steps, after)

    def get_config(self) -> dict[str, Any]:
        """Called by Keras to serialize an optimizer."""
        return {"rate": self.rate, "steps": self.steps, "after": self.after}


def _cosine(config: TrainConfig, steps: int) -> Rate:
    """Decay to 0 along a cosine (arXiv 1608.03983).

    At a constant rate the small Xception's accuracy on 1,100 drawn faces swung between 0.59 and
    0.86 from one of the last epochs to the next.
    """
    schedule: Rate = CosineDecay(config.learning_rate, steps)
    return schedule


def _constant(config: TrainConfig, _: int) -> Rate:
    return config.learning_rate


def _inverse(config: TrainConfig, _: int) -> Rate:
    """The `decay` of Keras' older optimizers: rate / (1 + decay * step)."""
    rate: Rate = InverseTimeDecay(config.learning_rate, decay_steps=1, decay_rate=config.decay)
    return rate


# By `train.schedule`: (config, steps after the warm-up) to the rate.
SCHEDULES: dict[str, Callable[[TrainConfig, int], Rate]] = {
    "cosine": _cosine,
    "constant": _constant,
    "inverse": _inverse,
    "plateau": _constant,  # Initially; ResumableTraining lowers it.
}


def learning_rate(config: TrainConfig, steps: int) -> Rate:
    """The rate over the whole training, of `steps` an epoch, 1 or more."""
    whole = config.epochs * steps
    warmup = 0
    if config.warmup_epochs:  # At least one step, and one step less than all.
        warmup = min(max(round(config.warmup_epochs * steps), 1), whole - 1)
    after = SCHEDULES[config.schedule](config, whole - warmup)
    return WarmUp(config.learning_rate, warmup, after) if warmup else after
