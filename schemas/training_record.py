"""The training record: how a model was trained, as a JSON file beside it (TRAINING_RECORD_FILE)."""

import dataclasses
import json
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from schemas.errors import DataError


@dataclass(frozen=True)
class DataOrigin:
    """A data source, and how its folds are made."""

    dataset: str  # DataConfig.dataset.
    people: str  # Equal for data sets that show the same people.
    # The fold scheme: sources with the same one have the same people in the same folds.
    cut: str


@dataclass(frozen=True)
class SeenSource(DataOrigin):
    """A data source, and its folds that a model was trained and validated on."""

    folds: tuple[str, ...]


@dataclass(frozen=True)
class ModelDescription:
    """The properties that two models must share for the weights of one to fit the other."""

    model: str  # A key of MODELS in schemas/zoo.py.
    side: int  # Input height and width, in pixels.
    heads: dict[str, tuple[str, ...]]  # Head to the names of its classes.
    inputs: tuple[str, ...]  # Labels given as numbers beside the image.
    units: tuple[int, ...]  # Of the dense layers before the heads.
    pair: str  # NetConfig.pair.
    coral: bool


@dataclass(frozen=True)
class SplitCounts:
    """Images and subjects of the training folds' two splits."""

    training_images: int
    training_subjects: int
    validation_images: int
    validation_subjects: int


@dataclass(frozen=True)
class PhaseRecord:
    """One phase of a training."""

    first_epoch: int  # From 1.
    last_epoch: int  # The last one that ran.
    learning_rate: float
    trainable: int  # Numbers in the trainable weights.


@dataclass(frozen=True)
class TrainingResult:
    """The outcome of a training; metrics are named as Keras names them."""

    parameters: int  # Numbers in all weights.
    phases: tuple[PhaseRecord, ...]
    epochs_run: int
    best_epoch: int | None  # From 1; None: a training without validation.
    # Of the best epoch (key `best` of the file), or without validation of the last one (`last`).
    metrics: dict[str, float]
    resumed_after: int | None = None  # The last epoch before an interruption.


@dataclass(frozen=True)
class SweepRecord:
    """The sweep that chose the hyperparameters."""

    trials: int
    values: dict[str, int | float]  # As `schemas.sweep.Values`.


@dataclass(frozen=True)
class ChosenEpochs:
    """The length of the last training of a cross-validation: content of EpochChoice's artifact."""

    epochs: int  # 1 or more.
    epochs_rule: str  # How the number follows from the folds' models, in words.
    best_epochs: dict[str, int]  # {held-out fold: best epoch of its model, from 1}.


@dataclass(frozen=True)
class StartRecord:
    """The earlier model whose weights a training started from."""

    folder: str  # As `train.start_from` names it.
    seen: tuple[SeenSource, ...]


@dataclass(frozen=True)
class TrainingRecord:
    """How a model was trained. The JSON object is flat: the keys of `_FLAT` stand side by side."""

    description: ModelDescription
    split: SplitCounts
    result: TrainingResult
    weights: str | None  # As in TrainConfig.
    started_from: StartRecord | None
    seen: tuple[SeenSource, ...]  # The sources of this training and of all that it started from.
    sweep: SweepRecord | None = None
    choice: ChosenEpochs | None = None  # Of the last training of a cross-validation.
    # {head: {class: images that trained}}, without those that validated; None: not counted.
    trained_on: dict[str, dict[str, int]] | None = None


_FLAT = ("description", "split", "result", "choice")
_OPTIONAL = ("resumed_after", "sweep", "trained_on")  # Left out where they are None.


def dump(record: TrainingRecord) -> str:
    """The record as JSON, with sorted keys."""
    content = dataclasses.asdict(record)
    for part in _FLAT:
        content |= content.pop(part) or {}
    content[_metrics_key(content)] = content.pop("metrics")
    for key in _OPTIONAL:
        if content[key] is None:
            del content[key]
    return json.dumps(content, indent=1, sort_keys=True)


def load(text: str, source: str) -> TrainingRecord:
    """Read what `dump` wrote.

    Raises:
      DataError: keys are missing or have other types than here; `source` is named.
    """
    try:
        content: Any = json.loads(text)
        if not isinstance(content, dict):
            raise ValueError("expected a JSON object")
        content["metrics"] = content.get(_metrics_key(content))
        parts = {part: content for part in _FLAT if part != "choice" or "epochs" in content}
        return TypeAdapter(TrainingRecord).validate_python({**content, **parts})
    except ValueError as error:  # Of json and of pydantic.
        raise DataError(
            f"the training record of {source} cannot be read ({_reason(error)}): the file is "
            "damaged or of another version. Run that training again."
        ) from error


def _metrics_key(content: dict[str, Any]) -> str:
    return "last" if content.get("best_epoch") is None else "best"


def _reason(error: Exception) -> str:
    if not isinstance(error, ValidationError):
        return str(error)
    places = (item["loc"][item["loc"][0] in _FLAT :] for item in error.errors())
    return f"missing or of another type: {', '.join('.'.join(map(str, p)) for p in places)}"
