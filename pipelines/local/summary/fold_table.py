"""Results of a cross-validation, for the summary of a run."""

from collections.abc import Iterator
from typing import Any

from pipelines.terminal import table
from schemas.metrics import ACCURACY, Metric, headline_metrics


def fold_facts(review: dict[str, Any]) -> list[tuple[str, str]]:
    """Per head of review.json, a table of its folds and their mean; empty for a single model."""
    crossed = review["cross_validation"]
    if not crossed:
        return []
    means = {mean["head"]: mean for mean in crossed["mean"]}
    return [
        fact
        for pooled in review["overall"]
        for fact in _head_facts(crossed, pooled, means[pooled["head"]])
    ]


def context_facts(review: dict[str, Any]) -> list[tuple[str, str]]:
    """Published results beside the cross-validation, and the training of the pushed model."""
    crossed = review["cross_validation"]
    if not crossed:
        return []
    pushed = crossed["pushed"]
    final = (
        f"trained on all folds, {pushed['images']} images, {pushed['epochs']} epochs "
        f"({pushed['rule']})\nit was never evaluated: the numbers are of the folds' models"
    )
    return [*_published(review["published"], review["protocol"]), ("final model", final)]


def _head_facts(
    crossed: dict[str, Any], pooled: dict[str, Any], mean: dict[str, Any]
) -> Iterator[tuple[str, str]]:
    """Results in per cent: a row per fold, one for all folds together, and the mean."""
    others = [metric.short for _, metric in other_metrics(pooled)]
    rows = [["", "exact, %", "95 % interval", *others, "images", "subjects", "best epoch"]]
    models = {model["fold"]: model for model in crossed["models"]}
    for group in crossed["folds"]:
        if group["head"] == pooled["head"]:
            model = models[group["values"]["fold"]]
            epochs = f"{model['best_epoch']} of {model['epochs_run']}"
            rows.append([*_group_cells(model["fold"], group), epochs])
    rows.append(_group_cells("all together", pooled))
    yield f"{pooled['head']} by fold", table(rows, f"lrl{'r' * len(others)}rrl")
    means = ", ".join(
        f"{metric.short} {_plus_minus(mean, name, metric)}"
        for name, metric in headline_metrics().items()
        if mean.get(name) is not None
    )
    yield (
        f"{pooled['head']} mean",
        f"{means} over {mean['folds']} folds (± sample standard deviation, n - 1)",
    )


def _group_cells(name: str, group: dict[str, Any]) -> list[str]:
    interval = group[f"{ACCURACY}_method"]
    low, high = (group[f"{ACCURACY}_{bound}"] for bound in ("low", "high"))
    if low is not None:
        interval = f"{_percent(low)} to {_percent(high)}"
    others = [metric.format(group[name]) for name, metric in other_metrics(group)]
    counts = [str(group["images"]), str(group["subjects"])]
    return [name, _percent(group[ACCURACY]), interval, *others, *counts]


def other_metrics(group: dict[str, Any]) -> list[tuple[str, Metric]]:
    """The headline metrics of a group beside accuracy, without those added since its review."""
    return [
        (name, metric)
        for name, metric in headline_metrics().items()
        if name != ACCURACY and group.get(name) is not None
    ]


def _published(published: dict[str, Any], protocol: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Published results with their protocols and this run's, or why there are none."""
    if why := published["why_none"]:
        yield "published", f"none to compare with: {why}"
        return
    for result in published["results"]:
        one_off = f", 1-off {result['one_off']} %" if result["one_off"] else ""
        yield (
            "published",
            (
                f"{result['head']}: exact {result['exact']} %{one_off} "
                f"({result['source']}: {result['protocol']})"
            ),
        )
    shared = "none" if protocol["subjects_shared"] is False else "not known"
    lines = [
        (
            f"{len(protocol['held_out_folds'])} folds held out in turn, subjects shared: {shared}, "
            f"policy {protocol['policy']}, {protocol['images']} images of "
            f"{protocol['subjects']} subjects"
        ),
        *(f"not comparable: {difference}" for difference in published["differences"]),
    ]
    yield "this protocol", "\n".join(lines)


def _plus_minus(mean: dict[str, Any], name: str, metric: Metric) -> str:
    deviation = mean[f"{name}_deviation"]
    text = metric.format(mean[name])
    text += "" if deviation is None else f" ± {metric.format(deviation)}"
    return f"{text} %" if metric.kind == "share" else text


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"
