"""The faces that the page shows."""

import base64
from collections.abc import Callable

import cv2
import numpy as np
import pyarrow as pa

from components.bias_review import groups
from components.bias_review.examples import choose, show
from components.bias_review.measures.estimates import Estimator
from components.bias_review.predictions import merge
from schemas.config.blocks import EvaluateConfig

Tables = Callable[..., pa.Table]
Heads = dict[str, tuple[str, ...]]
CONFIG = EvaluateConfig(min_images=1, min_subjects=1)


def test_the_most_confident_errors_of_the_group_are_chosen(people: Tables, heads: Heads) -> None:
    table = pa.concat_tables([
        people([("a", "m", "4-6", 3, 1)], probability=0.7),
        people([("b", "m", "4-6", 2, 0)], probability=0.9),
        people([("c", "f", "4-6", 2, 0)], probability=0.99),
    ])  # fmt: skip
    rows = merge([table], {"age": heads["age"]}, ["fold_4"]).heads[0]
    [men, _] = groups.slice_groups(Estimator(rows), ("gender",), CONFIG)

    chosen = choose(rows, men, 3)

    assert [face.key for face in chosen] == ["b/m/4-6/0", "b/m/4-6/1", "a/m/4-6/1"]
    assert {(face.label, face.predicted) for face in chosen} == {("4-6", "8-12")}
    assert choose(rows, men, 9)[:3] == chosen


def test_raw_pixels_are_shown_as_png(people: Tables, heads: Heads) -> None:
    rows = merge([people([("a", "m", "4-6", 1, 0)])], {"age": heads["age"]}, ["fold_4"]).heads[0]
    men = next(groups.slice_groups(Estimator(rows), ("gender",), CONFIG))
    faces = choose(rows, men, 1)
    pixels = np.arange(8 * 8 * 3, dtype=np.uint8).reshape(8, 8, 3)

    [shown] = show([(men, faces)], {faces[0].key: pixels.tobytes()}, 8)

    raw = np.frombuffer(base64.b64decode(shown.faces[0].picture), np.uint8)
    assert shown.faces[0].kind == "png"
    assert (cv2.imdecode(raw, cv2.IMREAD_COLOR)[:, :, ::-1] == pixels).all()
