"""What training makes smaller and what it counts: losses, metrics, optimiser, learning rate."""

from collections.abc import Sequence

import keras

from components.trainer.data.job import Task
from components.trainer.models.probabilities import shares
from components.trainer.training.keras_metrics import metrics
from components.trainer.training.losses import REDUCTION, Coral, SoftLabels, two_hot_losses
from components.trainer.training.optimizers import learning_rate
from schemas.config.train import TrainConfig
from schemas.labels.classes import ORDERED

# By `train.ordinal`: the loss of a head with ordered classes.
_ORDINAL = {"soft_labels": SoftLabels, "coral": Coral}


def compile_model(model: keras.Model, task: Task, steps: int) -> None:
    """One loss a head and the head's metrics; a missing label has weight 0.

    Args:
      model: from `image` to {head: class probabilities}, or scores where the pair is two-hot.
      task: config and heads.
      steps: of one epoch, for the learning rate.
    """
    two_hot = task.spec.net.pair == "two_hot"
    model.compile(
        optimizer=optimizer(task.config, steps),
        loss=two_hot_losses(task.spec.heads)
        if two_hot
        else losses(task.heads, task.config.ordinal),
        weighted_metrics=metrics(task.heads, shares if two_hot else None),
    )


def optimizer(config: TrainConfig, steps: int) -> keras.optimizers.Optimizer:
    """The optimiser with its learning rate over the whole training."""
    rate = learning_rate(config, steps)
    if config.optimizer == "sgd":
        return keras.optimizers.SGD(rate, momentum=config.momentum)
    return keras.optimizers.Adam(rate)


def losses(heads: Sequence[str], ordinal: str = "cross_entropy") -> dict[str, keras.losses.Loss]:
    """One loss a head: the sum over the faces that have the label, divided by all of the batch.

    Divided by those with the label alone (`mean_with_sample_weight`), replicas that hold different
    numbers of them would not add up to one device, and filler would shift the validation loss from
    batch to batch. So it is less by the constant share of filler, and the same epoch is the best.

    Args:
      heads: their names.
      ordinal: how the order of a head's classes enters its loss, where they have one.
    """
    return {
        head: _ORDINAL[ordinal]()
        if head in ORDERED and ordinal in _ORDINAL
        else keras.losses.SparseCategoricalCrossentropy(reduction=REDUCTION)
        for head in heads
    }
