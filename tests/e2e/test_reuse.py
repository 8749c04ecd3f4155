"""A change reruns exactly the nodes that depend on it."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.nodes import node_names
from schemas.config.blocks import Config
from tests.e2e.conftest import ALWAYS_BLESSED, SMALL, SmallRun
from tests.repository import ROOT, SOURCES, environment

pytestmark = [pytest.mark.tf, pytest.mark.e2e]

NODES = node_names(Config("a", ()))

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
    "push of another model": {"BiasReview", "Pusher"},  # The review compares with it.
    "code of demo": set(),
    "train.learning_rate=0.5": AFTER_TRANSFORM,
    "images.quality=50": AFTER_EXAMPLES,
    "labels.policy=strict": ALL_BUT_SCHEMA - {"FaceIngest"},
    "push.directory=elsewhere": {"BiasReview", "Pusher"},  # The last pushed model is another.
    "evaluate.min_images=9": {"BiasReview", "Pusher"},
    "beam.workers=2": set(),
    "lost model": AFTER_TRANSFORM,
    "lost version": {"Pusher"},
    "nothing again": set(),
}


@pytest.fixture(scope="module")
def replanned(
    small_run: SmallRun, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[list[str], bool]]:
    """{change: (nodes that would run, unchanged)}, in a copy of the sources."""
    sources = tmp_path_factory.mktemp("sources")
    for package in SOURCES:
        shutil.copytree(ROOT / package, sources / package)
    process = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("replan.py")), str(small_run.config),
         str(small_run.folder.parent), str(sources), *SMALL, ALWAYS_BLESSED],
        env=environment(sources),
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )  # fmt: skip
    assert process.returncode == 0, process.stderr[-4000:]
    nodes: dict[str, tuple[list[str], bool]] = json.loads(process.stdout.splitlines()[-1])
    return nodes


@pytest.mark.parametrize("change", list(EXPECTED))
def test_change_reruns_exactly_what_depends_on_it(
    change: str, replanned: dict[str, tuple[list[str], bool]]
) -> None:
    assert set(replanned[change][0]) == EXPECTED[change]


@pytest.mark.parametrize("change", list(EXPECTED))
def test_a_run_is_answered_without_tfx_exactly_where_tfx_would_reuse_every_node(
    change: str, replanned: dict[str, tuple[list[str], bool]]
) -> None:
    nodes, unchanged = replanned[change]

    assert unchanged == (nodes == [])
