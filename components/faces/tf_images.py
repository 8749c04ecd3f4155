"""Encoded faces to model input, in TensorFlow, for training and serving."""

from collections.abc import Callable

import tensorflow as tf

from components.faces import resize
from schemas.config.blocks import ImagesConfig

CHANNELS = 3
_HALF_RANGE = 127.5  # Pixels 0..255 to -1..1, as published for Inception and Xception.


def scale(pixels: tf.Tensor) -> tf.Tensor:
    """Scale pixels of any number type, 0 to 255, to float32, -1 to 1."""
    return tf.cast(pixels, tf.float32) / _HALF_RANGE - 1.0


def decode(encoded: tf.Tensor, ratio: int = 1) -> tf.Tensor:
    """Decode a JPEG or PNG picture, string (), to uint8 (height, width, 3), RGB.

    A JPEG is decoded `ratio` times smaller, 1, 2, 4 or 8. The accurate transform is the one of
    components.faces.decoding; TensorFlow's default differs by one level on average. The operation
    decodes PNG too.
    """
    return tf.io.decode_jpeg(encoded, channels=CHANNELS, ratio=ratio, dct_method="INTEGER_ACCURATE")


def decode_stored(encoded: tf.Tensor, images: ImagesConfig) -> tf.Tensor:
    """Decode stored faces, string (batch,), to float32 (batch, side, side, 3), -1 to 1."""
    square = (images.side, images.side, CHANNELS)
    if images.encoding == "raw":
        return scale(tf.reshape(tf.io.decode_raw(encoded, tf.uint8), (-1, *square)))

    def decode_face(face: tf.Tensor) -> tf.Tensor:
        return tf.ensure_shape(decode(face), square)

    return scale(
        tf.map_fn(decode_face, encoded, fn_output_signature=tf.TensorSpec(square, tf.uint8))
    )


def decode_raw(encoded: tf.Tensor, images: ImagesConfig) -> tf.Tensor:
    """Decode pictures of any size, string (batch,), to float32 (batch, side, side, 3), -1 to 1.

    The same as components.faces.prepare.prepare for an upright picture, or for an upright crop if
    `images.align` is `crop`; pixels are rounded to whole levels, as in a stored face.
    """

    def prepare_picture(picture: tf.Tensor) -> tf.Tensor:
        pixels = tf.cast(_reduced(picture, images), tf.float32)
        return tf.ensure_shape(tf.round(_fit_square(pixels, images)), square)

    square = (images.side, images.side, CHANNELS)
    spec = tf.TensorSpec(square, tf.float32)
    return scale(tf.map_fn(prepare_picture, encoded, fn_output_signature=spec))


def _reduced(picture: tf.Tensor, images: ImagesConfig) -> tf.Tensor:
    """Decode, a JPEG reduced by the same factor as in components.faces.decoding."""
    if images.align == "crop":  # Crops are taken at full size.
        return decode(picture)

    def jpeg() -> tf.Tensor:
        size = tf.image.extract_jpeg_shape(picture)
        high, wide = _scaled_size(size[0], size[1], images)
        fitting = [
            (tf.logical_and(size[0] >= by * high, size[1] >= by * wide), _decoder(picture, by))
            for by in resize.REDUCTIONS
        ]
        return tf.case(fitting, default=_decoder(picture, 1))

    return tf.cond(tf.io.is_jpeg(picture), jpeg, _decoder(picture, 1))


def _decoder(picture: tf.Tensor, by: int) -> Callable[[], tf.Tensor]:
    return lambda: decode(picture, by)


def _scaled_size(
    height: tf.Tensor, width: tf.Tensor, images: ImagesConfig
) -> tuple[tf.Tensor | int, tf.Tensor | int]:
    """components.faces.resize.scaled_size for tensors."""
    side = images.side
    if images.fit == resize.STRETCH:
        return side, side
    either = tf.maximum if images.fit == resize.PAD else tf.minimum
    edge = either(height, width)
    return tuple(tf.maximum(1, (length * side + edge // 2) // edge) for length in (height, width))


def _fit_square(pixels: tf.Tensor, images: ImagesConfig) -> tf.Tensor:
    """components.faces.resize.fit_square for float32 (height, width, 3), 0 to 255."""
    shape = tf.shape(pixels)
    high, wide = _scaled_size(shape[0], shape[1], images)
    grows = tf.logical_or(shape[0] < high, shape[1] < wide)
    resized = tf.cond(
        grows,
        lambda: tf.image.resize(pixels[tf.newaxis], (high, wide), method="bilinear"),
        lambda: tf.image.resize(pixels[tf.newaxis], (high, wide), method="area"),
    )[0]
    if images.fit == resize.STRETCH:
        return resized
    side = images.side
    if images.fit == resize.PAD:
        top, left = (side - high) // 2, (side - wide) // 2
        return tf.image.pad_to_bounding_box(resized, top, left, side, side)
    top, left = (high - side) // 2, (wide - side) // 2
    return tf.image.crop_to_bounding_box(resized, top, left, side, side)
