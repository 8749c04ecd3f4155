"""The end of a run: the review published, the state kept, one table printed."""

import json
import shutil
from pathlib import Path
from typing import Any

from pipelines.local.results import NodeResult, Outcome
from pipelines.local.run_folder.layout import RunFolder, publish, publish_file
from pipelines.local.summary.fold_table import context_lines, fold_lines
from pipelines.local.summary.trial_table import trial_lines
from pipelines.nodes import TUNER
from schemas.artifact_files import CURVES_FOLDER, PUSHED_FILE
from schemas.files import atomic_write
from schemas.sweep import TRIALS_FILE
from schemas.tables import REPORT_FILE

_REVIEW_FILE = "review.json"
_MODEL_RUN = "model_run"  # Output of a Trainer.
MIB = 2**20


def finish(folder: RunFolder, results: list[NodeResult], seconds: float) -> Outcome:
    """Publish the review and the curves, keep what this run used, and write the summary.

    Args:
      folder: of the run.
      results: every node that ran or was reused, in order.
      seconds: of the whole run.
    """
    found = {result.name: result for result in results}
    width = max(18, *(len(result.name) + 2 for result in results))
    lines = [_node_line(result, width) for result in results]
    lines += ["", *_count_lines(folder.path, found)]
    lines += _sweep_lines(folder, found)
    blessed = None
    if "BiasReview" in found:
        page = folder.path / found["BiasReview"].outputs["page"][0]
        publish(page, folder.review)
        review = json.loads((page / _REVIEW_FILE).read_text(encoding="utf-8"))
        blessed = bool(review["blessed"])
        lines += _review_lines(review)
    for result in results:
        _publish_curves(folder, result)
    lines += _path_lines(folder, found)
    if "Pusher" in found:  # Only a whole run replaces what prune keeps.
        if TUNER not in found:
            shutil.rmtree(folder.sweep, ignore_errors=True)  # Of an earlier config.
        _keep_state(folder, results, blessed=bool(blessed))
    lines.append(f"run folder      {folder.path} ({folder.size() / MIB:.1f} MiB)")
    lines.append(f"time            {seconds:.0f} s")
    return Outcome("\n".join(lines), blessed)


def _publish_curves(folder: RunFolder, result: NodeResult) -> None:
    """Copy a Trainer's curves, under the name of the node: there may be several."""
    for run in result.outputs.get(_MODEL_RUN, ()):
        for file in sorted((folder.path / run / CURVES_FOLDER).iterdir()):
            publish_file(file, folder.curves / f"{result.name}{file.suffix}")


def _node_line(result: NodeResult, width: int) -> str:
    return f"{result.name:<{width}}{result.result:<8}{result.seconds:7.1f} s"


def _count_lines(base: Path, found: dict[str, NodeResult]) -> list[str]:
    lines = []
    for name, title in (("LabelValidator", "labels"), ("FaceExampleGen", "images")):
        if name in found:
            report = _json(base / found[name].outputs["report"][0] / REPORT_FILE)
            rejected = report["rejected"]
            words = ", ".join(f"{reason} {count}" for reason, count in rejected.items())
            lines.append(
                f"{title:<16}{report['rows']} rows in = {report['accepted']} accepted + "
                f"{sum(rejected.values())} rejected" + (f" ({words})" if words else "")
            )
            if whole := report.get("without_face"):
                lines.append(f"{'':<16}{whole} without a detected face, kept whole")
    return lines


def _sweep_lines(folder: RunFolder, found: dict[str, NodeResult]) -> list[str]:
    if TUNER not in found:
        return []
    publish(folder.path / found[TUNER].outputs["tuner_results"][0], folder.sweep)
    first, *rows = trial_lines(folder.sweep)
    return [f"{'sweep':<16}{first}", *(f"{'':<16}{row}" for row in rows)]


def _review_lines(review: dict[str, Any]) -> list[str]:
    lines = fold_lines(review)
    for group in review["overall"] if not lines else ():
        title = f"{group['head']} held out"
        lines.append(f"{title:<16}{_group_words(group)}")
    if worst := review["worst_group"]:
        lines.append(f"{'worst group':<16}{worst['group']}: {_group_words(worst)}")
    lines += context_lines(review)
    lines.append(f"{'verdict':<16}{'blessed' if review['blessed'] else 'NOT blessed'}")
    lines += [f"{'':<16}{reason}" for reason in review["reasons"]]
    return lines


def _group_words(group: dict[str, Any]) -> str:
    words = f"accuracy {group['accuracy']:.3f}"
    if group["low"] is not None:
        words += f" [{group['low']:.3f}, {group['high']:.3f}]"
    if group.get("one_off") is not None:
        words += f", one-off {group['one_off']:.3f}"
    return f"{words} on {group['images']} images of {group['subjects']} subjects"


def _path_lines(folder: RunFolder, found: dict[str, NodeResult]) -> list[str]:
    lines = []
    if "BiasReview" in found:
        lines.append(f"{'review':<16}{folder.review / 'index.html'}")
    if TUNER in found:
        lines.append(f"{'trials':<16}{folder.sweep / TRIALS_FILE}")
    if trainers := [result for result in found.values() if _MODEL_RUN in result.outputs]:
        several = len(trainers) > 1
        logs = folder.artifacts if several else folder.path / trainers[0].outputs[_MODEL_RUN][0]
        lines.append(f"{'curves':<16}{folder.curves / ('*' if several else trainers[0].name)}.png")
        lines.append(f"{'':<16}tensorboard --logdir {logs}")
    if "Pusher" in found:
        pushed = _json(folder.path / found["Pusher"].outputs["pushed"][0] / PUSHED_FILE)["version"]
        lines.append(f"{'pushed':<16}{folder.path / pushed if pushed else 'nothing'}")
    return lines


def _keep_state(folder: RunFolder, results: list[NodeResult], *, blessed: bool) -> None:
    """Keep what this run used; a refused run leaves what the last blessed one used."""
    used = sorted(uri for result in results for uris in result.outputs.values() for uri in uris)
    before = (folder.read_state() or {}).get("blessed_artifacts", [])
    state = {"artifacts": used, "blessed_artifacts": used if blessed else before}
    atomic_write(folder.state, json.dumps(state, indent=1))


def _json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
