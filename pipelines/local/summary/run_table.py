"""The end of a run: publishes the review, writes the run's state, and summarizes it."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pipelines.local.results import NodeResult, Outcome
from pipelines.local.run_folder.layout import (
    FORMAT,
    RunFolder,
    publish_file,
    total_size,
)
from pipelines.local.summary.fold_table import context_facts, fold_facts, other_metrics
from pipelines.local.summary.published_review import publish_review
from pipelines.local.summary.trial_table import trial_table
from pipelines.nodes import TUNER
from pipelines.terminal import table
from schemas.artifact_files import CURVES_FOLDER, PUSHED_FILE
from schemas.files import atomic_write, read_json
from schemas.metrics import ACCURACY
from schemas.release.blessing import RELEASED
from schemas.sweep import TRIALS_FILE
from schemas.tables import REPORT_FILE

_MODEL_RUN = "model_run"  # Output of a Trainer.

Fact = tuple[str, str]  # Title and text, of one or more lines.
Nodes = Mapping[str, NodeResult]


def finish(folder: RunFolder, results: list[NodeResult], seconds: float) -> Outcome:
    """Publish review and curves, write the run's state, and return the summary."""
    nodes = {result.name: result for result in results}
    review = None
    if "BiasReview" in nodes:
        page = folder.path / nodes["BiasReview"].outputs["page"][0]
        review = publish_review(folder, page)
    blessed = None if review is None else review["verdict"] == RELEASED
    for result in results:
        _publish_curves(folder, result)
    if TUNER in nodes:
        trials = folder.path / nodes[TUNER].outputs["tuner_results"][0] / TRIALS_FILE
        publish_file(trials, folder.sweep / TRIALS_FILE)
    if "Pusher" in nodes:  # Only a whole run replaces what prune keeps.
        if TUNER not in nodes:
            (folder.sweep / TRIALS_FILE).unlink(missing_ok=True)  # Of an earlier config.
        _write_state(folder, results, blessed=bool(blessed))
    facts = [
        *_row_counts(folder.path, nodes),
        *([("sweep", trial_table(folder.sweep))] if TUNER in nodes else []),
        *(_review_facts(review) if review else []),
        *_paths(folder, nodes),
        ("run folder", f"{folder.path} ({total_size(folder.path) / 2**20:.1f} MiB)"),
        ("time", f"{seconds:.0f} s"),
    ]
    rows = [[result.name, result.result, f"{result.seconds:.1f} s"] for result in results]
    done = blessed and ("Pusher" not in nodes or _pushed(folder, nodes)["version"] is not None)
    return Outcome(f"{table(rows, 'llr')}\n\n{table(facts, 'l')}", done)


def _pushed(folder: RunFolder, nodes: Nodes) -> dict[str, Any]:
    """The record of the Pusher."""
    return read_json(folder.path / nodes["Pusher"].outputs["pushed"][0] / PUSHED_FILE, "version")


def _publish_curves(folder: RunFolder, result: NodeResult) -> None:
    """Copy a Trainer's curves, named by its node."""
    for run in result.outputs.get(_MODEL_RUN, ()):
        for file in sorted((folder.path / run / CURVES_FOLDER).iterdir()):
            publish_file(file, folder.curves / f"{result.name}{file.suffix}")


def _row_counts(base: Path, nodes: Nodes) -> Iterator[Fact]:
    for name, title in (("LabelValidator", "labels"), ("FaceExampleGen", "images")):
        if name in nodes:
            report = read_json(base / nodes[name].outputs["report"][0] / REPORT_FILE, "rows")
            rejected = report["rejected"]
            reasons = ", ".join(f"{reason} {count}" for reason, count in rejected.items())
            text = (
                f"{report['rows']} rows in = {report['accepted']} accepted + "
                f"{sum(rejected.values())} rejected" + (f" ({reasons})" if reasons else "")
            )
            if without_face := report.get("without_face"):
                text += f"\n{without_face} without a detected face, kept whole"
            yield title, text


def _review_facts(review: dict[str, Any]) -> Iterator[Fact]:
    folds = fold_facts(review)
    yield from folds
    for group in review["overall"] if not folds else ():
        yield f"{group['head']} held out", _group_text(group)
    if worst := review["worst_group"]:
        yield "worst group", f"{worst['title']}: {_group_text(worst)}"
    yield from context_facts(review)
    if warnings := review["warnings"]:
        yield "warnings", "\n".join(warnings)
    yield "verdict", "\n".join([review["verdict"], *review["reasons"]])


def _group_text(group: dict[str, Any]) -> str:
    text = f"accuracy {group[ACCURACY]:.3f}"
    low, high = (group[f"{ACCURACY}_{bound}"] for bound in ("low", "high"))
    if low is not None:
        text += f" [{low:.3f}, {high:.3f}]"
    for name, metric in other_metrics(group):
        text += f", {metric.short} {group[name]:.3f}"
    return f"{text} on {group['images']} images of {group['subjects']} subjects"


def _paths(folder: RunFolder, nodes: Nodes) -> Iterator[Fact]:
    if "BiasReview" in nodes:
        yield "review", str(folder.review / "index.html")
    if TUNER in nodes:
        yield "trials", str(folder.sweep / TRIALS_FILE)
    if trainers := [result for result in nodes.values() if _MODEL_RUN in result.outputs]:
        several = len(trainers) > 1
        logs = folder.artifacts if several else folder.path / trainers[0].outputs[_MODEL_RUN][0]
        curves = folder.curves / f"{'*' if several else trainers[0].name}.png"
        yield "curves", f"{curves}\ntensorboard --logdir {logs}"
    if "Pusher" in nodes:
        pushed = _pushed(folder, nodes)
        version, why_not = pushed["version"], pushed["why_not"]
        yield "pushed", str(folder.path / version) if version else f"nothing: {why_not}"


def _write_state(folder: RunFolder, results: list[NodeResult], *, blessed: bool) -> None:
    """Record the artifacts of this run; those of the last blessed one stay after a refusal."""
    used = sorted(uri for result in results for uris in result.outputs.values() for uri in uris)
    before = (folder.read_state() or {}).get("blessed_artifacts", [])
    state = {
        "format": FORMAT,
        "artifacts": used,
        "blessed_artifacts": used if blessed else before,
    }
    atomic_write(folder.state, json.dumps(state, indent=1))
