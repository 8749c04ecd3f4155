"""What a cross-validation came to, as lines of the table at the end of a run."""

from collections.abc import Iterator
from typing import Any

_INDENT = 16  # Width of the table's first column.


def fold_lines(review: dict[str, Any]) -> list[str]:
    """The folds, the mean over them, published results, and what the pushed model is.

    Args:
      review: the content of review.json.

    Returns:
      No line where one model was evaluated.
    """
    crossed = review["cross_validation"]
    if crossed is None:
        return []
    return [
        *_folds(crossed),
        *_means(crossed),
        *_published(review["published"], review["protocol"]),
        *_pushed(crossed),
    ]


def _folds(crossed: dict[str, Any]) -> Iterator[str]:
    """A small table a head: a line a fold, in per cent."""
    models = {model["fold"]: model for model in crossed["models"]}
    for head in dict.fromkeys(group["head"] for group in crossed["folds"]):
        groups = [group for group in crossed["folds"] if group["head"] == head]
        ordinal = groups[0]["one_off"] is not None
        one_off = f"{'1-off':>8}" if ordinal else ""
        yield (
            f"{head + ' by fold':<{_INDENT}}{'fold':<12}{'exact, %':>9}  {'95 % interval':<14}"
            f"{one_off}{'images':>8}{'subjects':>10}  best epoch"
        )
        for group in groups:
            model = models[group["values"]["fold"]]
            interval = (
                f"{_percent(group['low'])} to {_percent(group['high'])}"
                if group["low"] is not None
                else group["interval"]
            )
            one_off = f"{_percent(group['one_off']):>8}" if ordinal else ""
            yield (
                f"{'':<{_INDENT}}{model['fold']:<12}{_percent(group['accuracy']):>9}  "
                f"{interval:<14}{one_off}{group['images']:>8}{group['subjects']:>10}  "
                f"{model['best_epoch']} of {model['epochs_run']}"
                + ("" if model["blessed"] else ", not blessed")
            )


def _means(crossed: dict[str, Any]) -> Iterator[str]:
    for found in crossed["mean"]:
        words = f"exact {_plus_minus(found, 'accuracy')} %"
        if found["one_off"] is not None:
            words += f", 1-off {_plus_minus(found, 'one_off')} %"
        yield (
            f"{found['head'] + ' mean':<{_INDENT}}{words} of {found['folds']} folds; ±: "
            + (crossed["plus_minus"])
        )


def _published(published: dict[str, Any], protocol: dict[str, Any]) -> Iterator[str]:
    """Published results with their protocol, and this run's beside it; or why there are none."""
    if why := published["why_none"]:
        yield f"{'published':<{_INDENT}}none to compare with: {why}"
        return
    for result in published["results"]:
        one_off = f", 1-off {result['one_off']} %" if result["one_off"] else ""
        yield (
            f"{'published':<{_INDENT}}{result['head']}: exact {result['exact']} %{one_off} "
            f"({result['source']}: {result['protocol']})"
        )
    shared = "none" if protocol["subjects_shared"] is False else "not known"
    yield (
        f"{'this protocol':<{_INDENT}}{len(protocol['held_out_folds'])} folds held out in turn, "
        f"subjects shared: {shared}, policy {protocol['policy']}, {protocol['images']} images of "
        f"{protocol['subjects']} subjects"
    )
    for difference in published["differences"]:
        yield f"{'':<{_INDENT}}not comparable: {difference}"


def _pushed(crossed: dict[str, Any]) -> Iterator[str]:
    pushed = crossed["pushed"]
    yield (
        f"{'final model':<{_INDENT}}trained on all folds, {pushed['images']} images, "
        f"{pushed['epochs']} epochs ({pushed['rule']})"
    )
    yield f"{'':<{_INDENT}}it was never evaluated: the numbers are of the folds' models"


def _plus_minus(found: dict[str, Any], name: str) -> str:
    deviation = found[f"{name}_deviation"]
    return _percent(found[name]) + ("" if deviation is None else f" ± {_percent(deviation)}")


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"
