"""Encoded faces to model input, in TensorFlow: the same functions in training and in serving."""

import tensorflow as tf

CHANNELS = 3
_HALF_RANGE = 127.5  # Pixels 0..255 to -1..1, as Inception and Xception were published with.


def scale(pixels: tf.Tensor) -> tf.Tensor:
    """Pixels 0 to 255 of any number type to float32, -1 to 1."""
    return tf.cast(pixels, tf.float32) / _HALF_RANGE - 1.0


def decode(encoded: tf.Tensor) -> tf.Tensor:
    """One encoded picture, JPEG or PNG, string (), to uint8 (height, width, 3), RGB.

    The accurate transform is the one of components.faces.images; TensorFlow's default is a level
    off on average. This operation reads PNG too.
    """
    return tf.io.decode_jpeg(encoded, channels=CHANNELS, dct_method="INTEGER_ACCURATE")


def decode_stored(encoded: tf.Tensor, side: int) -> tf.Tensor:
    """Stored faces, string (batch,), to model input, float32 (batch, side, side, 3), -1 to 1."""

    def one(face: tf.Tensor) -> tf.Tensor:
        return tf.ensure_shape(decode(face), (side, side, CHANNELS))

    pixels = tf.map_fn(
        one, encoded, fn_output_signature=tf.TensorSpec((side, side, CHANNELS), tf.uint8)
    )
    return scale(pixels)


def decode_raw(encoded: tf.Tensor, side: int) -> tf.Tensor:
    """Pictures of any size, string (batch,), to model input, float32 (batch, side, side, 3).

    Resizes as components.faces.images.resize does: by area where both sides shrink, else bilinear;
    rounds to whole grey levels, as a stored face has them.
    """

    def one(picture: tf.Tensor) -> tf.Tensor:
        pixels = tf.cast(decode(picture), tf.float32)[tf.newaxis]
        shrinks = tf.reduce_min(tf.shape(pixels)[1:3]) >= side
        resized = tf.cond(
            shrinks,
            lambda: tf.image.resize(pixels, (side, side), method="area"),
            lambda: tf.image.resize(pixels, (side, side), method="bilinear"),
        )
        return tf.ensure_shape(tf.round(resized[0]), (side, side, CHANNELS))

    pixels = tf.map_fn(
        one, encoded, fn_output_signature=tf.TensorSpec((side, side, CHANNELS), tf.float32)
    )
    return scale(pixels)
