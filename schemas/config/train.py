"""The block `train` of the config: architecture, input, optimization and stopping of one model."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal

from annotated_types import Interval

from schemas.config.serialization import Block

Augmentation = Literal["flip", "rotation", "shift", "shear", "zoom"]
Count = Annotated[int, Interval(ge=1)]
CountOrZero = Annotated[int, Interval(ge=0)]
Share = Annotated[float, Interval(ge=0.0, le=1.0)]
LearningRate = Annotated[float, Interval(ge=1.0e-8, le=10.0)]
Dropout = Annotated[float, Interval(ge=0.0, le=0.95)]

IMAGENET = "imagenet"
RANDOM = "random"
WEIGHT_WORDS = (IMAGENET, RANDOM)  # Values of `train.weights` that are no paths.


@dataclass(frozen=True)
class NetConfig(Block):
    """Overridable layers; the defaults are the published forms.

    The `net_keys` of a row of MODELS in schemas/zoo.py are the keys that the model takes.
    """

    units: tuple[int, ...] = ()  # Widths of the dense layers before the heads; empty: as published.
    dropout: Dropout | None = None  # After each dense layer, or before the heads; null: published.
    l2: Annotated[float, Interval(ge=0.0, le=10.0)] = 0.0  # Penalty on every dense kernel.
    # Max-norm constraint on the weights of each hidden unit; null: none.
    max_norm: Annotated[float, Interval(ge=1.0e-3, le=1.0e3)] | None = None
    # mlp, age_gender: two softmax heads, or one two-hot vector of both (`schemas.labels.two_hot`).
    pair: Literal["heads", "two_hot"] = "heads"
    threshold: Share = 0.0  # Smallest probability of an answer; below it `Undefined` is served.
    inputs: tuple[Literal["age", "gender"], ...] = ()  # utk_cnn: labels given beside the image.


@dataclass(frozen=True)
class AugmentConfig(Block):
    """Largest amount of each augmentation; each face draws its own, in either direction."""

    rotation: Annotated[float, Interval(ge=0.0, le=180.0)] = 15.0  # Degrees.
    shift: Annotated[float, Interval(ge=0.0, le=0.5)] = 0.1  # Share of the side.
    shear: Annotated[float, Interval(ge=0.0, le=60.0)] = 10.0  # Degrees.
    zoom: Annotated[float, Interval(ge=0.0, le=0.9)] = 0.1  # Share of the side.


@dataclass(frozen=True)
class TransferConfig(Block):
    """The second phase of a pretrained model: fine-tuning of the last layers of its base."""

    epochs: CountOrZero = 0  # Epochs of the second phase, after those of the first; 0: none.
    # Share of the base's convolutions that are unfrozen, counted from its end.
    share: Annotated[float, Interval(ge=0.01, le=1.0)] = 0.3
    learning_rate: LearningRate = 1.0e-5
    # Freeze the base of `inception_v3_tuned` in the first phase though there is no second; with a
    # second one it always is, and without either it is trained from the start, as published.
    frozen: bool = False


def first_phase(transfer: TransferConfig) -> TransferConfig:
    """The first phase alone, with the base frozen as it is before a second one."""
    return replace(transfer, epochs=0, frozen=transfer.frozen or transfer.epochs > 0)


@dataclass(frozen=True)
class TrainConfig(Block):
    """Settings of one training."""

    model: str = "xception"  # A key of MODELS in schemas/zoo.py.
    net: NetConfig = NetConfig()
    epochs: Count = 50
    batch_size: Count = 64  # Images per step, summed over all replicas.
    optimizer: Literal["adam", "sgd"] = "adam"
    momentum: Annotated[float, Interval(ge=0.0, le=0.999)] = 0.0  # sgd.
    learning_rate: LearningRate = 1.0e-3
    # Learning rate over all epochs. inverse: rate / (1 + decay * step); plateau: divided by three
    # after `plateau_patience` epochs without a better validation loss.
    schedule: Literal["cosine", "constant", "inverse", "plateau"] = "cosine"
    decay: Share = 0.0  # inverse.
    plateau_patience: Count = 3  # plateau; epochs.
    warmup_epochs: Annotated[float, Interval(ge=0.0)] = 0.0  # The rate rises linearly from 0.
    patience: Count = 10  # Early stopping: epochs without a better validation loss.
    bn_momentum: Annotated[float, Interval(ge=0.0, le=0.9999)] = 0.9  # See ModelSpec.
    # Loss of a head with ordered classes (age).
    ordinal: Literal["cross_entropy", "soft_labels", "coral"] = "cross_entropy"
    class_weights: Literal["none", "balanced"] = "none"  # In the loss.
    sampling: Literal["natural", "balanced"] = "natural"  # Of the training faces.
    augment: tuple[Augmentation, ...] = ("flip",)
    augment_ranges: AugmentConfig = AugmentConfig()
    devices: Literal["auto", "cpu"] | tuple[int, ...] = "auto"  # auto: all GPUs; or GPU numbers.
    precision: Literal["auto", "float32", "mixed_float16", "mixed_bfloat16"] = "auto"
    xla: Literal["auto", "on", "off"] = "auto"
    deterministic: bool = False  # The same seed gives the same weights; slower on GPUs.
    # Initial weights of a pretrained base: a local file of ImageNet weights, `imagenet` for Keras'
    # own download, or `random` for a trial without either.
    weights: str | None = None
    transfer: TransferConfig = TransferConfig()
    # Initial weights from an earlier model: its run folder (the model of the last complete run,
    # blessed or not) or its own, such as runs/whole/serving_model/1.
    start_from: str | None = None
