"""Pictures drawn for the tests of the image library."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageOps

from components.faces import decoding
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError

Pixels = npt.NDArray[np.uint8]

LIMITS = ImagesConfig(min_side=4)
HEIGHT, WIDTH = 24, 40
END_OF_IMAGE = b"\xff\xd9"
END_CHUNK = b"\0\0\0\0IEND\xaeB`\x82"


def noise(height: int = HEIGHT, width: int = WIDTH, seed: int = 0) -> Pixels:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


def encoded(pixels: npt.NDArray[Any], kind: str = "PNG", mode: str = "RGB", **given: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, kind, **given)
    return buffer.getvalue()


def by_pillow(content: bytes) -> npt.NDArray[np.int64]:
    with Image.open(io.BytesIO(content)) as image:
        return np.asarray(ImageOps.exif_transpose(image).convert("RGB")).astype(np.int64)


def refused(content: bytes, limits: ImagesConfig = LIMITS) -> str:
    with pytest.raises(ImageError) as caught:
        decoding.decode(content, limits)
    return caught.value.reason


def chunk(kind: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


def png_of_size(width: int, height: int, data: bytes = b"") -> bytes:
    return png_of_packed(width, height, zlib.compress(data))


def png_of_packed(width: int, height: int, packed: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = chunk(b"IHDR", header) + chunk(b"IDAT", packed)
    return b"\x89PNG\r\n\x1a\n" + body + END_CHUNK


def replaced(content: bytes, start: int, part: bytes) -> bytes:
    return content[:start] + part + content[start + len(part) :]
