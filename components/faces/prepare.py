"""From a picture to its stored face: the same for training, evaluation and prediction."""

from typing import NamedTuple

import cv2
import simplejpeg

from components.faces.align import crop_face
from components.faces.decoding import decode
from components.faces.resize import Pixels, fit_square
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError


class Prepared(NamedTuple):
    """A face as the model input, before it is encoded for storage."""

    pixels: Pixels  # uint8 (side, side, 3), RGB.
    height: int  # Pixels of the source, oriented.
    width: int
    face_found: bool | None  # None without detection.


class Quality(NamedTuple):
    """Quality of the stored face, measured on its grey levels."""

    blur: float  # Variance of the Laplacian, 0 or more; small is blurred (Pech-Pacheco 2000).
    brightness: float  # Mean grey, 0 to 255.


def prepare(encoded: bytes, config: ImagesConfig) -> Prepared:
    """Decode, apply the orientation, crop to the face if `align: crop`, and resize to the square.

    Args:
      encoded: JPEG or PNG bytes of any colour type.
      config: all of it except the encoding.

    Raises:
      ImageError: as components.faces.decoding.decode; `no_face` if none is found and the config
        says `no_face: reject`.
    """
    if config.align == "none":
        decoded = decode(encoded, config, reduce=True)
        pixels, face_found = decoded.pixels, None
    else:
        # At full size, because the face's size is unknown before its detection.
        decoded = decode(encoded, config)
        crop = crop_face(decoded.pixels, config.margin)
        pixels, face_found = crop.pixels, crop.box is not None
        if not face_found and config.no_face == "reject":
            raise ImageError(
                "no_face", "no face was detected; images.no_face=keep takes the whole picture"
            )
    square = fit_square(pixels, config.side, config.fit)
    return Prepared(square, decoded.height, decoded.width, face_found)


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
