"""What a picture says of itself, read and checked before anything is decoded."""

import io
from typing import NamedTuple

from PIL import Image, UnidentifiedImageError

from schemas.errors import ImageError

# Our own limit is images.max_pixels; Pillow's would raise before it or warn on standard error.
Image.MAX_IMAGE_PIXELS = None

_FORMATS = ("JPEG", "PNG")
_EXIF_ORIENTATION = 0x0112  # TIFF tag 274 (Exif 2.3, table 4).
_UPRIGHT = 1
_LYING = (5, 6, 7, 8)  # EXIF orientations that swap height and width.


class Header(NamedTuple):
    """Format, size and turn of an encoded picture."""

    format: str  # PNG; JPEG, or MPO: a JPEG with more pictures behind it, as telephones write.
    orientation: int  # EXIF, 1 to 8.
    height: int  # Pixels, before the EXIF turn.
    width: int
    progressive: bool  # A JPEG in several scans.

    @property
    def turned(self) -> tuple[int, int]:
        """(height, width) after the EXIF turn."""
        lies = self.orientation in _LYING
        return (self.width, self.height) if lies else (self.height, self.width)


def read_header(encoded: bytes, max_pixels: int) -> Header:
    """Read the header; the size is checked before anything is decoded.

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
            turn = image.getexif().get(_EXIF_ORIENTATION, _UPRIGHT)
            valid = turn if turn in range(1, 9) else _UPRIGHT
            return Header(str(image.format), valid, height, width, "progression" in image.info)
    except UnidentifiedImageError as error:
        raise ImageError("image_unreadable", "not a JPEG or PNG picture") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise ImageError("image_unreadable", f"broken: {error}") from error
