"""Changed pictures of the same faces, in training alone: a layer that no model holds."""

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf

from schemas.config.train import AugmentConfig, TrainConfig

Augment = Callable[[tf.Tensor, tf.Tensor], tf.Tensor]  # (images, seed int32 (2,)) to images.

# (uniform numbers (batch, 2) in [-1, 1], ranges, side) to a map (batch, 2, 3) from a place (x, y,
# 1) of the changed picture to the place in the original that is shown there, both counted in
# pixels from the centre.
Move = Callable[[tf.Tensor, AugmentConfig, int], tf.Tensor]


def _rotation(amount: tf.Tensor, ranges: AugmentConfig, _: int) -> tf.Tensor:
    angle = amount[:, 0] * np.deg2rad(ranges.rotation)
    zero = tf.zeros_like(angle)
    sin, cos = tf.sin(angle), tf.cos(angle)
    return _rows([cos, -sin, zero], [sin, cos, zero])


def _shift(amount: tf.Tensor, ranges: AugmentConfig, side: int) -> tf.Tensor:
    """Each way by an amount of its own."""
    zero, one = tf.zeros_like(amount[:, 0]), tf.ones_like(amount[:, 0])
    right, down = tf.unstack(amount * ranges.shift * side, axis=1)
    return _rows([one, zero, right], [zero, one, down])


def _shear(amount: tf.Tensor, ranges: AugmentConfig, _: int) -> tf.Tensor:
    """Upright lines lean by up to the angle; the middle row stays."""
    zero, one = tf.zeros_like(amount[:, 0]), tf.ones_like(amount[:, 0])
    return _rows([one, tf.tan(amount[:, 0] * np.deg2rad(ranges.shear)), zero], [zero, one, zero])


def _zoom(amount: tf.Tensor, ranges: AugmentConfig, _: int) -> tf.Tensor:
    """The picture shows from 1 - range to 1 + range of the side, both ways alike."""
    zero, shown = tf.zeros_like(amount[:, 0]), 1 + amount[:, 0] * ranges.zoom
    return _rows([shown, zero, zero], [zero, shown, zero])


def _rows(*rows: Sequence[tf.Tensor]) -> tf.Tensor:
    return tf.stack([tf.stack(row, axis=-1) for row in rows], axis=1)


MOVES: dict[str, Move] = {
    "rotation": _rotation,
    "shift": _shift,
    "shear": _shear,
    "zoom": _zoom,
}


class RandomFlip(keras.layers.Layer):
    """Mirrors about half of the pictures of a batch, left to right."""

    def call(self, images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Called by Keras: (batch, side, side, channels), seed int32 (2,)."""
        columns = tf.range(images.shape[2])
        mirrored = tf.random.stateless_uniform((tf.shape(images)[0], 1), seed) < 0.5
        order = tf.where(mirrored, columns[::-1], columns)
        return tf.gather(images, order, axis=2, batch_dims=1)


class RandomMove(keras.layers.Layer):
    """Rotates, shifts, shears and zooms each picture of a batch by amounts of its own.

    All moves of a picture are one map, so that it is resampled once, where Keras' own layers,
    one after the other, would blur it at each step; and Keras' RandomShear leans about a corner,
    which also shifts the face away. What comes in from outside repeats the picture's edge: no
    black wedges that tell the angle, and no second, mirrored eye. Amounts are uniform over the
    range, either way; pixels are bilinear, so no value leaves the range of the picture's own.

    Args:
      names: of MOVES, in the order in which they are applied.
      ranges: how far each goes.
    """

    def __init__(self, names: Sequence[str], ranges: AugmentConfig) -> None:
        super().__init__(dtype="float32")
        self._names = names
        self._ranges = ranges

    def call(self, images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """Called by Keras: (batch, side, side, channels), seed int32 (2,)."""
        batch, side = tf.shape(images)[0], images.shape[1]
        amounts = tf.random.stateless_uniform((len(self._names), batch, 2), seed, -1.0, 1.0)
        # From places of the last picture back to those of the first.
        linear, offset = tf.eye(2, batch_shape=[batch]), tf.zeros((batch, 2, 1))
        for name, amount in zip(self._names, tf.unstack(amounts), strict=True):
            move = MOVES[name](amount, self._ranges, side)
            offset += linear @ move[:, :, 2:]
            linear @= move[:, :, :2]
        centre = tf.fill((batch, 2, 1), (side - 1) / 2)
        offset += centre - linear @ centre
        rows = tf.reshape(tf.concat([linear, offset], axis=2), (batch, 6))
        return keras.ops.image.affine_transform(
            images,
            tf.pad(rows, [[0, 0], [0, 2]]),
            interpolation="bilinear",
            fill_mode="nearest",
        )


def augmentation(config: TrainConfig) -> Augment:
    """What `train.augment` names, for a batch of pictures; the same seed changes them alike.

    Args:
      config: `augment`, applied in its order but with the flip first, which by symmetry is the
        same; and `augment_ranges`.
    """
    moves = [name for name in config.augment if name in MOVES]
    layers: list[keras.layers.Layer] = []
    if "flip" in config.augment:
        layers.append(RandomFlip(dtype="float32"))
    if moves:
        layers.append(RandomMove(moves, config.augment_ranges))

    def apply(images: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        for place, layer in enumerate(layers):
            images = layer(images, tf.random.fold_in(seed, place))
        return images

    return apply
