"""A training job: the config, the model's spec and the faces."""

import os
from collections.abc import Sequence
from typing import NamedTuple

import tensorflow as tf

from components.trainer.data.dataset import Faces
from components.trainer.initial_weights import warm_start
from components.trainer.initial_weights.imagenet import weights_file
from components.trainer.initial_weights.weights_file import read_record
from components.trainer.models.spec import ModelSpec
from components.trainer.parameters import TrainerParameters
from schemas.config.train import TrainConfig
from schemas.labels.classes import class_names, heads
from schemas.training_record import ModelDescription


class TrainingJob(NamedTuple):
    """One training."""

    config: TrainConfig
    spec: ModelSpec
    training: Faces  # Every face of the training folds.
    # Every face of the held-out folds, read only to check for leaks. None: nobody is held out (the
    # last training of a cross-validation).
    held_out: Faces | None
    validation_share: float  # Of the training folds' images, by subject.
    start: str | None = None  # Folder of the model whose weights to start from.
    title: str = ""  # In the progress before the epoch, such as `trial 2 of 6`.

    @property
    def heads(self) -> list[str]:
        """Names of the heads."""
        return [head for head, _ in self.spec.heads]


def make_job(
    parameters: TrainerParameters, config: TrainConfig, train_files: Sequence[str]
) -> TrainingJob:
    """The job of the Trainer or of one trial of the Tuner.

    Args:
      parameters: of the step.
      config: with the values of the trial or the choice of an earlier step.
      train_files: a glob pattern for each training fold, `.../Split-<fold>/*`.

    Raises:
      ConfigError: the model to start from does not fit, or was trained on held-out folds.
    """
    if parameters.start_folder:
        warm_start.check_start(
            read_record(parameters.start_folder),
            describe_model(parameters, config),
            parameters.origins,
            parameters.held_out or (),
            str(config.start_from),
        )
    held_out = None
    if parameters.held_out is not None:
        examples = os.path.dirname(os.path.dirname(train_files[0]))
        patterns = [os.path.join(examples, f"Split-{fold}", "*") for fold in parameters.held_out]
        held_out = Faces(_expand(patterns), None)
    return TrainingJob(
        config=config,
        spec=ModelSpec(
            side=parameters.images.side,
            heads=heads(parameters.target, parameters.classes),
            seed=parameters.seed,
            weights=weights_file(config.weights),
            bn_momentum=config.bn_momentum,
            net=config.net,
            coral=config.ordinal == "coral",
        ),
        training=Faces(_expand(train_files), None),
        held_out=held_out,
        validation_share=parameters.validation_share,
        start=parameters.start_folder or None,
    )


def describe_model(parameters: TrainerParameters, config: TrainConfig) -> ModelDescription:
    """Description of the job's model."""
    served_heads = heads(parameters.target, parameters.classes)
    names = {head: class_names(head, parameters.classes) for head, _ in served_heads}
    return warm_start.describe(config, parameters.images.side, names)


def fold_of(pattern: str) -> str:
    """The fold of the files of a split, `.../Split-<fold>/*`."""
    return os.path.basename(os.path.dirname(pattern)).removeprefix("Split-")


def _expand(patterns: Sequence[str]) -> list[str]:
    return sorted(file for pattern in patterns for file in tf.io.gfile.glob(pattern))
