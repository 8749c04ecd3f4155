"""What a picture says of itself, read and checked before anything is decoded."""

import io
from typing import NamedTuple

from PIL import Image, PngImagePlugin, UnidentifiedImageError

from components.faces.jpeg_markers import check_scans
from schemas.errors import ImageError

# Our own limit is images.max_pixels; Pillow's would raise before it or warn on standard error.
Image.MAX_IMAGE_PIXELS = None
# A long text is no fault of the picture; 64 MiB for all texts together stays Pillow's limit.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY

_FORMATS = ("JPEG", "PNG")
_JPEG_START = b"\xff\xd8"
_EXIF_ORIENTATION = 0x0112  # TIFF tag 274 (Exif 2.3, table 4).
_UPRIGHT = 1
_LYING = (5, 6, 7, 8)  # EXIF orientations that swap height and width.
_XMP = ("xmp", "XML:com.adobe.xmp")  # Where Pillow looks for a turn that the EXIF does not tell.


class Header(NamedTuple):
    """Format, size and turn of an encoded picture."""

    format: str  # PNG; JPEG, or MPO: a JPEG with more pictures behind it, as telephones write.
    orientation: int  # EXIF, 1 to 8.
    height: int  # Pixels, before the EXIF turn.
    width: int
    four_colours: bool  # A JPEG of printing inks.

    @property
    def turned(self) -> tuple[int, int]:
        """(height, width) after the EXIF turn."""
        lies = self.orientation in _LYING
        return (self.width, self.height) if lies else (self.height, self.width)


def read_header(encoded: bytes, max_pixels: int) -> Header:
    """Read the header; the size is checked before anything is decoded.

    Raises:
      ImageError: `image_too_large`, or `image_unreadable`: empty, no picture, a format other than
        JPEG and PNG, a JPEG without all its scans, or broken as far as it had to be read.
    """
    if not encoded:
        raise ImageError("image_unreadable", "the file is empty, expected a JPEG or PNG picture")
    if encoded.startswith(_JPEG_START):
        # Before Pillow, which takes half a second for each MB of a header that is made for it.
        check_scans(encoded)
    try:
        with Image.open(io.BytesIO(encoded), formats=_FORMATS) as image:
            width, height = image.size
            if height * width > max_pixels:
                raise ImageError(
                    "image_too_large",
                    f"{width}x{height} pixels, over images.max_pixels={max_pixels}",
                )
            turn = _orientation(image)  # After the size check: it may decode.
            return Header(str(image.format), turn, height, width, image.mode == "CMYK")
    except UnidentifiedImageError as error:
        raise ImageError("image_unreadable", "not a JPEG or PNG picture") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise ImageError("image_unreadable", f"broken: {error}") from error


def _orientation(image: Image.Image) -> int:
    """1 to 8, by the EXIF alone, as other readers have it; upright where it tells no such turn."""
    if image.format == "PNG" and "exif" not in image.info:
        image.load()  # It may stand behind the data.
    for name in _XMP:
        image.info.pop(name, None)
    turn = image.getexif().get(_EXIF_ORIENTATION, _UPRIGHT)
    return turn if turn in range(1, 9) else _UPRIGHT
