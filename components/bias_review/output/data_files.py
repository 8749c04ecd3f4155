"""The review as `slices.csv` and `review.json`: plain numbers, stable names, same bytes."""

import csv
import io
import json
from typing import Any

from components.bias_review import intervals
from components.bias_review.cross_validation import FoldsReview
from components.bias_review.gaps import Gap
from components.bias_review.groups import Group
from components.bias_review.intervals import Estimate
from components.bias_review.review import HeadReview, Review
from schemas.csv_cells import escape_row
from schemas.metrics import ACCURACY, METRICS, headline_metrics

DECIMALS = 6  # Of every share and error.
PLUS_MINUS = "sample standard deviation (n - 1) over the folds, each of which counts the same"


def slices_csv(review: Review) -> str:
    """One row per group and head; a missing number is an empty cell."""
    others = [name for name in headline_metrics() if name != ACCURACY]
    columns = ["slice", "group", "head", "images", "subjects"]
    columns += [ACCURACY, "low", "high", *others, "judged"]
    sink = io.StringIO()
    writer = csv.DictWriter(sink, columns, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for group in review.groups:
        row = group_record(group) | {"judged": "true" if group.judged else "false"}
        writer.writerow(dict(zip(row, escape_row(row.values()), strict=True)))
    return sink.getvalue()


def review_json(review: Review) -> str:
    """The content of the page as one JSON object."""
    thresholds = review.config.thresholds
    record = {
        "blessed": review.verdict.blessed,
        "reasons": review.verdict.reasons,
        "checks": [check._asdict() for check in review.verdict.checks],
        "thresholds": {
            "accuracy": thresholds.accuracy,
            "worst_group_accuracy": thresholds.worst_group_accuracy,
            "min_images": review.config.min_images,
            "min_subjects": review.config.min_subjects,
        },
        "evaluator_blessed": review.run.evaluator_blessed,
        "overall": [group_record(head.overall) for head in review.heads],
        "worst_group": group_record(review.worst) if review.worst else None,
        "worst_groups": {
            head.head: group_record(head.worst) if head.worst else None for head in review.heads
        },
        "gaps": [_gap_record(gap) for head in review.heads for gap in _head_gaps(head)],
        "groups": [group_record(group) for group in review.groups],
        "confusion": {
            head.head: {"classes": head.classes, "counts": head.confusion} for head in review.heads
        },
        "protocol": protocol(review),
        "cross_validation": cross_validation(review) if review.run.fold_models else None,
        "published": {
            "results": [result._asdict() for result in review.comparison.results],
            "why_none": review.comparison.why_none,
            "differences": review.comparison.differences,
        },
        "accounting": [account._asdict() for account in review.run.accounting],
        "notes": review.run.notes,
        "warnings": review.run.warnings,
    }
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def cross_validation(review: Review) -> dict[str, Any]:
    """The folds' models, the means over them, and the pushed model."""
    run = review.run
    return {
        "models": [model._asdict() for model in run.fold_models],
        "folds": [
            group_record(group) for head in review.heads if head.folds for group in head.folds.folds
        ],
        "mean": [_mean_record(head.head, head.folds) for head in review.heads if head.folds],
        "plus_minus": PLUS_MINUS,
        "pushed": run.pushed._asdict() if run.pushed else None,
        "pushed_was_evaluated": False,
    }


def _mean_record(head: str, review: FoldsReview) -> dict[str, Any]:
    record: dict[str, Any] = {"head": head, "folds": len(review.folds)}
    for name in headline_metrics():
        mean, deviation = review.means.get(name) or (None, None)
        record |= {name: _rounded(mean), f"{name}_deviation": _rounded(deviation)}
    return record


def protocol(review: Review) -> dict[str, Any]:
    """The conditions under which every number was measured."""
    run = review.run
    return {
        "run": run.name,
        "model": run.model,
        "parameters": run.parameters,
        "side": run.side,
        "target": run.target,
        "policy": run.policy,
        "datasets": run.datasets,
        "held_out_folds": run.held_out,
        "empty_folds": review.empty_folds,
        "training_folds": run.training,
        "subjects_shared": False if run.names_subjects else None,
        "images": review.images,
        "subjects": review.subjects,
        "photographers": review.photographers,
        "unlabelled": {head.head: head.unlabelled for head in review.heads},
        "seed": review.seed,
        "interval": {
            "level": intervals.LEVEL,
            "method": "subject-clustered percentile bootstrap",
            "replicates": intervals.REPLICATES,
        },
    }


def group_record(group: Group) -> dict[str, Any]:
    """A group as flat values; a missing number is None."""
    record: dict[str, Any] = {
        "slice": group.slice,
        "group": group.name,
        "values": dict(zip(group.columns, group.values, strict=True)),
        "head": group.head,
        "images": group.images,
        "subjects": group.subjects,
    }
    for name in METRICS:
        estimate = group.metrics.get(name)
        record |= _main_record(name, estimate) if name == ACCURACY else _record(name, estimate)
    return record | {"judged": group.judged, "why_not": group.why_not}


def _head_gaps(head: HeadReview) -> list[Gap]:
    gaps = [part.gap for part in head.slices] + [head.worst_gap]
    return [gap for gap in gaps if gap is not None]


def _gap_record(gap: Gap) -> dict[str, Any]:
    return {
        "head": gap.head,
        "slice": gap.slice,
        "best": gap.best,
        "worst": gap.worst,
        "best_accuracy": round(gap.best_accuracy, DECIMALS),
        "worst_accuracy": round(gap.worst_accuracy, DECIMALS),
        **_main_record("gap", gap.gap),
    }


def _main_record(name: str, estimate: Estimate | None) -> dict[str, Any]:
    """The main number of a record: its bounds are plain `low` and `high`, with their method."""
    value, low, high = _numbers(estimate)
    method = estimate.method if estimate else "no image"
    return {name: value, "low": low, "high": high, "interval": method}


def _record(name: str, estimate: Estimate | None) -> dict[str, Any]:
    return dict(zip((name, f"{name}_low", f"{name}_high"), _numbers(estimate), strict=True))


def _numbers(estimate: Estimate | None) -> tuple[float | None, float | None, float | None]:
    if estimate is None:
        return None, None, None
    return _rounded(estimate.value), _rounded(estimate.low), _rounded(estimate.high)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS) + 0.0
