"""What a run that starts from an earlier model must share with it: architecture, and no people."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from schemas.config.train import TrainConfig
from schemas.errors import ConfigError
from schemas.folds import people_of
from schemas.training_record import DataOrigin, ModelDescription, SeenSource, TrainingRecord
from schemas.zoo import MODELS

# Field of the description to the keys of the config that decide it.
_KEYS = {
    "model": "train.model",
    "side": "images.side",
    "heads": "labels.target, labels.classes and labels.races",
    "inputs": "train.net.inputs",
    "units": "train.net.units",
    "pair": "train.net.pair",
    "coral": "train.ordinal",
}


def describe(train: TrainConfig, side: int, heads: Mapping[str, Sequence[str]]) -> ModelDescription:
    """Describe a model by all that decides its weights' shapes and meaning.

    `heads` has the names of each head's classes.
    """
    return ModelDescription(
        model=train.model,
        side=side,
        heads={head: tuple(names) for head, names in heads.items()},
        inputs=train.net.inputs,
        units=train.net.units or MODELS[train.model].units,
        pair=train.net.pair,
        coral=train.ordinal == "coral",
    )


def seen_sources(
    origins: Iterable[DataOrigin], folds: Sequence[str], earlier: Iterable[SeenSource] = ()
) -> tuple[SeenSource, ...]:
    """Each source with its training folds, and all that the earlier model had seen.

    Validation subjects are drawn from the training folds, so they are among these.
    """
    own = (SeenSource(**asdict(origin), folds=tuple(sorted(folds))) for origin in origins)
    return tuple(dict.fromkeys((*own, *earlier)))


def check_start(
    earlier: TrainingRecord,
    wanted: ModelDescription,
    origins: Iterable[DataOrigin],
    held_out: Sequence[str],
    name: str,
) -> None:
    """Check that an earlier model's weights fit, and that it has seen nobody held out here.

    Args:
      earlier: record of the earlier model.
      wanted: description of this run's model.
      origins: of this run's data.
      held_out: folds of this run.
      name: of the earlier model in the config.

    Raises:
      ConfigError: with both values and the fix.
    """
    for field, keys in _KEYS.items():
        there, here = getattr(earlier.description, field), getattr(wanted, field)
        if there != here:
            raise ConfigError(
                f"train.start_from: the model of {name} has {_format(field, there)}, this run "
                f"{_format(field, here)}, but weights fit equal ones only. Set {keys} alike, or "
                "start from another model."
            )
    for origin in origins:
        for source in earlier.seen:
            if source.people == origin.people:
                _check_unseen(source, origin, held_out, name)


def _format(field: str, value: Any) -> str:
    if field == "heads":
        texts = (f"{head} ({' '.join(names)})" for head, names in value.items())
        return f"heads {' and '.join(texts)}"
    return f"{field} {list(value) if isinstance(value, tuple) else value!r}"


def _check_unseen(
    source: SeenSource, origin: DataOrigin, held_out: Sequence[str], name: str
) -> None:
    """Raise ConfigError if the earlier model was trained or validated on a held-out fold."""
    if source.cut != origin.cut:
        raise ConfigError(
            f"train.start_from: the model of {name} was trained on folds of {source.cut}, this run "
            f"holds out folds of {origin.cut}: these may show the same people, and the fold names "
            "do not compare. Use the same data and folds in both runs (images.align crops faces), "
            "or start from a model of other people."
        )
    people = {people_of(fold, source.dataset) for fold in source.folds}
    if known := [fold for fold in held_out if people_of(fold, source.dataset) in people]:
        raise ConfigError(
            f"train.start_from: leak: the model of {name} was trained and validated on "
            f"{', '.join(source.folds)} of {source.dataset}, and this run holds out "
            f"{', '.join(known)}: it would be evaluated on people of its training. Hold out "
            "folds that the earlier run held out too (folds.test), or start from a model that was "
            "trained without them."
        )
