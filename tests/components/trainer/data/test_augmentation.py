"""Augmentations: their amounts, directions and seeds."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf

from components.trainer.data.augmentation import augmentation
from schemas.config.train import Augmentation, AugmentConfig, TrainConfig

pytestmark = pytest.mark.tf

Floats = npt.NDArray[np.float64]
SIDE = 64
CENTRE = (SIDE - 1) / 2
COUNT = 300  # Pictures a batch.
ALL: tuple[Augmentation, ...] = ("flip", "rotation", "shift", "shear", "zoom")
NOISE = np.random.default_rng(0).uniform(-1, 1, (COUNT, 8, 8, 3)).astype(np.float32)


def changed(
    images: Any, names: tuple[Augmentation, ...], number: Any = 0, **ranges: float
) -> Floats:
    augment = augmentation(TrainConfig(augment=names, augment_ranges=AugmentConfig(**ranges)))
    seed = tf.constant([number, 7], tf.int32)
    found: Floats = augment(tf.constant(images, tf.float32), seed).numpy().astype(np.float64)
    return found


def dots(*places: tuple[float, float]) -> npt.NDArray[np.float32]:
    """COUNT times the same image: soft dots on black, at positions (x, y) from the centre."""
    y, x = np.mgrid[:SIDE, :SIDE] - CENTRE
    light = sum(np.exp(-((x - right) ** 2 + (y - down) ** 2) / 8) for right, down in places)
    return np.repeat((light * 2 - 1)[None, :, :, None], COUNT, 0).astype(np.float32)


def places(images: Floats) -> tuple[Floats, Floats]:
    """The centre of mass (x, y) of each image, from the image's centre, in pixels."""
    light = (images[..., 0] + 1) / 2
    y, x = np.mgrid[:SIDE, :SIDE] - CENTRE
    total = light.sum(axis=(1, 2))
    return (light * x).sum(axis=(1, 2)) / total, (light * y).sum(axis=(1, 2)) / total


def assert_spread(amounts: Floats, low: float, high: float) -> None:
    """All within the range, up to a hundredth, balanced over its halves, and near both its ends."""
    slack = (high - low) / 100
    assert low - slack < amounts.min() < low + 0.1 * (high - low)
    assert high + slack > amounts.max() > high - 0.1 * (high - low)
    assert abs(np.mean(amounts < (low + high) / 2) - 0.5) < 0.12  # 4 standard errors.


def test_flip_mirrors_about_half_of_the_faces_and_leaves_the_others() -> None:
    found = changed(NOISE, ("flip",))

    mirrored = [np.array_equal(one, face[:, ::-1]) for one, face in zip(found, NOISE, strict=True)]
    left = [np.array_equal(one, face) for one, face in zip(found, NOISE, strict=True)]

    assert 0.38 < np.mean(mirrored) < 0.62
    assert [not one for one in mirrored] == left


@pytest.mark.parametrize("limit", [15.0, 90.0])
def test_rotation_turns_about_the_centre_by_up_to_the_angle(limit: float) -> None:
    right, down = places(changed(dots((16, 0)), ("rotation",), rotation=limit))

    np.testing.assert_allclose(np.hypot(right, down), 16, atol=0.1)
    assert_spread(np.rad2deg(np.arctan2(down, right)), -limit, limit)


def test_shift_moves_by_up_to_the_share_of_the_side_independently_along_both_axes() -> None:
    right, down = places(changed(dots((0, 0)), ("shift",), shift=0.25))

    assert_spread(right, -16, 16)
    assert_spread(down, -16, 16)
    assert abs(np.corrcoef(right, down)[0, 1]) < 0.25


def test_shear_leans_vertical_lines_by_up_to_the_angle_about_the_middle_row() -> None:
    above, above_down = places(changed(dots((0, -12)), ("shear",), shear=30))
    below, below_down = places(changed(dots((0, 12)), ("shear",), shear=30))
    middle, middle_down = places(changed(dots((0, 0)), ("shear",), shear=30))

    assert_spread(np.rad2deg(np.arctan(below / 12)), -30, 30)
    np.testing.assert_allclose(above, -below, atol=0.1)
    np.testing.assert_allclose(middle, 0, atol=0.1)
    for down, expected in ((above_down, -12), (middle_down, 0), (below_down, 12)):
        np.testing.assert_allclose(down, expected, atol=0.1)


def test_zoom_scales_both_axes_equally_by_up_to_the_share() -> None:
    right, down = places(changed(dots((10, 10)), ("zoom",), zoom=0.3))

    np.testing.assert_allclose(right, down, atol=0.1)
    assert_spread(10 / right, 0.7, 1.3)


def test_moves_are_applied_in_the_order_of_their_names() -> None:
    ranges = {"shift": 0.2, "rotation": 90.0}
    turned_last = places(changed(dots((0, 0)), ("shift", "rotation"), **ranges))
    shifted_last = places(changed(dots((0, 0)), ("rotation", "shift"), **ranges))

    # A dot in the centre, only shifted, stays in the square; turned after it, it leaves it.
    assert np.abs(shifted_last).max() < 0.2 * SIDE + 0.1
    assert np.abs(turned_last).max() > 0.22 * SIDE


def test_no_pixel_leaves_the_range_and_no_black_is_added() -> None:
    wild = {"rotation": 180, "shift": 0.5, "shear": 60, "zoom": 0.9}
    noise = changed(NOISE, ALL, **wild)
    grey = changed(np.full((COUNT, 8, 8, 3), 0.3), ALL, **wild)

    assert -1 <= noise.min() < -0.9
    assert 0.9 < noise.max() <= 1
    np.testing.assert_allclose(grey, 0.3, atol=1e-6)


def test_a_range_of_0_leaves_the_image_unchanged() -> None:
    nothing = {"rotation": 0.0, "shift": 0.0, "shear": 0.0, "zoom": 0.0}

    np.testing.assert_allclose(changed(NOISE, ALL[1:], **nothing), NOISE, atol=1e-5)


@pytest.mark.parametrize("names", [("flip",), ("rotation",), ALL], ids=str)
def test_the_same_seed_repeats_the_augmentation_and_another_does_not(
    names: tuple[Augmentation, ...],
) -> None:
    first, again, other = (changed(NOISE, names, number) for number in (1, 1, 2))

    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_no_two_images_of_a_batch_are_augmented_equally() -> None:
    found = changed(np.repeat(NOISE[:1], COUNT, 0), ALL[1:])

    assert len({one.tobytes() for one in found}) == COUNT


def test_without_augmentation_the_face_is_unchanged() -> None:
    assert np.array_equal(changed(NOISE, ()), NOISE)


@pytest.mark.usefixtures("half_precision")
def test_images_keep_their_precision_under_mixed_precision() -> None:
    augment = augmentation(TrainConfig(augment=ALL))

    assert augment(tf.constant(NOISE), tf.constant([1, 2], tf.int32)).dtype == tf.float32
