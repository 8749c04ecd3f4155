"""Augmentation of training images, outside the model."""

from collections.abc import Callable, Sequence
from functools import partial

import keras
import numpy as np
import tensorflow as tf

from schemas.config.train import AugmentConfig, TrainConfig

Augment = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]  # (images, seed int32 (2,)) to images.

# (uniform numbers (batch, 2) in [-1, 1], ranges, side) to affine maps (batch, 2, 3) from a position
# (x, y, 1) in the output image to its position in the input image, in pixels from the centre.
Move = Callable[[tf.Tensor, AugmentConfig, int], tf.Tensor]


def _rotation(amount: tf.Tensor, ranges: AugmentConfig, _: int) -> tf.Tensor:
    angle = amount[:, 0] * np.deg2rad(ranges.rotation)
    zero = tf.zeros_like(angle)
    sin, cos = tf.sin(angle), tf.cos(angle)
    return _rows([cos, -sin, zero], [sin, cos, zero])


def _shift(amount: tf.Tensor, ranges: AugmentConfig, side: int) -> tf.Tensor:
    """Independent amounts along both axes."""
    zero, one = tf.zeros_like(amount[:, 0]), tf.ones_like(amount[:, 0])
    right, down = tf.unstack(amount * ranges.shift * side, axis=1)
    return _rows([one, zero, right], [zero, one, down])


def _shear(amount: tf.Tensor, ranges: AugmentConfig, _: int) -> tf.Tensor:
    """Vertical lines lean by up to the angle; the middle row stays."""
    zero, one = tf.zeros_like(amount[:, 0]), tf.ones_like(amount[:, 0])
    return _rows([one, tf.tan(amount[:, 0] * np.deg2rad(ranges.shear)), zero], [zero, one, zero])


def _zoom(amount: tf.Tensor, ranges: AugmentConfig, _: int) -> tf.Tensor:
    """The output shows from 1 - range to 1 + range of the side, the same along both axes."""
    zero, scale = tf.zeros_like(amount[:, 0]), 1 + amount[:, 0] * ranges.zoom
    return _rows([scale, zero, zero], [zero, scale, zero])


def _rows(*rows: Sequence[tf.Tensor]) -> tf.Tensor:
    return tf.stack([tf.stack(row, axis=-1) for row in rows], axis=1)


MOVES: dict[str, Move] = {
    "rotation": _rotation,
    "shift": _shift,
    "shear": _shear,
    "zoom": _zoom,
}


def _flip(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Mirror about half of the images of a batch, left to right."""
    columns = tf.range(images.shape[2])
    mirrored = tf.random.stateless_uniform((tf.shape(images)[0], 1), seed) < 0.5
    order = tf.where(mirrored, columns[::-1], columns)
    return tf.gather(images, order, axis=2, batch_dims=1)


def _move(
    images: tf.Tensor, seed: tf.Tensor, names: Sequence[str], ranges: AugmentConfig
) -> tf.Tensor:
    """Rotate, shift, shear and zoom each image of a batch by independent amounts.

    All moves of an image are composed into one map, so it is resampled once; a chain of Keras'
    layers would blur it at each step, and Keras' RandomShear shears about a corner, which also
    shifts the face. Pixels outside the image repeat its edge: black wedges would reveal the angle,
    reflection would add a mirrored eye. Amounts are uniform over the range, in both directions;
    interpolation is bilinear, so no value leaves the range of the image.

    Args:
      images: float32 (batch, side, side, channels).
      seed: int32 (2,).
      names: of MOVES, in the order in which they are applied.
      ranges: largest amount of each.
    """
    batch, side = tf.shape(images)[0], images.shape[1]
    amounts = tf.random.stateless_uniform((len(names), batch, 2), seed, -1.0, 1.0)
    # From positions in the output back to those in the input.
    linear, offset = tf.eye(2, batch_shape=[batch]), tf.zeros((batch, 2, 1))
    for name, amount in zip(names, tf.unstack(amounts), strict=True):
        move = MOVES[name](amount, ranges, side)
        offset += linear @ move[:, :, 2:]
        linear @= move[:, :, :2]
    centre = tf.fill((batch, 2, 1), (side - 1) / 2)
    offset += centre - linear @ centre
    rows = tf.reshape(tf.concat([linear, offset], axis=2), (batch, 6))
    return keras.ops.image.affine_transform(
        images, tf.pad(rows, [[0, 0], [0, 2]]), interpolation="bilinear", fill_mode="nearest"
    )


def augmentation(config: TrainConfig) -> Augment:
    """The augmentation of a batch of images by `train.augment`, a function of images and seed.

    Args:
      config: `augment`, applied in its order but with the flip first, which by symmetry is
        equivalent; and `augment_ranges`.
    """
    moves = [name for name in config.augment if name in MOVES]
    steps: list[Augment] = [_flip] if "flip" in config.augment else []
    if moves:
        steps.append(partial(_move, names=moves, ranges=config.augment_ranges))

    def apply(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        for index, step in enumerate(steps):
            images = step(images, tf.random.fold_in(seed, index))
        return images

    return apply
