"""One picture's way to its stored face: the same for training, evaluation and prediction."""

from typing import NamedTuple

import cv2
import simplejpeg

from components.faces.align import crop_face
from components.faces.decoding import decode
from components.faces.resize import Pixels, fit_square
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError


class Prepared(NamedTuple):
    """A face as the model sees it, before it is encoded for storage."""

    pixels: Pixels  # uint8 (side, side, 3), RGB.
    height: int  # Pixels of the source, after the EXIF turn.
    width: int
    face_found: bool | None  # None where no face was looked for.


class Quality(NamedTuple):
    """Measured on the grey of the stored face."""

    blur: float  # Variance of the Laplacian, 0 or more; small is blurred (Pech-Pacheco 2000).
    brightness: float  # Mean grey, 0 to 255.


def prepare(encoded: bytes, config: ImagesConfig) -> Prepared:
    """Decode, turn upright, crop to the face where `align: crop`, and fit to the square.

    Args:
      encoded: JPEG or PNG bytes of any colour type.
      config: the whole of it but the encoding.

    Raises:
      ImageError: as components.faces.decoding.decode; `no_face` where none is found and
        `no_face: reject`.
    """
    if config.align == "none":
        decoded = decode(encoded, config, reduce=True)
        pixels, found = decoded.pixels, None
    else:
        # Whole: how small the face is is known only when it is found.
        decoded = decode(encoded, config)
        crop = crop_face(decoded.pixels, config.margin)
        pixels, found = crop.pixels, crop.box is not None
        if not found and config.no_face == "reject":
            raise ImageError(
                "no_face", "no face was detected; images.no_face=keep takes the whole picture"
            )
    square = fit_square(pixels, config.side, config.fit)
    return Prepared(square, decoded.height, decoded.width, found)


def encode(pixels: Pixels, config: ImagesConfig) -> bytes:
    """Encode a stored face, uint8 (side, side, 3), RGB, as `encoding` and `quality` say.

    `raw` is the pixels themselves, row by row, three bytes each.
    """
    if config.encoding == "jpeg":
        return bytes(simplejpeg.encode_jpeg(pixels, quality=config.quality, colorspace="RGB"))
    if config.encoding == "raw":
        return pixels.tobytes()
    done, encoded = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    if not done:
        raise ImageError("image_unreadable", f"OpenCV cannot write {pixels.shape} as PNG")
    return encoded.tobytes()


def measure(pixels: Pixels) -> Quality:
    """Blur and brightness of a stored face, uint8 (side, side, 3), RGB."""
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    _, deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    return Quality(float(deviation[0, 0]) ** 2, cv2.mean(grey)[0])
