"""Format, size and orientation of a picture, read and checked before decoding."""

import io
from typing import NamedTuple

from PIL import Image, PngImagePlugin, UnidentifiedImageError

from components.faces.jpeg_markers import check_scans
from schemas.errors import ImageError

# images.max_pixels is the limit; Pillow's own would raise earlier or warn on standard error.
Image.MAX_IMAGE_PIXELS = None
# A long text is harmless; Pillow's limit of 64 MiB for all texts together stays.
PngImagePlugin.MAX_TEXT_CHUNK = PngImagePlugin.MAX_TEXT_MEMORY

_FORMATS = ("JPEG", "PNG")
_JPEG_START = b"\xff\xd8"
_EXIF_ORIENTATION = 0x0112  # TIFF tag 274 (Exif 2.3, table 4).
_UPRIGHT = 1
_TRANSPOSED = (5, 6, 7, 8)  # EXIF orientations that swap height and width.
_XMP = ("xmp", "XML:com.adobe.xmp")  # Where Pillow looks for an orientation that EXIF lacks.


class Header(NamedTuple):
    """Format, size and orientation of an encoded picture."""

    format: str  # PNG; JPEG, or MPO: a JPEG followed by more pictures, as telephones write.
    orientation: int  # EXIF, 1 to 8.
    height: int  # Pixels, as stored.
    width: int
    is_cmyk: bool

    @property
    def oriented_size(self) -> tuple[int, int]:
        """(height, width) with the orientation applied."""
        transposed = self.orientation in _TRANSPOSED
        return (self.width, self.height) if transposed else (self.height, self.width)


def read_header(encoded: bytes, max_pixels: int) -> Header:
    """Read the header; the size is checked before anything is decoded.

    Raises:
      ImageError: `image_too_large`, or `image_unreadable`: empty, no picture, a format other than
        JPEG and PNG, a JPEG with missing scans, or damage in the part that is read here.
    """
    if not encoded:
        raise ImageError("image_unreadable", "the file is empty, expected a JPEG or PNG picture")
    if encoded.startswith(_JPEG_START):
        # Before Pillow, which takes half a second for each MB of a crafted header.
        check_scans(encoded)
    try:
        with Image.open(io.BytesIO(encoded), formats=_FORMATS) as image:
            width, height = image.size
            if height * width > max_pixels:
                raise ImageError(
                    "image_too_large",
                    f"{width}x{height} pixels, over images.max_pixels={max_pixels}",
                )
            orientation = _orientation(image)  # After the size check: it may decode.
            return Header(str(image.format), orientation, height, width, image.mode == "CMYK")
    except UnidentifiedImageError as error:
        raise ImageError("image_unreadable", "not a JPEG or PNG picture") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise ImageError("image_unreadable", f"broken: {error}") from error


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; upright if it is missing or invalid. XMP is ignored."""
    if image.format == "PNG" and "exif" not in image.info:
        image.load()  # The EXIF chunk may follow the data.
    for name in _XMP:
        image.info.pop(name, None)
    orientation = image.getexif().get(_EXIF_ORIENTATION, _UPRIGHT)
    return orientation if orientation in range(1, 9) else _UPRIGHT
