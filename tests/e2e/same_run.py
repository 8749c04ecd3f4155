"""What two runs of the same data, with Beam steps in different places, must have in common."""

import json
from pathlib import Path
from typing import Any

import tensorflow_model_analysis as tfma

# The bytes of a SavedModel differ although every number is the same.
OWN_HASH = "model_hash"
# Artifacts that are the same to the byte: (step, channel).
SAME_BYTES = (
    ("FaceExampleGen", "examples"), ("FaceExampleGen", "rejects"), ("FaceExampleGen", "report"),
    ("StatisticsGen", "statistics"),
)  # fmt: skip


def contents(folder: Path) -> dict[str, bytes]:
    """The files below a folder, with their bytes."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def artifact(run: Path, step: str, channel: str) -> Path:
    [folder] = (run / "artifacts" / step / channel).iterdir()
    return folder


def metrics(run: Path) -> dict[Any, Any]:
    """TFMA's values by slice."""
    result = tfma.load_eval_result(str(artifact(run, "Evaluator", "evaluation")))
    return dict(result.slicing_metrics)


def review(run: Path) -> dict[str, Any]:
    """review.json, without OWN_HASH."""
    content: dict[str, Any] = json.loads((run / "review" / "review.json").read_text())
    del content["protocol"][OWN_HASH]
    return content


def differences(here: Path, there: Path) -> list[str]:
    """What differs between two run folders."""
    found = [
        f"{step} {channel}"
        for step, channel in SAME_BYTES
        if contents(artifact(there, step, channel)) != contents(artifact(here, step, channel))
    ]
    table = [
        (artifact(run, "Evaluator", "evaluation") / "predictions.parquet").read_bytes()
        for run in (here, there)
    ]
    found += ["predictions"] * (table[0] != table[1])
    found += ["metrics"] * (metrics(here) != metrics(there))
    return found + ["review"] * (review(here) != review(there))
