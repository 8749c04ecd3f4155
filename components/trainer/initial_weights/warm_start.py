"""What a model is and whose faces it has seen: what a run that starts from it must agree with."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from schemas.config.blocks import DataConfig
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError
from schemas.zoo import NETS

Facts = Mapping[str, Any]  # As in FACTS_FILE.
Source = dict[str, str]  # `dataset`, and `cut`: how its folds come about.

# Fact to the keys of the config that decide it.
_KEYS = {
    "model": "train.model",
    "side": "images.side",
    "heads": "labels.target and labels.classes",
    "inputs": "train.net.inputs",
    "units": "train.net.units",
    "pair": "train.net.pair",
    "coral": "train.ordinal",
}

# Data sets that show the same people under other folds, by a name that they share.
_PEOPLE = {"adience": "adience", "levi_hassner": "adience"}
# Levi and Hassner's lists cut `val` out of the training rows: people are in both.
_SIDES = {"val": "train", "train_subset": "train"}


def describe(train: TrainConfig, side: int, heads: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """The facts of a model whose weights fit another only where all of them are the same.

    Args:
      train: names the model, and what changes its weights' shapes or meaning.
      side: of its pictures, in pixels.
      heads: head to the names of its classes.
    """
    return {
        "model": train.model,
        "side": side,
        "heads": {head: list(names) for head, names in heads.items()},
        "inputs": list(train.net.inputs),
        "units": list(train.net.units or NETS[train.model].units),
        "pair": train.net.pair,
        "coral": train.ordinal == "coral",
    }


def source_of(data: DataConfig) -> Source:
    """The data set, and how its folds are cut: two sources that agree have the same people there.

    Hashes of a picture's content or path tell nothing of another folder's pictures.
    """
    cut: str = data.dataset
    if data.dataset == "levi_hassner":
        cut = f"{data.splits} of levi_hassner"
    elif data.dataset == "csv" and data.columns.fold is not None:
        cut = f"column {data.columns.fold!r} of csv"
    elif data.dataset == "csv" and (who := data.columns.photographer or data.columns.subject):
        cut = f"hash of {who!r} of csv"
    elif data.dataset in ("utkface", "csv"):
        cut = f"{data.dataset} in {data.images}"
    return {"dataset": data.dataset, "cut": cut}


def seen(
    sources: Iterable[Source], folds: Sequence[str], earlier: Sequence[Facts] = ()
) -> list[dict[str, Any]]:
    """All that a model has seen: each source with its training folds, and what its start had seen.

    Validation subjects are drawn from the training folds, so they are among these.
    """
    own = [{**source, "folds": sorted(folds)} for source in sources]
    found: list[dict[str, Any]] = []
    for one in (*own, *map(dict, earlier)):
        if one not in found:
            found.append(one)
    return found


def check_start(
    facts: Facts, wanted: Facts, sources: Iterable[Source], held_out: Sequence[str], name: str
) -> None:
    """An earlier model's weights fit this run, and it has seen nobody whom this run holds out.

    Args:
      facts: of the earlier model.
      wanted: of this run, by `describe`.
      sources: of this run.
      held_out: folds of this run.
      name: what the config calls the earlier model.

    Raises:
      ConfigError: with both values and the mend.
    """
    if lacking := sorted({*wanted, "seen"} - set(facts)):
        raise ConfigError(
            f"train.start_from: the model of {name} does not tell its {', '.join(lacking)}: it was "
            "made by an older version. Run it again."
        )
    for fact, here in wanted.items():
        if facts[fact] != here:
            raise ConfigError(
                f"train.start_from: the model of {name} has {_words(fact, facts[fact])}, this run "
                f"{_words(fact, here)}, and weights fit the same alone. Set {_KEYS[fact]} alike, "
                "or start from another model."
            )
    for source in sources:
        for one in facts["seen"]:
            if _people(one) == _people(source):
                _check_unseen(one, source, held_out, name)


def _words(fact: str, value: Any) -> str:
    if fact == "heads":
        texts = (f"{head} ({' '.join(names)})" for head, names in value.items())
        return f"heads {' and '.join(texts)}"
    return f"{fact} {value!r}"


def _people(source: Facts) -> str:
    return _PEOPLE.get(source["dataset"], str(source["dataset"]))


def _check_unseen(one: Facts, source: Source, held_out: Sequence[str], name: str) -> None:
    """Raise ConfigError where a fold that is held out now was trained or validated on then."""
    if one["cut"] != source["cut"]:
        raise ConfigError(
            f"train.start_from: the model of {name} was trained on folds of {one['cut']}, this run "
            f"holds out folds of {source['cut']}: these may show the same people, and the folds do "
            "not tell. Use the same data and folds in both runs (images.align crops faces), or "
            "start from a model of other people."
        )
    sides = {_SIDES.get(fold, fold) for fold in one["folds"]}
    if known := [fold for fold in held_out if _SIDES.get(fold, fold) in sides]:
        raise ConfigError(
            f"train.start_from: leak: the model of {name} was trained and validated on "
            f"{', '.join(one['folds'])} of {one['dataset']}, and this run holds out "
            f"{', '.join(known)}: it would be evaluated on people whom its weights know. Hold out "
            "folds that the earlier run held out too (folds.test), or start from a model that was "
            "trained without them."
        )
