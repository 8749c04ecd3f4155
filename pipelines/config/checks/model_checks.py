"""Keys of `train.net`: what a model takes of them, and what they go with."""

from schemas.config.blocks import Config
from schemas.config.train import NetConfig
from schemas.errors import ConfigError
from schemas.labels.two_hot import PAIR_TARGET
from schemas.zoo import NETS, untaken_keys

_MOST_UNITS = 65_536  # Of one layer: more is a slip of the hand, and no memory holds it.


def check_net(config: Config) -> None:
    """Every key that is set has an effect in the chosen model.

    Args:
      config: `train.model` is known.

    Raises:
      ConfigError: with the models that take the key, or what it needs beside it.
    """
    model, net = config.train.model, config.train.net
    for key in untaken_keys(model, net):
        taking = ", ".join(name for name, taken in NETS.items() if key in taken.keys)
        raise ConfigError(
            f"train.net.{key} is set for model {model}, which has nothing that it could change; "
            f"expected it for one of: {taking}. Remove the key, or choose another train.model."
        )
    for units in net.units:
        if not 1 <= units <= _MOST_UNITS:
            raise ConfigError(
                f"train.net.units is {list(net.units)}, expected whole numbers from 1 to "
                f"{_MOST_UNITS}, one a dense layer."
            )
    _check_pair(config)
    _check_threshold(config, net)


def _check_pair(config: Config) -> None:
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


def _check_threshold(config: Config, net: NetConfig) -> None:
    """Of n classes the likeliest has 1/n at least, so a lower threshold is never missed."""
    head, most = max(config.heads, key=lambda one: one[1])
    if 0 < net.threshold <= 1 / most:
        raise ConfigError(
            f"train.net.threshold is {net.threshold:g}, but the likeliest of {most} classes of "
            f"{head} always has 1/{most} or more: no answer would be Undefined. Raise it, or "
            "remove the key."
        )
