"""The review as `slices.csv` and `review.json`: plain numbers, stable names, same bytes."""

import csv
import io
import json
from dataclasses import asdict
from typing import Any

from components.bias_review.changes import Change
from components.bias_review.cross_validation import FoldsReview, Spread
from components.bias_review.gaps import Shortfall, accuracy
from components.bias_review.groups import Group
from components.bias_review.measures import intervals
from components.bias_review.measures.behaviour import Behaviour
from components.bias_review.measures.intervals import Estimate
from components.bias_review.review import Review, Tested
from schemas.csv_cells import escape_row
from schemas.metrics import METRICS, headline_metrics
from schemas.release.review_record import COMPARED_WITH

DECIMALS = 6  # Of every share and error.
PLUS_MINUS = "sample standard deviation (n - 1) over the folds, each of which counts the same"


def slices_csv(review: Review) -> str:
    """One row per group and head, all faces first; a missing number is an empty cell."""
    sink = io.StringIO()
    groups = [group for head in review.heads for group in head.groups]
    rows = [_csv_row(group) for group in groups]
    writer = csv.DictWriter(sink, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    for row in rows:
        writer.writerow(dict(zip(row, escape_row(row.values()), strict=True)))
    return sink.getvalue()


def _csv_row(group: Group) -> dict[str, Any]:
    record = group_record(group)
    del record["values"]
    return record | {"judged": "true" if group.judged else "false"}


def review_json(review: Review) -> str:
    """The content of the page as one JSON object, without dates and paths."""
    config = review.config
    record = {
        "verdict": review.verdict.state,
        "reasons": review.verdict.reasons,
        "checks": [check._asdict() for check in review.verdict.checks],
        "thresholds": {
            **asdict(config.thresholds),
            "min_images": config.min_images,
            "min_subjects": config.min_subjects,
            "undecidable": config.undecidable,
        },
        "overall": [group_record(head.overall) for head in review.heads],
        "worst_group": group_record(review.worst) if review.worst else None,
        "worst_groups": {
            head.head: group_record(head.worst) if head.worst else None for head in review.heads
        },
        "worse_than_chance": [_test_record(tested) for tested in review.tests],
        "gaps": [
            _gap_record(head.head, gap)
            for head in review.heads
            for part in head.slices
            for gap in part.shortfalls
        ],
        "gaps_over_folds": [
            {"head": head.head, "slice": part.slice, **_spread_record(part.over_folds)}
            for head in review.heads
            for part in head.slices
            if part.over_folds
        ],
        COMPARED_WITH: review.earlier.model if review.earlier else None,
        "changes": [
            _change_record(head.head, change)
            for head in review.heads
            if head.compared
            for change in head.compared.changes
        ],
        "classes": [record._asdict() for head in review.heads for record in head.records],
        "disparities": [
            {"head": head.head, "slice": part.slice, **part.disparities._asdict()}
            for head in review.heads
            for part in head.slices
            if part.disparities
        ],
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
        "model_hash": run.identity.model if run.identity else None,
        "data_hash": run.identity.data if run.identity else None,
        "config_hash": run.identity.config if run.identity else None,
        "interval": {"level": intervals.LEVEL, "by": "subject, or photographer where wider"},
    }


def group_record(group: Group) -> dict[str, Any]:
    """A group as flat values; a missing number is None."""
    record: dict[str, Any] = {
        "slice": group.slice,
        "group": group.name,
        "title": group.title,
        "values": dict(zip(group.columns, group.values, strict=True)),
        "head": group.head,
        "images": group.images,
        "subjects": group.subjects,
    }
    for name in METRICS:
        record |= _estimate_record(name, group.metrics.get(name))
    size = group.accuracy.size if group.accuracy else None
    return record | {
        "effective_images": _rounded(size),
        **_behaviour_record(group.behaviour),
        "judged": group.judged,
        "why_not": group.why_not,
    }


def _behaviour_record(behaviour: Behaviour | None) -> dict[str, Any]:
    rates = behaviour.rates if behaviour else None
    return {
        "confidence": _rounded(behaviour.confidence if behaviour else None),
        "calibration_error": _rounded(behaviour.calibration_error if behaviour else None),
        "false_positive_rate": _rounded(rates.false_positive if rates else None),
        "false_negative_rate": _rounded(rates.false_negative if rates else None),
        "selection_rate": _rounded(rates.selected if rates else None),
    }


def _estimate_record(name: str, estimate: Estimate | None) -> dict[str, Any]:
    value, low, high, method = estimate[:4] if estimate else (None, None, None, "no image")
    return {
        name: _rounded(value),
        f"{name}_low": _rounded(low),
        f"{name}_high": _rounded(high),
        f"{name}_method": method,
    }


def _gap_record(head: str, gap: Shortfall) -> dict[str, Any]:
    low, high = gap.bounds(intervals.TAIL)
    return {
        "head": head,
        "slice": gap.group.slice,
        "group": gap.group.name,
        "accuracy": _rounded(accuracy(gap.group).value),
        "others": _rounded(gap.others.value),
        "gap": _rounded(gap.value),
        "gap_low": _rounded(low),
        "gap_high": _rounded(high),
    }


def _spread_record(spread: Spread) -> dict[str, Any]:
    return {"mean": _rounded(spread.mean), "deviation": _rounded(spread.deviation)}


def _change_record(head: str, change: Change) -> dict[str, Any]:
    low, high = change.bounds(intervals.TAIL)
    return {
        "head": head,
        "group": change.group.name,
        "faces": change.faces,
        "gained": change.gained,
        "lost": change.lost,
        "worse_by": _rounded(change.value),
        "worse_by_low": _rounded(low),
        "worse_by_high": _rounded(high),
    }


def _test_record(tested: Tested) -> dict[str, Any]:
    test = tested.test
    return {
        "head": test.head,
        "slice": test.slice,
        "worst": test.worst.name,
        "accuracy": _rounded(accuracy(test.worst).value),
        "expected_by_chance": _rounded(test.found.expected),
        "p": _rounded(test.found.p),
        "p_corrected": _rounded(tested.p),
        "draws": test.found.draws,
        "p_without_worst": _rounded(test.rest.p) if test.rest else None,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DECIMALS) + 0.0
