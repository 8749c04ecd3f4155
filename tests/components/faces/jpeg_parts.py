"""Taking JPEG files apart and putting odd ones together, byte by byte (ITU-T T.81, annex B)."""

import io
import re
import struct
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.components.faces.outcomes import Pixels, jpeg

SOF0, SOF2, DHT, SOS, DQT, APP0 = 0xC0, 0xC2, 0xC4, 0xDA, 0xDB, 0xE0  # Second byte of each marker.
START, END = b"\xff\xd8", b"\xff\xd9"

_MARKER = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # Ends a scan: no stuffing, no restart.
_RESTART = re.compile(rb"\xff[\xd0-\xd7]")


class Segment(NamedTuple):
    """One marker with what belongs to it, as offsets."""

    marker: int
    start: int
    data: int  # Of a scan: where its entropy-coded data begin.
    end: int


def segments(content: bytes) -> Iterator[Segment]:
    """The segments of a whole JPEG between its start and its end."""
    at = len(START)
    while content[at : at + 2] != END:
        data = at + 2 + int.from_bytes(content[at + 2 : at + 4])
        found = _MARKER.search(content, data)
        assert found is not None
        yield Segment(content[at + 1], at, data, found.start())
        at = found.start()


def parts(content: bytes, marker: int) -> list[Segment]:
    """The segments of one kind."""
    return [one for one in segments(content) if one.marker == marker]


def without(content: bytes, marker: int) -> bytes:
    """The file without the segments of one kind."""
    for one in reversed(parts(content, marker)):
        content = content[: one.start] + content[one.end :]
    return content


def patched(content: bytes, at: int, given: bytes) -> bytes:
    """The file with other bytes from one place on."""
    return content[:at] + given + content[at + len(given) :]


def inserted(content: bytes, at: int, given: bytes) -> bytes:
    """The file with more bytes at one place."""
    return content[:at] + given + content[at:]


def with_app(content: bytes, number: int, payload: bytes) -> bytes:
    """The file with an application segment in front of all others."""
    head = bytes([0xFF, 0xE0 + number]) + struct.pack(">H", len(payload) + 2)
    return inserted(content, len(START), head + payload)


def of_size(content: bytes, height: int, width: int) -> bytes:
    """The file with another size in its header; the data stay."""
    frame = next(one for one in segments(content) if one.marker in (SOF0, SOF2))
    return patched(content, frame.start + 5, struct.pack(">HH", height, width))


def restarts(content: bytes) -> list[int]:
    """Offsets of the restart markers."""
    (scan,) = parts(content, SOS)
    return [found.start() for found in _RESTART.finditer(content, scan.data)]


def exif(entry: bytes, order: str = "<") -> bytes:
    """The payload of an APP1 segment with one entry of 12 bytes (Exif 2.3, 4.6.2)."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return b"Exif\0\0" + mark + struct.pack(order + "IH", 8, 1) + entry + bytes(4)


def exif_turn(turn: int, order: str = "<") -> bytes:
    """The same with an orientation: tag 0x0112, one SHORT."""
    return exif(struct.pack(order + "HHIHH", 0x0112, 3, 1, turn, 0), order)


def exif_thumbnail(thumbnail: bytes) -> bytes:
    """The same with a picture in the second directory, as cameras write it."""
    begin = 8 + 2 + 4 + 2 + 2 * 12 + 4
    second = [(0x0201, 4, 1, begin), (0x0202, 4, 1, len(thumbnail))]
    entries = b"".join(struct.pack("<HHII", *entry) for entry in second)
    head = struct.pack("<IHI", 8, 0, 14) + struct.pack("<H", len(second))
    return b"Exif\0\0II*\0" + head + entries + bytes(4) + thumbnail


def printed(pixels: Pixels) -> bytes:
    """Four colours, inverted as Adobe's programs store them: no black, the rest from RGB."""
    return _four(255 - pixels)


def printed_by_luminance(pixels: Pixels) -> bytes:
    """The same with the three colours stored as luminance and chrominance (YCCK)."""
    turned = np.asarray(Image.fromarray(255 - pixels).convert("YCbCr"))
    content = _four(255 - turned)
    return patched(content, content.index(b"Adobe") + 11, b"\2")  # Transform 2 of APP14.


def _four(ink: npt.NDArray[Any]) -> bytes:
    planes = np.dstack([ink, np.zeros(ink.shape[:2], np.uint8)])
    buffer = io.BytesIO()
    Image.fromarray(planes, "CMYK").save(buffer, "JPEG", quality=95)
    return buffer.getvalue()


def scan_by_channel(pixels: Pixels, coarse: int = 1) -> tuple[bytes, list[bytes]]:
    """A baseline JPEG with one scan a channel: all up to the scans, and the scans.

    The data of a scan with one channel are laid out as those of a grey picture, so three grey
    pictures give them; all of them use the same standard tables.

    Args:
      pixels: the picture.
      coarse: columns of the picture for one of the two colour channels; 3 is lawful and rare.
    """
    height, width = pixels.shape[:2]
    planes = Image.fromarray(pixels).convert("YCbCr").split()
    across = [width, -(-width // coarse), -(-width // coarse)]
    greys = [
        jpeg(np.asarray(plane.resize((columns, height), Image.Resampling.BOX)), "L")
        for plane, columns in zip(planes, across, strict=True)
    ]
    (frame,), (first,) = parts(greys[0], SOF0), parts(greys[0], SOS)
    sampling = [16 * coarse + 1, 0x11, 0x11]
    channels = b"".join(bytes([number, one, 0]) for number, one in enumerate(sampling, start=1))
    size = struct.pack(">HBHHB", 17, 8, height, width, 3)
    head = greys[0][: frame.start] + bytes([0xFF, SOF0]) + size + channels
    head += greys[0][frame.end : first.start]
    found = []
    for number, grey in enumerate(greys, start=1):
        (scan,) = parts(grey, SOS)
        select = struct.pack(">HB", 8, 1) + bytes([number, 0, 0, 63, 0])
        found.append(bytes([0xFF, SOS]) + select + grey[scan.data : scan.end])
    return head, found
