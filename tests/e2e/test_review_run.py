"""The review of a whole run: its numbers, and a person's signature."""

import json
import re

import pytest
import tensorflow_model_analysis as tfma

from schemas.metrics import directed_metrics
from tests.e2e.conftest import ALWAYS_BLESSED, Facefold, SmallRun

pytestmark = [pytest.mark.tf, pytest.mark.e2e]


def test_every_number_that_tfma_has_too_is_equal(small_run: SmallRun) -> None:
    [evaluation] = small_run.folder.glob("artifacts/Evaluator/evaluation/*")
    by_slice = {
        frozenset(key): outputs[""][""]
        for key, outputs in tfma.load_eval_result(str(evaluation)).slicing_metrics
    }
    review = json.loads((small_run.folder / "review" / "review.json").read_text())

    compared = 0
    for group in [*review["overall"], *review["groups"]]:
        if group["images"]:
            values = by_slice[frozenset(group["values"].items())]
            for name in directed_metrics("age"):
                assert group[name] == pytest.approx(values[name]["doubleValue"], abs=1e-6)
                compared += 1
            assert group["images"] == values["example_count"]["doubleValue"]
    assert compared > 60


def test_a_model_that_needs_an_approval_is_pushed_after_it(
    copied_run: SmallRun, facefold: Facefold
) -> None:
    folder = copied_run.folder
    needs = copied_run.arguments(
        ALWAYS_BLESSED, "push.needs_approval=true", "push.directory=served"
    )

    waiting = facefold(*needs)
    again = facefold(*needs)
    signed = facefold("approve", str(folder), "--by", "A. Reviewer", "--because", "looked at it")
    pushed = facefold(*needs)

    for run in (waiting, again):
        assert run.returncode == 3
        assert re.search(r"^pushed +nothing: no approval yet$", run.stdout, re.MULTILINE)
    assert signed.returncode == 0
    assert pushed.returncode == 0, pushed.stdout
    approval = folder / "served" / "1" / "assets.extra" / "approval.json"
    assert approval.read_text() == (folder / "approval.json").read_text()
    assert "Approved by A. Reviewer" in (folder / "review" / "index.html").read_text()


def test_a_refusal_stops_the_push_of_its_model_alone(
    copied_run: SmallRun, facefold: Facefold
) -> None:
    folder = copied_run.folder
    facefold("approve", str(folder), "--by", "B", "--because", "too few women", "--refuse")

    refused = facefold(*copied_run.arguments(ALWAYS_BLESSED, "push.directory=served"))
    other = facefold(*copied_run.arguments(ALWAYS_BLESSED, "push.directory=served", "seed=7"))

    assert refused.returncode == 3
    assert "nothing: refused by B" in refused.stdout
    assert other.returncode == 0, other.stdout
    assert (folder / "served" / "1").is_dir()
