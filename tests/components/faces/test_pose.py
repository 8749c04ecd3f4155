"""Yaw and roll from the points of a face."""

import math

import numpy as np
import pytest

from components.faces.detector import Box, Face, find_face
from components.faces.pose import pose_of
from tests.components.faces.drawn_faces import drawn


def seen_from(yaw: float, roll: float) -> Face:
    """A solid head, turned and projected: ears one apart, the nose one before them."""
    solid = [(-0.4, -0.3, 0.8), (0.4, -0.3, 0.8), (0, 0, 1),
             (0, 0.4, 0.85), (-0.5, 0, 0), (0.5, 0, 0)]  # fmt: skip
    turn, lean = math.radians(yaw), math.radians(roll)
    points = []
    for x, y, z in solid:
        across = x * math.cos(turn) + z * math.sin(turn)
        points.append((across * math.cos(lean) - y * math.sin(lean),
                       across * math.sin(lean) + y * math.cos(lean)))  # fmt: skip
    return Face(Box(0, 0, 1, 1), 0.9, 200.0 * np.array(points, np.float64) + 300)


@pytest.mark.parametrize("yaw", [-70, -20, 0, 5, 45])
@pytest.mark.parametrize("roll", [-120, -10, 0, 33, 179])
def test_the_pose_of_a_solid_head_is_exact(yaw: float, roll: float) -> None:
    assert pose_of(seen_from(yaw, roll)) == pytest.approx((yaw, roll), abs=1e-9)


def test_drawn_heads_are_ordered_by_their_turn() -> None:
    faces = [find_face(drawn(turn=turn)) for turn in (-40.0, 0.0, 40.0)]

    yaws = [pose_of(face).yaw for face in faces if face]

    assert len(yaws) == 3
    assert yaws == sorted(yaws)
    assert yaws[0] < -8 < yaws[1] < 8 < yaws[2]


def test_a_leaning_picture_adds_to_the_roll() -> None:
    upright = find_face(drawn())
    picture = np.ascontiguousarray(np.rot90(drawn(), -1))  # A quarter clockwise.
    assert upright is not None

    turned = upright._replace(
        points=np.stack([picture.shape[1] - upright.points[:, 1], upright.points[:, 0]], axis=1)
    )

    before, after = pose_of(upright), pose_of(turned)
    assert after.roll == pytest.approx(before.roll + 90)
    assert after.yaw == pytest.approx(before.yaw)
