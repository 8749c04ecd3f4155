"""The fault of a PNG whose chunks are intact and that the decoder refuses."""

import struct
import zlib

from components.faces.png_chunks import chunk_contents

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # By colour type (PNG specification, table 9).
_COLOUR_TYPE, _PALETTE = 9, 3  # Offset in the header, and the type that needs a palette.
_BLOCK = 1 << 20  # Bytes that are unpacked at a time.
# First column and row, and their steps, of the passes of an interlaced picture (section 8.2).
_WHOLE = ((0, 0, 1, 1),)
_ADAM7 = (
    (0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
    (0, 1, 1, 2),
)  # fmt: skip


def find(encoded: bytes) -> str:
    """What is wrong with the picture data, as text; unpacks as much as the header announces."""
    header = next(chunk_contents(encoded, b"IHDR"))
    if header[_COLOUR_TYPE] == _PALETTE and not any(chunk_contents(encoded, b"PLTE")):
        return "its palette (PLTE) is missing"
    expected = _bytes_of_rows(header)
    if expected is None:
        return "its header has an unknown colour type, depth or method"
    unpacker = zlib.decompressobj()
    count = 0
    try:
        for content in chunk_contents(encoded, b"IDAT"):
            while content and count < expected and not unpacker.eof:
                count += len(unpacker.decompress(content, _BLOCK))
                content = unpacker.unconsumed_tail
    except zlib.error as error:
        return f"its compressed data are broken: {error}"
    if count < expected:
        return f"its data end early: {count} of {expected} bytes of its rows"
    return "its rows have an unknown filter, or its chunks an unknown order"


def _bytes_of_rows(header: bytes) -> int | None:
    width, height, depth, colour, *methods, interlaced = struct.unpack(">IIBBBBB", header)
    if colour not in _CHANNELS or depth not in (1, 2, 4, 8, 16) or any(methods) or interlaced > 1:
        return None
    total = 0
    for left, top, right, down in _ADAM7 if interlaced else _WHOLE:
        columns, rows = -(-(width - left) // right), -(-(height - top) // down)
        if columns > 0:
            total += max(0, rows) * (1 + -(-columns * _CHANNELS[colour] * depth // 8))
    return total
