"""The block `train` of the config: how one model is built, fed, optimised and stopped."""

from dataclasses import dataclass, replace
from typing import Literal

from schemas.config.serialization import number

Augmentation = Literal["flip", "rotation", "shift", "shear", "zoom"]

IMAGENET = "imagenet"
RANDOM = "random"
WEIGHT_WORDS = (IMAGENET, RANDOM)  # Of `train.weights`: no paths.


@dataclass(frozen=True)
class NetConfig:
    """What the architectures leave open; the defaults are the published forms."""

    # Of the dense layers before the heads, in any number; empty: as published. `NETS` in
    # schemas/zoo.py says which model takes which of these keys.
    units: tuple[int, ...] = ()
    dropout: float | None = number(None, 0.0, 0.95)  # After each dense layer, or before the heads.
    l2: float = number(0.0, 0.0, 10.0)  # Of the squares of every dense kernel.
    max_norm: float | None = number(None, 1.0e-3, 1.0e3)  # Of a hidden unit's weights.
    # mlp, age_gender: two softmax heads, or one two-hot vector of both (`schemas.labels.two_hot`).
    pair: Literal["heads", "two_hot"] = "heads"
    # A head whose likeliest class is less likely than this is served as `Undefined`.
    threshold: float = number(0.0, 0.0, 1.0)
    # utk_cnn: labels given as numbers beside the picture, in this order.
    inputs: tuple[Literal["age", "gender"], ...] = ()


@dataclass(frozen=True)
class AugmentConfig:
    """How far each augmentation goes; each face draws its own amount up to it, either way."""

    rotation: float = number(15.0, 0.0, 180.0)  # Degrees.
    shift: float = number(0.1, 0.0, 0.5)  # Share of the side.
    shear: float = number(10.0, 0.0, 60.0)  # Degrees.
    zoom: float = number(0.1, 0.0, 0.9)  # Share of the side.


@dataclass(frozen=True)
class TransferConfig:
    """The second phase of a pretrained model: the end of its base is trained, too."""

    epochs: int = number(0, 0)  # After those of the first phase; 0: no second phase.
    share: float = number(0.3, 0.01, 1.0)  # Of the base's convolutions, counted from its end.
    learning_rate: float = number(1.0e-5, 1.0e-8, 10.0)
    # Freeze the base of `inception_v3_tuned` in the first phase though there is no second; with a
    # second one it always is, and without either it is trained from the start, as published.
    frozen: bool = False


def first_phase(transfer: TransferConfig) -> TransferConfig:
    """The first phase alone, with the base frozen as it is before a second one."""
    return replace(transfer, epochs=0, frozen=transfer.frozen or transfer.epochs > 0)


@dataclass(frozen=True)
class TrainConfig:
    """Settings of one training run."""

    model: str = "xception"  # A key of MODELS in schemas/zoo.py.
    net: NetConfig = NetConfig()
    epochs: int = number(50, 1)
    batch_size: int = number(64, 1)  # Images per step, summed over all replicas.
    optimizer: Literal["adam", "sgd"] = "adam"
    momentum: float = number(0.0, 0.0, 0.999)  # sgd.
    learning_rate: float = number(1.0e-3, 1.0e-8, 10.0)
    # Of the learning rate, over all epochs. inverse: rate / (1 + decay * step); plateau: a third of
    # it after `plateau_patience` epochs without a better validation loss.
    schedule: Literal["cosine", "constant", "inverse", "plateau"] = "cosine"
    decay: float = number(0.0, 0.0, 1.0)  # inverse.
    plateau_patience: int = number(3, 1)  # plateau; epochs.
    warmup_epochs: float = number(0.0, 0.0)  # The rate rises from nothing over so many epochs.
    patience: int = number(10, 1)  # Epochs without a better validation loss before stopping.
    bn_momentum: float = number(0.9, 0.0, 0.9999)  # See ModelSpec.
    # How the order of the age classes enters the loss.
    ordinal: Literal["cross_entropy", "soft_labels", "coral"] = "cross_entropy"
    class_weights: Literal["none", "balanced"] = "none"  # Of the loss.
    sampling: Literal["natural", "balanced"] = "natural"  # Of the training faces.
    augment: tuple[Augmentation, ...] = ("flip",)
    augment_ranges: AugmentConfig = AugmentConfig()
    devices: Literal["auto", "cpu"] | tuple[int, ...] = "auto"  # GPU numbers, or all of them.
    precision: Literal["auto", "float32", "mixed_float16", "mixed_bfloat16"] = "auto"
    xla: Literal["auto", "on", "off"] = "auto"
    deterministic: bool = False  # The same seed gives the same weights; slower on GPUs.
    # What the base of a pretrained model starts from: a local file of ImageNet weights, `imagenet`
    # for Keras' own download, or `random` to try things out without either.
    weights: str | None = None
    transfer: TransferConfig = TransferConfig()
    # Start from an earlier model's weights: its run's folder (the last whole run's model, blessed
    # or not) or its own, such as runs/whole/serving_model/1.
    start_from: str | None = None
