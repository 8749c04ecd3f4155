"""Checks of the model: its name, input side, `train.net` and initial weights."""

from pipelines.config.known_names import check_known
from schemas.config.blocks import Config
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError
from schemas.labels.classes import TARGETS
from schemas.labels.two_hot import PAIR_TARGET
from schemas.zoo import MODELS, untaken_keys

_MAX_UNITS = 65_536  # Of one layer; larger values are typos.


def check_model(config: Config) -> None:
    """The model is known."""
    check_known("train.model", config.train.model, MODELS)


def check_side(config: Config) -> None:
    """Every layer of the model has an output at this input side."""
    smallest = MODELS[config.train.model].min_side
    if config.images.side < smallest:
        raise ConfigError(
            f"images.side is {config.images.side}, but model {config.train.model} takes sides "
            f"from {smallest} on: raise images.side, or choose another train.model."
        )


def check_batch_norm(config: Config) -> None:
    """The momentum of batch normalisation is set only for a model that trains such a layer."""
    train = config.train
    if train.bn_momentum != TrainConfig.bn_momentum and not MODELS[train.model].batch_norm:
        normalised = ", ".join(name for name, model in MODELS.items() if model.batch_norm)
        raise ConfigError(
            f"train.bn_momentum is {train.bn_momentum}, but model {train.model} trains no batch "
            f"normalisation: remove the key, or choose one of: {normalised}."
        )


def check_side_inputs(config: Config) -> None:
    """The labels given beside the image are different, and none is a target."""
    inputs, target = config.train.net.inputs, config.labels.target
    if len(set(inputs)) < len(inputs):
        raise ConfigError(
            f"train.net.inputs is [{', '.join(inputs)}], expected each label once. Remove one."
        )
    if targets := [label for label in inputs if label in TARGETS[target]]:
        raise ConfigError(
            f"train.net.inputs names {targets[0]}, which the model predicts under labels.target="
            f"{target}: the input would be the answer. Remove it, or choose another target."
        )


def check_weights(config: Config) -> None:
    """A pretrained base has one source of initial weights, another model none."""
    train = config.train
    pretrained = MODELS[train.model].pretrained
    if train.weights is not None and not pretrained:
        raise ConfigError(
            f"train.weights is set, but model {train.model} has no pretrained base. Remove it, or "
            f"choose train.model={pretrained_names()}. (train.start_from takes an earlier run's "
            "weights.)"
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


def pretrained_names() -> str:
    """The models with a pretrained base, as a message lists them."""
    return " or ".join(name for name, model in MODELS.items() if model.pretrained)


def check_net(config: Config) -> None:
    """Every key of `train.net` that is set has an effect in the chosen model."""
    model, net = config.train.model, config.train.net
    for key in untaken_keys(model, net):
        taking = ", ".join(name for name, taken in MODELS.items() if key in taken.net_keys)
        raise ConfigError(
            f"train.net.{key} is set for model {model}, which has nothing that it could change; "
            f"expected it for one of: {taking}. Remove the key, or choose another train.model."
        )
    for units in net.units:
        if not 1 <= units <= _MAX_UNITS:
            raise ConfigError(
                f"train.net.units is {list(net.units)}, expected whole numbers from 1 to "
                f"{_MAX_UNITS}, one a dense layer."
            )


def check_pair(config: Config) -> None:
    """A two-hot output has both labels as targets, and no other loss."""
    if config.train.net.pair != "two_hot":
        return
    if config.labels.target != PAIR_TARGET:
        raise ConfigError(
            f"train.net.pair is two_hot, but labels.target is {config.labels.target}: the vector "
            f"holds age and gender. Set labels.target={PAIR_TARGET}, or train.net.pair=heads."
        )
    if config.train.ordinal != "cross_entropy":
        raise ConfigError(
            f"train.ordinal is {config.train.ordinal}, but train.net.pair two_hot has a loss of "
            "its own: remove train.ordinal, or set train.net.pair=heads."
        )


def check_threshold(config: Config) -> None:
    """The threshold is above 1/n, the smallest probability of the likeliest of n classes."""
    threshold = config.train.net.threshold
    head, classes = max(config.heads, key=lambda item: item[1])
    if 0 < threshold <= 1 / classes:
        raise ConfigError(
            f"train.net.threshold is {threshold:g}, but the likeliest of {classes} classes of "
            f"{head} always has 1/{classes} or more: no answer would be Undefined. Raise it, or "
            "remove the key."
        )
