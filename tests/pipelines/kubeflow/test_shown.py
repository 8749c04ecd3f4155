"""What Kubeflow's page shows of a step, from its own outputs."""

import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import json_format
from google.protobuf.struct_pb2 import Struct

from pipelines.kubeflow.shown import content, shown_types

REVIEW: dict[str, Any] = {
    "verdict": "refused",
    "overall": [{"head": "age", "accuracy": 0.5}, {"head": "gender", "accuracy": 0.75}],
    "worst_groups": {
        "age": {"title": "Women, 48-53", "accuracy": 0.25},
        "gender": None,
    },
    "confusion": {
        "age": {"classes": ["0-2", "4-6"], "counts": [[3, 1], [0, 2]]},
        "gender": {"classes": ["m", "f"], "counts": [[1, 0], [0, 1]]},
    },
}


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "review.json").write_text(json.dumps(REVIEW))
    (tmp_path / "index.html").write_text("<!doctype html><title>Ä</title>", encoding="utf-8")
    return {"page": tmp_path}


def test_the_review_shows_its_page_figures_and_a_matrix_a_head() -> None:
    assert shown_types("BiasReview", ("age", "gender")) == {
        "review": "system.HTML",
        "metrics": "system.Metrics",
        "confusion_age": "system.ClassificationMetrics",
        "confusion_gender": "system.ClassificationMetrics",
    }
    assert shown_types("StatisticsGen", ("age",)) == {"shown_statistics": "system.HTML"}
    assert shown_types("Trainer", ("age",)) == {}


def test_the_page_is_the_reviews(places: dict[str, Path]) -> None:
    assert content("review", places).text == "<!doctype html><title>Ä</title>"


def test_figures_of_two_heads_name_them(places: dict[str, Path]) -> None:
    assert content("metrics", places).metadata == {
        "verdict": "refused",
        "age_accuracy": 0.5,
        "age_worst_group": "Women, 48-53",
        "age_worst_group_accuracy": 0.25,
        "gender_accuracy": 0.75,
    }


def test_figures_of_one_head_have_plain_names(tmp_path: Path) -> None:
    one = REVIEW | {"overall": REVIEW["overall"][:1]}
    (tmp_path / "review.json").write_text(json.dumps(one))

    assert set(content("metrics", {"page": tmp_path}).metadata) == {
        "verdict",
        "accuracy",
        "worst_group",
        "worst_group_accuracy",
    }


def test_a_matrix_has_a_row_per_true_class(places: dict[str, Path]) -> None:
    metadata = content("confusion_age", places).metadata

    # The form of kfp.dsl.ClassificationMetrics.log_confusion_matrix.
    assert metadata == {
        "confusionMatrix": {
            "annotationSpecs": [{"displayName": "0-2"}, {"displayName": "4-6"}],
            "rows": [{"row": [3, 1]}, {"row": [0, 2]}],
        }
    }
    json_format.ParseDict(dict(metadata), Struct())
