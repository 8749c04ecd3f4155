"""What a change makes run again: exactly what depends on it."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.nodes import NODES
from tests.e2e.conftest import ALWAYS_BLESSED, ROOT, SMALL, SmallRun

pytestmark = [pytest.mark.tf, pytest.mark.e2e]

ALL_BUT_SCHEMA = set(NODES) - {"ImportSchemaGen"}
AFTER_EXAMPLES = ALL_BUT_SCHEMA - {"FaceIngest", "LabelValidator"}
AFTER_TRANSFORM = {"Trainer", "Evaluator", "BiasReview", "Pusher"}

EXPECTED = {
    "nothing": set(),
    "image": ALL_BUT_SCHEMA,
    "label line": ALL_BUT_SCHEMA,
    "schema": {"ImportSchemaGen", "ExampleValidator", "AnomalyGate", "Transform", *AFTER_TRANSFORM},
    "code of bias_review": {"BiasReview", "Pusher"},
    "code of evaluator": {"Evaluator", "BiasReview", "Pusher"},
    "code of trainer": AFTER_TRANSFORM,
    "code of label_validator": ALL_BUT_SCHEMA - {"FaceIngest"},
    "code of ingest": ALL_BUT_SCHEMA,
    "code of example_gen": AFTER_EXAMPLES,
    "code of anomaly_gate": {"AnomalyGate", "Transform", *AFTER_TRANSFORM},
    "code of transform": {"Transform", *AFTER_TRANSFORM},
    "code of decoding": ALL_BUT_SCHEMA,  # FaceIngest decodes contents that are shared.
    "code of cropping": AFTER_EXAMPLES,
    "code of the zoo's table": AFTER_TRANSFORM,
    "code of pusher": {"Pusher"},
    "code of demo": set(),
    "train.learning_rate=0.5": AFTER_TRANSFORM,
    "images.quality=50": AFTER_EXAMPLES,
    "labels.policy=strict": ALL_BUT_SCHEMA - {"FaceIngest"},
    "push.directory=elsewhere": {"Pusher"},
    "evaluate.min_images=9": {"Evaluator", "BiasReview", "Pusher"},
    "beam.workers=2": set(),
    "lost model": AFTER_TRANSFORM,
}


@pytest.fixture(scope="module")
def answers(small_run: SmallRun, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What would run after each change, asked in a copy of the sources and of nothing else."""
    sources = tmp_path_factory.mktemp("sources")
    for folder in ("schemas", "components", "pipelines"):
        shutil.copytree(ROOT / folder, sources / folder)
    asked = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("replan.py")), str(small_run.config),
         str(small_run.folder.parent), str(sources), *SMALL, ALWAYS_BLESSED],
        env={**os.environ, "PYTHONPATH": str(sources), "TF_USE_LEGACY_KERAS": "0"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )  # fmt: skip
    assert asked.returncode == 0, asked.stderr[-4000:]
    found: dict[str, list[str]] = json.loads(asked.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("change", list(EXPECTED))
def test_change_reruns_exactly_what_depends_on_it(
    change: str, answers: dict[str, list[str]]
) -> None:
    assert set(answers[change]) == EXPECTED[change]
