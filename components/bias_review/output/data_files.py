"""The review as `slices.csv` and `review.json`: plain numbers, stable names, same bytes."""

import csv
import io
import json
from typing import Any

from components.bias_review import intervals
from components.bias_review.cross_validation import Spread
from components.bias_review.gaps import Gap
from components.bias_review.groups import Group
from components.bias_review.intervals import Estimate
from components.bias_review.published_results import protocol_differences, published_for, why_none
from components.bias_review.review import HeadReview, Review

DECIMALS = 6  # Of every share and error.
PLUS_MINUS = "sample standard deviation (n - 1) over the folds, each of which counts the same"

CSV_COLUMNS = (
    "slice", "group", "head", "images", "subjects", "accuracy", "low", "high", "one_off", "judged",
)  # fmt: skip


def slices_csv(review: Review) -> str:
    """One row a group and head; an empty cell is a number that does not exist."""
    sink = io.StringIO()
    writer = csv.DictWriter(sink, CSV_COLUMNS, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    for group in review.groups:
        row = group_record(group)
        writer.writerow(row | {"judged": "true" if group.judged else "false"})
    return sink.getvalue()


def review_json(review: Review) -> str:
    """Everything the page shows, as one JSON object."""
    thresholds = review.config.thresholds
    names = [head.head for head in review.heads]
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
        "evaluator_blessed": review.facts.evaluator_blessed,
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
        "cross_validation": cross_validation(review) if review.facts.fold_models else None,
        "published": {
            "results": [result._asdict() for result in published_for(review.facts, names)],
            "why_none": why_none(review.facts, names),
            "differences": protocol_differences(review.facts),
        },
        "accounting": [account._asdict() for account in review.facts.accounting],
        "notes": review.facts.notes,
    }
    return json.dumps(record, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def cross_validation(review: Review) -> dict[str, Any]:
    """The folds' models, the mean over them, and the model that is pushed."""
    facts = review.facts
    return {
        "models": [model._asdict() for model in facts.fold_models],
        "folds": [
            group_record(group) for head in review.heads if head.folds for group in head.folds.folds
        ],
        "mean": [
            {
                "head": head.head,
                "folds": len(head.folds.folds),
                **_mean_record("accuracy", head.folds.exact),
                **_mean_record("one_off", head.folds.one_off),
            }
            for head in review.heads
            if head.folds
        ],
        "plus_minus": PLUS_MINUS,
        "pushed": facts.pushed._asdict() if facts.pushed else None,
        "pushed_was_evaluated": False,
    }


def _mean_record(name: str, found: Spread | None) -> dict[str, Any]:
    return {
        name: _rounded(found.mean if found else None),
        f"{name}_deviation": _rounded(found.deviation if found else None),
    }


def protocol(review: Review) -> dict[str, Any]:
    """Under which conditions every number was measured."""
    facts = review.facts
    return {
        "run": facts.run,
        "model": facts.model,
        "parameters": facts.parameters,
        "side": facts.side,
        "target": facts.target,
        "policy": facts.policy,
        "datasets": facts.datasets,
        "held_out_folds": facts.held_out,
        "empty_folds": review.empty_folds,
        "training_folds": facts.training,
        "subjects_shared": False if facts.names_subjects else None,
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
    """A group as flat values; None is a number that does not exist."""
    return {
        "slice": group.slice,
        "group": group.name,
        "values": dict(zip(group.columns, group.values, strict=True)),
        "head": group.head,
        "images": group.images,
        "subjects": group.subjects,
        **_spread("accuracy", group.accuracy, bounds=("low", "high"), method="interval"),
        **_spread("one_off", group.one_off),
        **_spread("error", group.error),
        **_spread("absolute_error", group.absolute_error),
        "judged": group.judged,
        "why_not": group.why_not,
    }


def _head_gaps(head: HeadReview) -> list[Gap]:
    found = [part.gap for part in head.slices] + [head.worst_gap]
    return [gap for gap in found if gap is not None]


def _gap_record(gap: Gap) -> dict[str, Any]:
    return {
        "head": gap.head,
        "slice": gap.slice,
        "best": gap.best,
        "worst": gap.worst,
        "best_accuracy": round(gap.best_accuracy, DECIMALS),
        "worst_accuracy": round(gap.worst_accuracy, DECIMALS),
        **_spread("gap", gap.gap, bounds=("low", "high"), method="interval"),
    }


def _spread(
    name: str, estimate: Estimate | None, bounds: tuple[str, str] | None = None, method: str = ""
) -> dict[str, Any]:
    low, high = bounds or (f"{name}_low", f"{name}_high")
    found = estimate or Estimate(0.0, None, None, "no image")
    return {
        name: _rounded(found.value if estimate else None),
        low: _rounded(found.low),
        high: _rounded(found.high),
        **({method: found.method} if method else {}),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS) + 0.0
