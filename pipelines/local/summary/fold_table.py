"""The result of a cross-validation, as lines of the table at the end of a run."""

from collections.abc import Iterator
from typing import Any

from schemas.metrics import ACCURACY, Metric, headline_metrics

_INDENT = 16  # Width of the table's first column.
_NAME = 14  # Of a fold's.


def fold_lines(review: dict[str, Any]) -> list[str]:
    """One table per head: each fold, all together, the mean; empty without cross-validation.

    Args:
      review: the content of review.json.
    """
    crossed = review["cross_validation"]
    if not crossed:
        return []
    means = {mean["head"]: mean for mean in crossed["mean"]}
    return [
        line
        for pooled in review["overall"]
        for line in _head_lines(crossed, pooled, means[pooled["head"]])
    ]


def context_lines(review: dict[str, Any]) -> list[str]:
    """Published results, and the origin of the pushed model."""
    crossed = review["cross_validation"]
    if not crossed:
        return []
    return [*_published(review["published"], review["protocol"]), *_pushed(crossed)]


def _head_lines(
    crossed: dict[str, Any], pooled: dict[str, Any], mean: dict[str, Any]
) -> Iterator[str]:
    """One head: a line a fold, in per cent; then all folds together, and the mean over them."""
    others = "".join(f"{metric.short:>{_width(metric)}}" for _, metric in other_metrics(pooled))
    yield (
        f"{pooled['head'] + ' by fold':<{_INDENT}}{'':<{_NAME}}{'exact, %':>9}  "
        f"{'95 % interval':<14}{others}{'images':>8}{'subjects':>10}  best epoch"
    )
    models = {model["fold"]: model for model in crossed["models"]}
    for group in crossed["folds"]:
        if group["head"] == pooled["head"]:
            model = models[group["values"]["fold"]]
            epochs = f"  {model['best_epoch']} of {model['epochs_run']}"
            refused = "" if model["blessed"] else ", not blessed"
            yield _group_line(model["fold"], group) + epochs + refused
    yield _group_line("all together", pooled)
    means = ", ".join(
        f"{metric.short} {_plus_minus(mean, name, metric)}"
        for name, metric in headline_metrics().items()
        if mean[name] is not None
    )
    yield (
        f"{pooled['head'] + ' mean':<{_INDENT}}{means} over {mean['folds']} folds "
        "(± sample standard deviation, n - 1)"
    )


def _group_line(name: str, group: dict[str, Any]) -> str:
    interval = group["interval"]
    if group["low"] is not None:
        interval = f"{_percent(group['low'])} to {_percent(group['high'])}"
    others = "".join(
        f"{metric.format(group[name]):>{_width(metric)}}" for name, metric in other_metrics(group)
    )
    return (
        f"{'':<{_INDENT}}{name:<{_NAME}}{_percent(group[ACCURACY]):>9}  "
        f"{interval:<14}{others}{group['images']:>8}{group['subjects']:>10}"
    )


def other_metrics(group: dict[str, Any]) -> list[tuple[str, Metric]]:
    """The headline metrics beside accuracy that a group has."""
    return [
        (name, metric)
        for name, metric in headline_metrics().items()
        if name != ACCURACY and group[name] is not None
    ]


def _width(metric: Metric) -> int:
    return max(8, len(metric.short) + 2)


def _published(published: dict[str, Any], protocol: dict[str, Any]) -> Iterator[str]:
    """Published results and the protocols of both, or the reason for none."""
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


def _plus_minus(mean: dict[str, Any], name: str, metric: Metric) -> str:
    deviation = mean[f"{name}_deviation"]
    text = metric.format(mean[name])
    text += "" if deviation is None else f" ± {metric.format(deviation)}"
    return f"{text} %" if metric.kind == "share" else text


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"
