"""Keys of `train` that must fit each other and the rest of the config."""

from collections.abc import Sequence

from schemas.config.blocks import Config
from schemas.config.train import TrainConfig, TransferConfig
from schemas.errors import ConfigError
from schemas.labels.classes import TARGETS
from schemas.zoo import MODELS

ALWAYS_FROZEN = ("inception_v3",)  # Models whose base is published so.


def check_training(config: Config) -> None:
    """Numbers beside the picture, the second phase, and what the weights start from.

    Raises:
      ConfigError: with the mend.
    """
    _check_inputs(config.train.net.inputs, config.labels.target)
    _check_transfer(config.train)
    _check_weights(config.train)


def _check_inputs(inputs: Sequence[str], target: str) -> None:
    """None of them is what the model shall tell."""
    if len(set(inputs)) < len(inputs):
        raise ConfigError(
            f"train.net.inputs is [{', '.join(inputs)}], expected each label once. Remove one."
        )
    if told := [label for label in inputs if label in TARGETS[target]]:
        raise ConfigError(
            f"train.net.inputs names {told[0]}, which labels.target={target} lets the model tell: "
            "it would be given the answer. Remove it, or choose another target."
        )


def _check_transfer(train: TrainConfig) -> None:
    """A second phase has a base to unfreeze, and its keys a phase."""
    transfer, plain = train.transfer, TransferConfig()
    if transfer != plain and not MODELS[train.model].pretrained:
        raise ConfigError(
            f"train.transfer is set, but model {train.model} has no pretrained base to unfreeze. "
            f"Remove it, or choose train.model={' or '.join(_pretrained())}."
        )
    if transfer.frozen and (transfer.epochs or train.model in ALWAYS_FROZEN):
        why = "with a second phase" if transfer.epochs else f"of model {train.model}"
        raise ConfigError(
            f"train.transfer.frozen is set, but the base {why} is frozen first anyway. Remove it."
        )
    plain_momentum = TrainConfig.bn_momentum
    if train.bn_momentum != plain_momentum and (transfer.epochs or transfer.frozen):
        raise ConfigError(
            f"train.bn_momentum is {train.bn_momentum}, but a base that is frozen first keeps its "
            "batch normalisations frozen, too. Remove train.bn_momentum."
        )
    for key in ("share", "learning_rate"):
        if getattr(transfer, key) != getattr(plain, key) and not transfer.epochs:
            raise ConfigError(
                f"train.transfer.{key} is {getattr(transfer, key)}, but train.transfer.epochs is "
                "0: there is no second phase. Set the epochs, or remove the key."
            )


def _check_weights(train: TrainConfig) -> None:
    """A pretrained base starts from one thing, another model from none."""
    pretrained = MODELS[train.model].pretrained
    if train.weights is not None and not pretrained:
        raise ConfigError(
            f"train.weights is set, but model {train.model} has no pretrained base. Remove it, or "
            f"choose train.model={' or '.join(_pretrained())}. (train.start_from takes an earlier "
            "run's weights.)"
        )
    if train.weights is not None and train.start_from is not None:
        raise ConfigError(
            "train.weights and train.start_from are both set, expected one: the earlier model's "
            "weights would replace the others. Remove train.weights."
        )
    if pretrained and train.weights is None and train.start_from is None:
        raise ConfigError(
            f"model {train.model} starts from ImageNet weights, and train.weights names none. Set "
            "it to `imagenet` (Keras' own download), to a local "
            "inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5, or to `random` to try "
            "things out; or set train.start_from to an earlier run."
        )


def _pretrained() -> list[str]:
    return [name for name, model in MODELS.items() if model.pretrained]
