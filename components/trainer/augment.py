"""Augmentations by name: a changed picture of the same face, in training alone."""

from collections.abc import Callable, Sequence

import tensorflow as tf

Augmentation = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]  # (image, seed int32 (2,)) to image.

AUGMENTATIONS: dict[str, Augmentation] = {
    "flip": tf.image.stateless_random_flip_left_right,
}


def augmentation(names: Sequence[str]) -> Augmentation:
    """One function that applies all named augmentations in order."""

    def apply(image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        for name in names:
            image = AUGMENTATIONS[name](image, seed)
        return image

    return apply
