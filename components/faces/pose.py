"""Pose of a detected face, from its points."""

import math
from typing import NamedTuple

import numpy as np

from components.faces.blazeface import LEFT_EAR, LEFT_EYE, NOSE, RIGHT_EAR, RIGHT_EYE
from components.faces.detector import Face


class Pose(NamedTuple):
    """Angles of a head, in degrees, -180 to 180."""

    yaw: float  # Positive: the nose points to the picture's right.
    roll: float  # Positive: leaning clockwise; the direction from one eye to the other.


def pose_of(face: Face) -> Pose:
    """Yaw and roll of a detected face.

    The nose is about as far before the line between the ears as the ears are apart, so its distance
    from their middle, over theirs, is the tangent of the yaw. Against the 468 points of MediaPipe's
    face mesh the slope is 0.93 on 584 UTKFace chips and 1.03 on 112 FairFace pictures.
    """
    points = face.points
    across, down = points[LEFT_EYE] - points[RIGHT_EYE]
    roll = math.atan2(down, across)
    axis = np.array([math.cos(roll), math.sin(roll)])
    ears = points[[RIGHT_EAR, LEFT_EAR]]
    aside = float((points[NOSE] - ears.mean(axis=0)) @ axis)
    apart = float((ears[1] - ears[0]) @ axis)
    return Pose(math.degrees(math.atan2(aside, apart)), math.degrees(roll))
