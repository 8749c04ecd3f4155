"""Faces to show on the page: of each judged group the most confident errors."""

import base64
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple

import cv2
import numpy as np

from components.bias_review.groups import Group, group_mask
from components.bias_review.predictions import HeadRows


class ChosenFace(NamedTuple):
    """A face by its key, and what the model took it for."""

    key: str
    label: str  # Class names.
    predicted: str
    confidence: float


class ShownFace(NamedTuple):
    """A face on the page."""

    kind: Literal["jpeg", "png"]
    picture: str  # Base64.
    label: str
    predicted: str
    confidence: float


class GroupExamples(NamedTuple):
    """The faces of one group."""

    group: Group
    faces: tuple[ShownFace, ...]


def choose(rows: HeadRows, group: Group, number: int) -> list[ChosenFace]:
    """The most certain errors of a group, at most `number`; ties by the order of keys."""
    wrong = group_mask(rows, group.columns, group.values) & ~rows.right
    places = np.flatnonzero(wrong)
    order = np.lexsort((rows.keys[places].astype(str), -rows.confidence[places]))
    return [
        ChosenFace(
            rows.keys[place],
            rows.classes[rows.label[place]],
            rows.classes[rows.predicted[place]],
            float(rows.confidence[place]),
        )
        for place in places[order][:number]
    ]


def show(
    chosen: Sequence[tuple[Group, Sequence[ChosenFace]]], pictures: Mapping[str, bytes], side: int
) -> tuple[GroupExamples, ...]:
    """The chosen faces with their pictures.

    Args:
      chosen: of each group; those without a face are left out.
      pictures: stored image of each key: JPEG, PNG or raw RGB.
      side: height and width of a raw image.
    """
    return tuple(
        GroupExamples(group, tuple(_shown(face, pictures[face.key], side) for face in faces))
        for group, faces in chosen
        if faces
    )


def _shown(face: ChosenFace, image: bytes, side: int) -> ShownFace:
    kind: Literal["jpeg", "png"] = "jpeg" if image.startswith(b"\xff\xd8") else "png"
    if kind == "png" and not image.startswith(b"\x89PNG"):
        pixels = np.frombuffer(image, np.uint8).reshape(side, side, 3)
        image = cv2.imencode(".png", pixels[:, :, ::-1])[1].tobytes()
    picture = base64.b64encode(image).decode()
    return ShownFace(kind, picture, face.label, face.predicted, face.confidence)
