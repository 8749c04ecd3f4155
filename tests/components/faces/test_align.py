"""Crops and aligned squares of a face whose place is known."""

import math

import cv2
import numpy as np
import pytest

from components.faces.align import align_eyes, crop_face, eye_template
from components.faces.detector import Box, Face, find_face
from tests.components.faces.drawn_faces import drawn
from tests.components.faces.pictures import Pixels, noise

SIDE = 128


def face_of(eyes: tuple[tuple[float, float], tuple[float, float]], box: Box) -> Face:
    points = np.zeros((6, 2))
    points[:2] = eyes
    return Face(box, 0.9, points)


def with_dots(
    height: int, width: int, eyes: tuple[tuple[float, float], ...], size: float
) -> Pixels:
    """Black, with a red spot at the first place and a green one at the second, (x, y) each."""
    rows, columns = np.mgrid[:height, :width] + 0.5
    picture = np.zeros((height, width, 3), np.uint8)
    for channel, (x, y) in enumerate(eyes):
        picture[..., channel] = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 2 / size**2)
    return picture


def centres(picture: Pixels) -> list[tuple[float, float]]:
    """Centre of gravity (x, y) of the red and of the green light."""
    rows, columns = np.mgrid[: picture.shape[0], : picture.shape[1]] + 0.5
    light = picture[..., :2].astype(float)
    return [
        ((light[..., n] * columns).sum() / light[..., n].sum(),
         (light[..., n] * rows).sum() / light[..., n].sum())
        for n in range(2)
    ]  # fmt: skip


@pytest.mark.parametrize("margin", [0.0, 0.4, 2.0])
@pytest.mark.parametrize("turn", [-170, -30, 0, 12, 90], ids=lambda degrees: f"{degrees} degrees")
@pytest.mark.parametrize("distance", [9, 60, 200], ids=["small", "alike", "large"])
def test_the_eyes_lie_on_the_template(margin: float, turn: int, distance: int) -> None:
    angle = math.radians(turn)
    across, down = distance / 2 * math.cos(angle), distance / 2 * math.sin(angle)
    middle = (3.1 * distance, 2.7 * distance)
    eyes = ((middle[0] - across, middle[1] - down), (middle[0] + across, middle[1] + down))
    picture = with_dots(6 * distance, 6 * distance, eyes, 0.1 * distance)
    template = eye_template(margin)

    square = align_eyes(picture, face_of(eyes, Box(0, 0, 20, 20)), template, SIDE)

    assert square.shape == (SIDE, SIDE, 3)
    wanted = [(x * SIDE, y * SIDE) for x, y in template]
    assert np.allclose(centres(square), wanted, atol=0.6)


def test_the_template_is_level_symmetric_and_smaller_with_the_margin() -> None:
    for margin in (0.0, 0.1, 0.4, 2.0):
        (right, row), (left, other_row) = eye_template(margin)
        assert row == other_row < 0.5
        assert right + left == pytest.approx(1)
        # The distance is that of no margin, over the side of a square with two of them.
        whole = eye_template(0.0)
        assert left - right == pytest.approx(
            (whole.left_eye[0] - whole.right_eye[0]) / (1 + 2 * margin)
        )


def test_a_profile_is_scaled_by_its_box() -> None:
    """Its eyes are a twentieth of the box apart; a third is the least that counts."""
    eyes = ((195.0, 180.0), (205.0, 180.0))
    picture = with_dots(400, 400, eyes, 1.5)
    template = eye_template(0.4)

    square = align_eyes(picture, face_of(eyes, Box(100, 100, 200, 200)), template, SIDE)

    (right, _), (left, row) = centres(square)
    assert (left - right) / SIDE == pytest.approx(
        (template.left_eye[0] - template.right_eye[0]) * 10 / (200 / 3), abs=0.005
    )
    assert row == pytest.approx(template.left_eye[1] * SIDE, abs=0.6)


def test_a_small_square_averages_the_picture_as_an_area_resize_does() -> None:
    picture = cv2.GaussianBlur(noise(960, 960), (0, 0), 3)
    template = eye_template(0.0)
    eyes = ((template.right_eye[0] * 960, template.right_eye[1] * 960),
            (template.left_eye[0] * 960, template.left_eye[1] * 960))  # fmt: skip

    square = align_eyes(picture, face_of(eyes, Box(0, 0, 10, 10)), template, 96)

    means = picture.reshape(96, 10, 96, 10, 3).mean(axis=(1, 3))
    assert np.abs(square - means).max() <= 1


def test_beyond_the_picture_its_edge_is_repeated() -> None:
    picture = np.full((50, 50, 3), 77, np.uint8)

    square = align_eyes(
        picture, face_of(((5, 5), (45, 5)), Box(0, 0, 50, 50)), eye_template(2.0), 64
    )

    assert (square == 77).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (2, 3)])
def test_slivers_are_aligned_too(shape: tuple[int, int]) -> None:
    face = face_of(((0.2, 0.5), (0.8, 0.5)), Box(0, 0, 1, 1))

    assert align_eyes(noise(*shape), face, eye_template(0.4), 16).shape == (16, 16, 3)


def test_the_eyes_of_an_aligned_face_are_found_on_the_template() -> None:
    leaning = cv2.getRotationMatrix2D((408, 420), 25, 1)
    picture = cv2.warpAffine(drawn(), leaning, (816, 816), borderMode=cv2.BORDER_REPLICATE)
    face = find_face(picture)
    assert face is not None

    again = find_face(align_eyes(picture, face, eye_template(0.4), 300))

    assert again is not None
    shift = again.points[:2] - np.array(eye_template(0.4)) * 300
    assert np.abs(shift).max() < 0.25 * 300 * 0.23  # A quarter of the distance of the eyes.


@pytest.mark.parametrize("margin", [0.0, 0.4, 1.0, 2.0])
@pytest.mark.parametrize(
    "box", [Box(300, 400, 200, 190), Box(0, 800, 150, 200), Box(600, 0, 200, 120)],
    ids=["inside", "top right", "bottom left"],
)  # fmt: skip
def test_the_margin_of_a_crop_is_a_share_of_the_face_and_ends_at_the_edge(
    margin: float, box: Box
) -> None:
    picture = noise(800, 1000)

    crop = crop_face(picture, face_of(((0, 0), (1, 0)), box), margin)

    side = max(box.height, box.width)
    added = next(gap for gap in range(side * 2 + 1) if abs(gap - margin * side) <= 0.5)
    rows = [row for row in range(800) if -added <= row - box.top < box.height + added]
    columns = [at for at in range(1000) if -added <= at - box.left < box.width + added]
    assert np.array_equal(crop, picture[np.ix_(rows, columns)])


def test_a_crop_is_contiguous_whatever_the_picture_is() -> None:
    picture = noise(90, 90)[:, ::-1]
    assert not picture.flags.c_contiguous

    assert crop_face(
        picture, face_of(((0, 0), (1, 0)), Box(10, 20, 30, 40)), 0.1
    ).flags.c_contiguous
