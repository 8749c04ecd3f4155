"""The description beside a served model: the detector and the template of aligned faces."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import pytest
import tensorflow_transform as tft

from components.faces.blazeface import weights_hash
from components.trainer.models import builders
from components.trainer.models.spec import ModelSpec
from components.trainer.saved_model import ServedModel
from tests.components.trainer.small_faces import AGES, IMAGES, SIDE

pytestmark = pytest.mark.tf


NAMES = {"age": AGES, "gender": ("m", "f")}
HEADS = (("age", 8), ("gender", 2))


def test_the_description_has_detector_and_template_where_faces_are_aligned(
    transform_output: Path,
) -> None:
    graph = tft.TFTransformOutput(str(transform_output))

    def described(align: Literal["none", "crop", "eyes"]) -> dict[str, Any]:
        images = replace(IMAGES, align=align, margin=0.2)
        served = ServedModel(builders.build("mlp", ModelSpec(SIDE, HEADS, seed=0)), graph, images,
                             NAMES)  # fmt: skip
        return served.describe()

    plain, cropped, aligned = described("none"), described("crop"), described("eyes")
    assert {"detector", "template"}.isdisjoint(plain)
    assert "template" not in cropped
    assert cropped["detector"] == aligned["detector"]
    assert cropped["detector"]["sha256"] == weights_hash()
    # At a margin of 0.2 the face is 1/1.4 of the side, and the eyes 1/2.4 of the face apart.
    (right, row), (left, _) = aligned["template"]["right_eye"], aligned["template"]["left_eye"]
    assert left - right == pytest.approx(1 / 1.4 / 2.4)
    assert row == pytest.approx(0.5 - 0.55 / 1.4 / 2.4)
    assert "template" in aligned["signatures"]["serve_jpeg"]
