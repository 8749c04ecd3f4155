"""From a picture to its stored face: the same for training, evaluation and prediction."""

from typing import NamedTuple

import cv2
import simplejpeg

from components.faces.align import align_eyes, crop_face, eye_template
from components.faces.decoding import decode
from components.faces.detector import Face, find_face
from components.faces.resize import Pixels, fit_square
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError


class Prepared(NamedTuple):
    """A face as the model input, before it is encoded for storage."""

    pixels: Pixels  # uint8 (side, side, 3), RGB.
    height: int  # Pixels of the source, oriented.
    width: int
    face_found: bool | None  # None without detection.
    face: Face | None  # As detected, in pixels of the decoded picture.


class Quality(NamedTuple):
    """Quality of the stored face, measured on its grey levels."""

    blur: float  # Variance of the Laplacian, 0 or more; small is blurred (Pech-Pacheco 2000).
    brightness: float  # Mean grey, 0 to 255.


def prepare(encoded: bytes, config: ImagesConfig, *, detect: bool = False) -> Prepared:
    """Decode, apply the orientation, align to the face by `align`, and resize to the square.

    Args:
      encoded: JPEG or PNG bytes of any colour type.
      config: all of it except the encoding.
      detect: look for the face where `align` is `none`, too; the pixels stay the same.

    Raises:
      ImageError: as components.faces.decoding.decode; `no_face` if none is found and the config
        says `no_face: reject`.
    """
    # At full size to be aligned, because the face's size is unknown before its detection.
    whole = config.align == "none"
    decoded = decode(encoded, config, reduce=whole)
    detect = detect or not whole
    face = find_face(decoded.pixels) if detect else None
    if face is None and not whole and config.no_face == "reject":
        raise ImageError(
            "no_face", "no face was detected; images.no_face=keep takes the whole picture"
        )
    square = _square(decoded.pixels, None if whole else face, config)
    found = face is not None if detect else None
    return Prepared(square, decoded.height, decoded.width, found, face)


def _square(pixels: Pixels, face: Face | None, config: ImagesConfig) -> Pixels:
    """The square of a face; without one, of the whole picture."""
    if face is None:
        return fit_square(pixels, config.side, config.fit)
    if config.align == "eyes":
        return align_eyes(pixels, face, eye_template(config.margin), config.side)
    return fit_square(crop_face(pixels, face, config.margin), config.side, config.fit)


def encode(pixels: Pixels, config: ImagesConfig) -> bytes:
    """Encode a stored face, uint8 (side, side, 3), RGB, by `encoding` and `quality`.

    `raw` stores the pixels row by row, three bytes each.
    """
    if config.encoding == "jpeg":
        return bytes(simplejpeg.encode_jpeg(pixels, quality=config.quality, colorspace="RGB"))
    if config.encoding == "raw":
        return pixels.tobytes()
    success, encoded = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    if not success:
        raise ImageError("image_unreadable", f"OpenCV cannot write {pixels.shape} as PNG")
    return encoded.tobytes()


def measure(pixels: Pixels) -> Quality:
    """Blur and brightness of a stored face, uint8 (side, side, 3), RGB."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    _, deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    return Quality(float(deviation[0, 0]) ** 2, cv2.mean(grey)[0])
