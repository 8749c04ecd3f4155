"""The same pictures through TensorFlow and through the image library: the same faces."""

import functools
import io
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest
import tensorflow as tf
from PIL import Image

from components.faces import decoding, prepare, tf_images
from components.faces.resize import fit_square
from schemas.config.blocks import ImagesConfig
from tests.components.faces.hostile_jpegs import JPEGS
from tests.components.faces.hostile_pngs import PNGS, chunk
from tests.components.faces.jpeg_parts import END, scan_by_channel
from tests.components.faces.outcomes import Drawn

pytestmark = pytest.mark.tf

SIDE = 16
SIZES = [
    (16, 16), (17, 16), (64, 48), (100, 33), (16, 90), (9, 12), (8, 60), (60, 15), (33, 31),
    (255, 200), (129, 300),
]  # fmt: skip
SQUARE = ImagesConfig(side=SIDE, min_side=4)

Serve = Callable[..., tf.Tensor]


def drawn(height: int, width: int) -> npt.NDArray[np.uint8]:
    """Smooth colours with an edge, and a little noise."""
    rng = np.random.default_rng(height * 1000 + width)
    y, x = np.mgrid[0:height, 0:width]
    ground = np.stack([255 * x / width, 255 * y / height, 200 * (x > width / 2)], axis=-1)
    noisy = np.clip(ground + rng.integers(-9, 9, ground.shape), 0, 255)
    return np.asarray(noisy, np.uint8)


def encoded(picture: npt.NDArray[np.uint8], kind: str = "PNG", mode: str = "RGB") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).convert(mode).save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture(scope="module")
def serve() -> Serve:
    """Model input of raw pictures, by graphs that are traced once as in a served model.

    Eagerly each picture takes 20 times as long.
    """

    @functools.cache
    def graph(config: ImagesConfig) -> Callable[[tf.Tensor], tf.Tensor]:
        contents = tf.TensorSpec([None], tf.string)
        decode: Callable[[tf.Tensor], tf.Tensor] = tf.function(
            lambda raw: tf_images.decode_raw(raw, config), input_signature=[contents]
        )
        return decode

    return lambda contents, config=SQUARE: graph(config)(tf.constant(contents, tf.string))


def levels(scaled: tf.Tensor) -> npt.NDArray[np.float64]:
    """Model input back to grey levels."""
    return np.asarray((scaled.numpy().astype(np.float64) + 1) * 127.5)


def test_scale_maps_all_levels_to_minus_one_to_one_in_equal_steps() -> None:
    result = tf_images.scale(tf.range(256)).numpy()

    assert result.dtype == np.float32
    assert (result[0], result[-1]) == (-1.0, 1.0)
    assert np.diff(result) == pytest.approx(2 / 255, abs=1e-6)


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_stored_face_is_decoded_as_the_image_library_decodes_it(kind: str) -> None:
    faces = [encoded(drawn(SIDE, SIDE), kind), encoded(np.flipud(drawn(SIDE, SIDE)), kind)]

    result = tf_images.decode_stored(tf.constant(faces), SQUARE)

    expected = np.stack([decoding.decode(face, SQUARE).pixels for face in faces])
    assert result.shape == (2, SIDE, SIDE, 3)
    assert np.abs(levels(result) - expected).max() < 1e-3


def test_raw_pixels_are_scaled_to_the_model_input() -> None:
    faces = [drawn(SIDE, SIDE), np.flipud(drawn(SIDE, SIDE))]
    raw = replace(SQUARE, encoding="raw")

    result = tf_images.decode_stored(tf.constant([face.tobytes() for face in faces]), raw)

    assert (np.rint(levels(result)) == np.stack(faces)).all()


def test_a_crop_is_decoded_at_full_size(serve: Serve) -> None:
    content = encoded(drawn(64, 64), "JPEG")
    cropped = replace(SQUARE, align="crop")

    result = levels(serve([content], cropped)[0])

    whole = fit_square(decoding.decode(content, SQUARE).pixels, SIDE, "stretch")
    assert np.abs(result - whole).max() <= 1


def test_no_faces_give_an_empty_batch(serve: Serve) -> None:
    none = tf.constant([], tf.string)

    assert tf_images.decode_stored(none, SQUARE).shape == (0, SIDE, SIDE, 3)
    assert serve([]).shape == (0, SIDE, SIDE, 3)


