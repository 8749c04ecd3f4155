"""Results of a cross-validation, for the summary of a run."""

from collections.abc import Iterator
from typing import Any

from pipelines.terminal import table


def fold_facts(review: dict[str, Any]) -> list[tuple[str, str]]:
    """Per head, a table of its folds and the mean over them; empty for a single model.

    Args:
      review: the content of review.json.
    """
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
    ordinal = pooled["one_off"] is not None
    one_off = ["1-off"] if ordinal else []
    rows = [["", "exact, %", "95 % interval", *one_off, "images", "subjects", "best epoch"]]
    models = {model["fold"]: model for model in crossed["models"]}
    for group in crossed["folds"]:
        if group["head"] == pooled["head"]:
            model = models[group["values"]["fold"]]
            epochs = f"{model['best_epoch']} of {model['epochs_run']}"
            refused = "" if model["blessed"] else ", not blessed"
            rows.append([*_group_cells(model["fold"], group), epochs + refused])
    rows.append(_group_cells("all together", pooled))
    yield f"{pooled['head']} by fold", table(rows, "lrlrrrl" if ordinal else "lrlrrl")
    text = f"exact {_plus_minus(mean, 'accuracy')} %"
    if ordinal:
        text += f", 1-off {_plus_minus(mean, 'one_off')} %"
    yield (
        f"{pooled['head']} mean",
        f"{text} over {mean['folds']} folds (± sample standard deviation, n - 1)",
    )


def _group_cells(name: str, group: dict[str, Any]) -> list[str]:
    interval = group["interval"]
    if group["low"] is not None:
        interval = f"{_percent(group['low'])} to {_percent(group['high'])}"
    one_off = [] if group["one_off"] is None else [_percent(group["one_off"])]
    counts = [str(group["images"]), str(group["subjects"])]
    return [name, _percent(group["accuracy"]), interval, *one_off, *counts]


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


def _plus_minus(mean: dict[str, Any], name: str) -> str:
    deviation = mean[f"{name}_deviation"]
    return _percent(mean[name]) + ("" if deviation is None else f" ± {_percent(deviation)}")


def _percent(value: float) -> str:
    return f"{100 * value:.1f}"
