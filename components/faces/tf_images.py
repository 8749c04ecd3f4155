"""Encoded faces to model input, in TensorFlow, for training and serving."""

from collections.abc import Callable

import tensorflow as tf

from components.faces import jpeg_markers, png_chunks, resize
from schemas.config.blocks import ImagesConfig

CHANNELS = 3
_PNG_SIZE = len(png_chunks.SIGNATURE) + 8  # Offset of width and height, 32 bits each, in a PNG.
_SCAN = b"\xff\xda"
_PACKED = (b"zTXt", b"iTXt")  # Chunks of a PNG that libpng unpacks, up to 8 MB each.
_MAX_PACKED = 20
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

    The same as components.faces.prepare.prepare for an upright picture, or for an aligned face
    unless `images.align` is `none`; pixels are rounded to whole levels, as in a stored face.

    Raises:
      InvalidArgumentError: pictures are broken, neither JPEG nor PNG, or above `max_pixels` or
        `max_bytes` of the config; the message has their places in the batch. The size is
        checked by the header.
    """

    def prepare_picture(picture: tf.Tensor) -> tf.Tensor:
        with tf.control_dependencies([_check_limits(picture, images)]):
            pixels = tf.cast(_reduced(tf.identity(picture), images), tf.float32)
        return tf.ensure_shape(tf.round(_fit_square(pixels, images)), square)

    square = (images.side, images.side, CHANNELS)
    expected = (
        f"whole JPEG or PNG pictures of at most {images.max_pixels} pixels and "
        f"{images.max_bytes} bytes"
    )
    return scale(_map_each(encoded, prepare_picture, square, expected))


def check_stored(encoded: tf.Tensor, images: ImagesConfig) -> tf.Tensor:
    """The stored faces, string (batch,), as they are, if all of them can be decoded.

    Raises:
      InvalidArgumentError: one cannot, or has another side; the message has its place.
    """
    square = (images.side, images.side, CHANNELS)

    def decode_face(face: tf.Tensor) -> tf.Tensor:
        pixels = tf.io.decode_raw(face, tf.uint8) if images.encoding == "raw" else decode(face)
        if images.encoding == "raw":
            pixels = tf.reshape(pixels, square)
        return tf.cast(tf.ensure_shape(pixels, square), tf.float32)

    expected = f"faces of {images.side}x{images.side} pixels, stored as {images.encoding}"
    with tf.control_dependencies([_map_each(encoded, decode_face, square, expected)]):
        return tf.identity(encoded)


def check_finite(pixels: tf.Tensor) -> tf.Tensor:
    """The pixels, float32 (batch, side, side, 3), as they are, if all of them are finite.

    Raises:
      InvalidArgumentError: some are not; the message has the places of their pictures.
    """
    are_finite = tf.reduce_all(tf.math.is_finite(pixels), axis=(1, 2, 3))
    expected = "finite pixels, 0 to 255"
    with tf.control_dependencies([_require(tf.where(~are_finite)[:, 0], expected)]):
        return tf.identity(pixels)


def _map_each(
    encoded: tf.Tensor,
    function: Callable[[tf.Tensor], tf.Tensor],
    square: tuple[int, int, int],
    expected: str,
) -> tf.Tensor:
    """A function of each string (batch,) to float32 (batch, *square); see `_require`.

    Within a graph only tf.data can continue after an error, which is needed to know its place.
    """
    count = tf.size(encoded, tf.int64)
    numbered = tf.data.Dataset.from_tensor_slices((tf.range(count), encoded)).map(
        lambda number, picture: (number, function(picture)),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
    )
    first = tf.data.Dataset.from_tensors((tf.constant(-1, tf.int64), tf.zeros(square)))
    numbers, pixels = (
        first.concatenate(numbered.ignore_errors()).batch(count + 1).get_single_element()
    )
    broken = tf.raw_ops.ListDiff(x=tf.range(count), y=numbers).out
    with tf.control_dependencies([_require(broken, expected)]):
        return tf.identity(pixels[1:])


def _require(places: tf.Tensor, expected: str) -> tf.Operation:
    """Raise InvalidArgumentError with the places, int64 (any,), unless there are none."""
    message = tf.strings.format(
        "pictures {} of the batch, counted from 0, cannot be used; expected " + expected, places
    )
    return tf.debugging.Assert(tf.equal(tf.size(places), 0), [message])


def _check_limits(picture: tf.Tensor, images: ImagesConfig) -> tf.Operation:
    """Check format, bytes, pixels and costly parts of one encoded picture before it is decoded."""
    is_jpeg = tf.io.is_jpeg(picture)
    start = tf.strings.substr(picture, 0, len(png_chunks.SIGNATURE))
    is_png = tf.equal(start, png_chunks.SIGNATURE)
    size = tf.cond(
        is_jpeg,
        lambda: tf.cast(tf.image.extract_jpeg_shape(picture)[:2], tf.int64),
        lambda: _png_size(picture),
    )
    conditions = [
        tf.logical_or(is_jpeg, is_png),
        tf.reduce_prod(size) <= images.max_pixels,
        tf.strings.length(picture) <= images.max_bytes,
        tf.logical_or(is_png, _count(picture, _SCAN) <= jpeg_markers.MAX_SCANS),
        tf.logical_or(is_jpeg, sum(_count(picture, name) for name in _PACKED) <= _MAX_PACKED),
    ]
    return tf.debugging.Assert(tf.reduce_all(conditions), [size])


def _count(picture: tf.Tensor, mark: bytes) -> tf.Tensor:
    """How often some bytes occur in one encoded picture."""
    return tf.size(tf.strings.split(picture, mark)) - 1


def _png_size(picture: tf.Tensor) -> tf.Tensor:
    """Width and height of the header, int64 (2,); of other data an error or any numbers."""
    digits = tf.io.decode_raw(tf.strings.substr(picture, _PNG_SIZE, 8), tf.uint8)
    numbers = tf.reshape(tf.cast(digits, tf.int64), (2, 4))
    return tf.reduce_sum(numbers * [1 << 24, 1 << 16, 1 << 8, 1], axis=1)


def _reduced(picture: tf.Tensor, images: ImagesConfig) -> tf.Tensor:
    """Decode, a JPEG reduced by the same factor as in components.faces.decoding."""
    if images.align != "none":  # Faces are aligned at full size.
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