def test_a_stored_face_of_another_side_is_an_error() -> None:
    faces = [encoded(drawn(SIDE, SIDE)), encoded(drawn(SIDE, SIDE + 1))]

    with pytest.raises(tf.errors.InvalidArgumentError):
        tf_images.decode_stored(tf.constant(faces), SQUARE)
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"pictures \[1\] of the batch"):
        tf_images.check_stored(tf.constant(faces), SQUARE)


@pytest.mark.parametrize("encoding", ["png", "raw"])
def test_stored_faces_that_can_be_decoded_pass_unchanged(encoding: Literal["png", "raw"]) -> None:
    face = drawn(SIDE, SIDE)
    faces = [face.tobytes() if encoding == "raw" else encoded(face)] * 3

    checked = tf_images.check_stored(tf.constant(faces), replace(SQUARE, encoding=encoding))

    assert checked.numpy().tolist() == faces


def test_every_picture_that_training_accepts_is_read_alike_in_serving(
    serve: Serve, tmp_path: Path
) -> None:
    different = {}
    accepted = [case for case in [*JPEGS, *PNGS] if isinstance(case.expected, Drawn)]
    for case in accepted:
        case.place(tmp_path)
        content = (tmp_path / case.path).read_bytes()
        pixels = levels(serve([content])[0])
        error = np.abs(pixels - prepare.prepare(content, SQUARE).pixels).mean()
        if error > 1:
            different[case.name] = error

    # Serving ignores the orientation of EXIF data.
    assert {name for name in different if "_exif_" not in name} == set()
    assert len(different) == 11
    assert len(accepted) > 90


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_a_picture_at_the_limits_is_decoded_and_a_larger_one_is_not(
    serve: Serve, kind: str
) -> None:
    content = encoded(drawn(20, 30), kind)
    length = len(content)
    limits = replace(SQUARE, max_pixels=600, max_bytes=length)

    assert serve([content], limits).shape == (1, SIDE, SIDE, 3)
    for smaller in (replace(limits, max_pixels=599), replace(limits, max_bytes=length - 1)):
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"pictures \[0\].* at most"):
            serve([content], smaller)


def test_pictures_made_to_take_long_are_not_decoded(serve: Serve) -> None:
    text = chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(1_000_000)))
    whole = encoded(drawn(40, 40))
    packed = [whole[:33] + text * times + whole[33:] for times in (20, 21)]
    head, scans = scan_by_channel(drawn(40, 40))
    long = [head + b"".join([*scans[:2], scans[2] * times]) + END for times in (98, 99)]

    for within, beyond in (packed, long):
        assert serve([within]).shape == (1, SIDE, SIDE, 3)
        with pytest.raises(tf.errors.InvalidArgumentError, match=r"pictures \[0\] of the batch"):
            serve([beyond])


@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "WEBP"])
def test_only_jpeg_and_png_are_decoded(serve: Serve, kind: str) -> None:
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"\[0\].* whole JPEG or PNG"):
        serve([encoded(drawn(20, 30), kind)])


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("fit", ["stretch", "pad", "crop"])
def test_a_raw_picture_becomes_the_face_that_would_be_stored(
    serve: Serve, fit: Literal["stretch", "pad", "crop"], kind: str, size: tuple[int, int]
) -> None:
    config = replace(SQUARE, fit=fit)
    content = encoded(drawn(*size), kind)

    result = levels(serve([content], config)[0])

    expected = prepare.prepare(content, config).pixels
    assert np.abs(result - expected).mean() < 0.5
    assert np.abs(result - np.rint(result)).max() < 1e-3


def test_pictures_of_different_sizes_form_a_batch_in_their_order(serve: Serve) -> None:
    contents = [encoded(drawn(*size)) for size in SIZES]

    together = serve(contents).numpy()

    for place, content in enumerate(contents):
        alone = serve([content]).numpy()
        np.testing.assert_array_equal(together[place], alone[0])


def test_a_picture_is_reduced_by_means_of_areas(serve: Serve) -> None:
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[::4] = 255  # Every fourth row: a block of four has the mean 63.75.

    result = levels(serve([encoded(stripes)]))

    assert result == pytest.approx(64.0, abs=1e-3)


@pytest.mark.parametrize("mode", ["L", "RGBA"])
def test_grey_and_transparent_pictures_have_three_channels(serve: Serve, mode: str) -> None:
    content = encoded(drawn(32, 32), "PNG", mode)

    result = levels(serve([content])[0])

    expected = prepare.prepare(content, SQUARE).pixels
    assert np.abs(result - expected).mean() <= 1
