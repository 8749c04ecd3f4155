"""The compiled package, executed task by task as Kubeflow does, beside `facefold run`.

    python -m tests.e2e.kubeflow_proof FOLDER [--pipelines PIPELINE ...]

For each pipeline: its review must be that of a local run; a second execution of the same data must
reuse what takes long; one with a changed label file must compute again what depends on it. Prints a
line per task, and exits 1 if one is wrong. Writes below /minio, as Kubeflow's launcher does, so it
takes a container or root.
"""

import argparse
import json
import shutil
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pipelines.cli import main as facefold_main
from pipelines.demo.plan import least_faces
from pipelines.kubeflow.kept import read_outcome
from pipelines.kubeflow.step import REUSED
from tests.e2e.conftest import ALWAYS_BLESSED, SMALL
from tests.e2e.kubeflow_cluster import Cluster, Done, can_mount, image_schemas
from tests.repository import run_facefold

PIPELINES = {
    "plain": (),
    "cross-validation": ("folds.test=all",),
    "sweep": ("tune.trials=2", "tune.epochs=1", "tune.learning_rate=[1.0e-3, 3.0e-3]"),
}
# These differ although every number is the same: a SavedModel's bytes, and the fingerprint that a
# local run takes of the data's files.
_OWN_HASHES = ("model_hash", "data_hash")
Show = Callable[[str], None]


def prove(pipeline: str, folder: Path, show: Show) -> list[str]:
    """Execute a pipeline of PIPELINES three times; returns what was wrong.

    Args:
      pipeline: its name.
      folder: empty or absent; holds data, packages and stores afterwards.
      show: prints a line.
    """
    drawn = run_facefold("demo", str(folder / "data"), "--faces", str(least_faces()))
    assert drawn.returncode == 0, drawn.stderr
    config = str(folder / "data" / "demo.yaml")
    settings = (*SMALL, ALWAYS_BLESSED, "train.deterministic=true", *PIPELINES[pipeline])
    local = run_facefold("run", config, *settings, f"output={folder / 'local'}")
    assert local.returncode == 0, local.stderr
    package = folder / "package.yaml"
    status = facefold_main(
        ["kubeflow", "compile", config, *settings, *_places(folder), "-o", str(package)]
    )
    assert status == 0
    cluster = Cluster(folder / "cluster")
    problems = []
    try:
        first = cluster.run(package)
        _show(pipeline, "first", first, show)
        problems += _compare(folder / "local" / "demo" / "review", cluster, first)
        outcome = read_outcome(folder / "store", "run-1")
        if outcome is None or outcome.version != str(folder / "serving" / "1"):
            problems.append(f"the outcome is {outcome}")
        again = cluster.run(package)
        _show(pipeline, "unchanged", again, show)
        problems += [f"{task} ran again" for task in _long(again) if not _is_reused(again[task])]
        labels = folder / "data" / "folds" / "fold_0_data.txt"
        labels.write_text("".join(labels.read_text().splitlines(keepends=True)[:-1]))
        changed = cluster.run(package)
        _show(pipeline, "a row less", changed, show)
        problems += [f"{task} was reused" for task in _long(changed) if _is_reused(changed[task])]
    finally:
        cluster.empty_mount()
    return problems


def _places(folder: Path) -> tuple[str, ...]:
    """Settings of a cluster on which the data have the same paths as here."""
    data = folder / "data"
    return (
        "kubeflow.root=minio://bucket/artifacts",
        f"kubeflow.volumes={{data: {folder}}}",
        f"kubeflow.store={folder / 'store'}",
        f"push.directory={folder / 'serving'}",
        f"data.labels={data / 'folds' / 'fold_*_data.txt'}",
        f"data.images={data / 'faces'}",
    )


def _long(done: Mapping[str, Done]) -> list[str]:
    """Tasks of the steps whose outputs are kept."""
    kept = {step.lower() for step in REUSED}
    return [task for task in done if task.partition("-fold-")[0].replace("-", "") in kept]


def _is_reused(done: Done) -> bool:
    return done.cached or "reused, made on" in done.log


def _show(pipeline: str, execution: str, done: Mapping[str, Done], show: Show) -> None:
    for task, each in done.items():
        result = "cached" if each.cached else "reused" if _is_reused(each) else "ran"
        show(f"{pipeline:<17} {execution:<10} {task:<24} {each.seconds:6.1f} s  {result}")
    reused = sum(map(_is_reused, done.values()))
    seconds = sum(each.seconds for each in done.values())
    show(f"{pipeline:<17} {execution:<10} {len(done)} tasks, {reused} reused, {seconds:.0f} s")


def _compare(review: Path, cluster: Cluster, done: Mapping[str, Done]) -> list[str]:
    """What differs between the reviews of a local run and of the tasks."""
    page = cluster.local(done["bias-review"].outputs["page"])
    problems = [] if _numbers(page) == _numbers(review) else ["review.json differs"]
    shown = cluster.local(done["bias-review"].outputs["review"])
    if shown.read_bytes() != (page / "index.html").read_bytes():
        problems.append("the shown page is not the review's")
    metrics = done["bias-review"].outputs["metrics"].metadata
    if metrics["verdict"] != _numbers(review)["verdict"]:
        problems.append(f"the shown metrics are {metrics}")
    if (
        "<table"
        not in cluster.local(done["statistics-gen"].outputs["shown_statistics"]).read_text()
    ):
        problems.append("the shown statistics have no table")
    return problems


def _numbers(page: Path) -> dict[str, Any]:
    review: dict[str, Any] = json.loads((page / "review.json").read_text(encoding="utf-8"))
    for name in _OWN_HASHES:
        assert review["protocol"].pop(name) is not None
    return review


def main() -> int:
    """Prove the chosen pipelines."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--pipelines", nargs="+", choices=PIPELINES, default=list(PIPELINES))
    arguments = parser.parse_args()
    if not can_mount():
        _say("left out: only root may write to /minio; run it in a container")
        return 1
    folder = arguments.folder.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    problems = []
    with image_schemas():
        for pipeline in arguments.pipelines:
            problems += prove(pipeline, folder / pipeline, _say)
    for problem in problems:
        _say(f"wrong: {problem}")
    _say("all right" if not problems else f"{len(problems)} wrong")
    return 1 if problems else 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
