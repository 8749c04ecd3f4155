"""Decoding and resizing one face: RGB uint8 in, RGB uint8 out, never a partial picture."""

import io
from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image, UnidentifiedImageError

from schemas.config import ImagesConfig
from schemas.errors import ImageError

Pixels = npt.NDArray[np.uint8]  # (height, width, 3), RGB.

# Our own limit is images.max_pixels; Pillow's would raise before it or warn on standard error.
Image.MAX_IMAGE_PIXELS = None

_FORMATS = ("JPEG", "PNG")
_EXIF_ORIENTATION = 0x0112  # TIFF tag 274 (Exif 2.3, table 4).
# What to do for each EXIF orientation: (turns by 90 degrees against the clock, then mirror).
_TURNS = {1: (0, False), 2: (0, True), 3: (2, False), 4: (2, True),
          5: (3, True), 6: (3, False), 7: (1, True), 8: (1, False)}  # fmt: skip
# libjpeg's warnings that mean lost picture data; the others (bytes before a marker) do not.
_LOSSES = ("premature end", "bad huffman code", "bad arithmetic code", "instead of rst", "two soi")
_PNG_END = b"IEND"


class Header(NamedTuple):
    """What a picture says of itself before it is decoded."""

    format: str  # PNG; JPEG, or MPO: a JPEG with more pictures behind it, as telephones write.
    orientation: int  # EXIF, 1 to 8.


class Quality(NamedTuple):
    """Measured on the grey of the stored face."""

    blur: float  # Variance of the Laplacian, 0 or more; small is blurred (Pech-Pacheco 2000).
    brightness: float  # Mean grey, 0 to 255.


def read_header(encoded: bytes, max_pixels: int) -> Header:
    """Read format and orientation; the size is checked before anything is decoded.

    Raises:
      ImageError: `image_too_large`, or `image_unreadable`: empty, no picture, a format other than
        JPEG and PNG, or broken as far as it had to be read.
    """
    if not encoded:
        raise ImageError("image_unreadable", "the file is empty, expected a JPEG or PNG picture")
    try:
        with Image.open(io.BytesIO(encoded), formats=_FORMATS) as image:
            width, height = image.size
            if height * width > max_pixels:
                raise ImageError(
                    "image_too_large",
                    f"{width}x{height} pixels, over images.max_pixels={max_pixels}",
                )
            # After the size check: Pillow decodes a PNG to find an EXIF behind its data.
            return Header(str(image.format), image.getexif().get(_EXIF_ORIENTATION, 1))
    except UnidentifiedImageError as error:
        raise ImageError("image_unreadable", "not a JPEG or PNG picture") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise ImageError("image_unreadable", f"broken: {error}") from error


def decode(encoded: bytes, limits: ImagesConfig) -> Pixels:
    """Decode a whole picture, turned as its EXIF says.

    Args:
      encoded: JPEG or PNG bytes of any colour type.
      limits: `max_pixels` is checked by the header before decoding, `min_side` after: a broken
        picture is unreadable, however small.

    Returns:
      uint8 (height, width, 3), RGB, 0 to 255, at the source's size after the EXIF turn.

    Raises:
      ImageError: `image_too_large`, `image_unreadable` (broken, or its data end early), or
        `image_too_small`.
    """
    header = read_header(encoded, limits.max_pixels)
    pixels = _decode_png(encoded) if header.format == "PNG" else _decode_jpeg(encoded)
    height, width = pixels.shape[:2]
    if min(height, width) < limits.min_side:
        raise ImageError(
            "image_too_small", f"{width}x{height} pixels, under images.min_side={limits.min_side}"
        )
    turns, mirror = _TURNS.get(header.orientation, (0, False))
    turned = np.rot90(pixels, turns)
    return np.ascontiguousarray(turned[:, ::-1] if mirror else turned)


def _decode_jpeg(encoded: bytes) -> Pixels:
    try:
        pixels: Pixels = simplejpeg.decode_jpeg(encoded, "RGB", strict=True)
    except ValueError as error:
        if any(loss in str(error).lower() for loss in _LOSSES):
            raise ImageError(
                "image_unreadable", f"the picture's data end early: {error}"
            ) from error
        # Four-colour pictures and harmless warnings: OpenCV reads both.
        return _decode_opencv(encoded)
    return pixels


def _decode_png(encoded: bytes) -> Pixels:
    # Pillow and OpenCV miss an end that is cut off behind the last row.
    if _PNG_END not in encoded:
        raise ImageError("image_unreadable", "the data end early: no closing chunk")
    return _decode_opencv(encoded)


def _decode_opencv(encoded: bytes) -> Pixels:
    flags = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        pixels = cv2.imdecode(np.frombuffer(encoded, np.uint8), flags)
    except cv2.error as error:
        raise ImageError("image_unreadable", f"not decodable: {error.err}") from error
    if pixels is None:
        raise ImageError("image_unreadable", "not decodable")
    rgb: Pixels = cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB)
    return rgb


def is_decodable(encoded: bytes) -> bool:
    """Whether the picture decodes to its end, or is only outside the default size limits."""
    try:
        decode(encoded, ImagesConfig())
    except ImageError as error:
        return error.reason != "image_unreadable"
    return True


def resize(pixels: Pixels, side: int) -> Pixels:
    """Stretch to a square, by area where both sides shrink and bilinear elsewhere.

    Args:
      pixels: uint8 (height, width, 3).
      side: output height and width, in pixels.

    Returns:
      uint8 (side, side, 3).
    """
    shrinks = min(pixels.shape[:2]) >= side
    method = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    resized: Pixels = cv2.resize(pixels, (side, side), interpolation=method)
    return resized


def encode(pixels: Pixels, encoding: str, quality: int) -> bytes:
    """Encode a stored face.

    Args:
      pixels: uint8 (side, side, 3), RGB.
      encoding: `jpeg` or `png`.
      quality: 1 to 100, for `jpeg`.
    """
    if encoding == "jpeg":
        return bytes(simplejpeg.encode_jpeg(pixels, quality=quality, colorspace="RGB"))
    done, encoded = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    if not done:
        raise ImageError("image_unreadable", f"OpenCV cannot write {pixels.shape} as PNG")
    return encoded.tobytes()


def measure(pixels: Pixels) -> Quality:
    """Blur and brightness of a stored face, uint8 (side, side, 3), RGB."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return Quality(float(cv2.Laplacian(grey, cv2.CV_64F).var()), float(grey.mean()))
