"""What a cross-validation came to, as lines of the table at the end of a run."""

from collections.abc import Iterator
from typing import Any

_INDENT = 16  # Width of the table's first column.
_NAME = 14  # Of a fold's.


def fold_lines(review: dict[str, Any]) -> list[str]:
    """A table a head: each fold, all together, the mean; no line where one model was evaluated.

    Args:
      review: the content of review.json.
    """
    crossed = review["cross_validation"]
    if not crossed:
        return []
    means = {found["head"]: found for found in crossed["mean"]}
    return [
        line
        for pooled in review["overall"]
        for line in _head_lines(crossed, pooled, means[pooled["head"]])
    ]


def context_lines(review: dict[str, Any]) -> list[str]:
    """What stands beside the folds: published results, and what the pushed model is."""
    crossed = review["cross_validation"]
    if not crossed:
        return []
    return [*_published(review["published"], review["protocol"]), *_pushed(crossed)]


def _head_lines(
    crossed: dict[str, Any], pooled: dict[str, Any], mean: dict[str, Any]
) -> Iterator[str]:
    """One head: a line a fold, in per cent; then all folds together, and the mean over them."""
    ordinal = pooled["one_off"] is not None
    one_off = f"{'1-off':>8}" if ordinal else ""
    yield (
        f"{pooled['head'] + ' by fold':<{_INDENT}}{'':<{_NAME}}{'exact, %':>9}  "
        f"{'95 % interval':<14}{one_off}{'images':>8}{'subjects':>10}  best epoch"
    )
    models = {model["fold"]: model for model in crossed["models"]}
    for group in crossed["folds"]:
        if group["head"] == pooled["head"]:
            model = models[group["values"]["fold"]]
            epochs = f"  {model['best_epoch']} of {model['epochs_run']}"
            refused = "" if model["blessed"] else ", not blessed"
            yield _group_line(model["fold"], group) + epochs + refused
    yield _group_line("all together", pooled)
    words = f"exact {_plus_minus(mean, 'accuracy')} %"
    if ordinal:
        words += f", 1-off {_plus_minus(mean, 'one_off')} %"
    yield (
        f"{pooled['head'] + ' mean':<{_INDENT}}{words} over {mean['folds']} folds "
        "(± sample standard deviation, n - 1)"
    )


def _group_line(name: str, group: dict[str, Any]) -> str:
    interval = group["interval"]
    if group["low"] is not None:
        interval = f"{_percent(group['low'])} to {_percent(group['high'])}"
    one_off = "" if group["one_off"] is None else f"{_percent(group['one_off']):>8}"
    return (
        f"{'':<{_INDENT}}{name:<{_NAME}}{_percent(group['accuracy']):>9}  "
        f"{interval:<14}{one_off}{group['images']:>8}{group['subjects']:>10}"
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
