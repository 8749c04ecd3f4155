"""Augmentations."""

import numpy as np
import pytest
import tensorflow as tf

from components.trainer.augment import augmentation

pytestmark = pytest.mark.tf

IMAGE = np.random.default_rng(0).normal(0, 1, (4, 5, 3)).astype(np.float32)


def changed(number: int, names: list[str]) -> np.ndarray:  # type: ignore[type-arg] # of floats
    return augmentation(names)(tf.constant(IMAGE), tf.constant([number, 7], tf.int32)).numpy()  # type: ignore[no-any-return]


def test_flip_mirrors_about_half_of_the_faces_and_leaves_the_others() -> None:
    mirrored = 0
    for number in range(100):
        found = changed(number, ["flip"])
        if np.array_equal(found, IMAGE[:, ::-1]):
            mirrored += 1
        else:
            assert np.array_equal(found, IMAGE)

    assert 30 <= mirrored <= 70


def test_the_same_seed_changes_alike() -> None:
    for number in range(10):
        assert np.array_equal(changed(number, ["flip"]), changed(number, ["flip"]))


def test_no_augmentation_leaves_the_face() -> None:
    assert np.array_equal(changed(0, []), IMAGE)
