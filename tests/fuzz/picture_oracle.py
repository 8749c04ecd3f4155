"""Whether a picture is whole, by djpeg (libjpeg-turbo's program) and by Pillow."""

import io
import re
import shutil
import struct
import subprocess
import zlib
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.uint8]

_PNG_START = b"\x89PNG\r\n\x1a\n"
_JPEG_START = b"\xff\xd8"
# A restart interval longer than the drawn pictures: the program then warns of every invalid code.
_DRI = b"\xff\xdd\0\4\xff\xff"
_DATA_WARNING = re.compile(
    r"premature end of|Premature end of|bad Huffman|instead of RST|extraneous bytes before marker"
    r"|Inconsistent progression"
)
# Bytes before the end marker or between segments are padding, or data that were left over.
_UNDECIDED = re.compile(r"extraneous bytes before marker 0x(?!d[0-7])")
# Zeros before a restart marker are padding, or data that were overwritten.
_ZEROS = re.compile(rb"[^\xff\0]\0+\xff+[\xd0-\xd7]")
_HEADER_WARNING = "Invalid SOS parameters"
_TABLES = re.compile(r"Define Huffman Table (0x[01][0-9])")
_USED_TABLES = re.compile(r"dc=([0-9]) ac=([0-9])")
_OTHER_CODING = re.compile(rb"\xff[\xc3\xc5-\xc7\xc9-\xcb\xcd-\xcf]")
_SEVERAL_SCANS = re.compile(rb"\xff\xda.*\xff\xda", re.DOTALL)
_PATIENCE = 20  # Seconds.
_PALETTE, _SAMPLES = 3, {2: 3, 4: 2, 6: 4}  # Colour types, and samples of a pixel by them.
_MAX_ROWS = 50_000_000  # Bytes that are unpacked.
_PILLOW_ERRORS = (
    OSError, SyntaxError, ValueError, LookupError, TypeError, OverflowError, zlib.error,
    struct.error, Image.DecompressionBombError,
)  # fmt: skip
_CRITICAL = (b"IHDR", b"PLTE", b"IDAT", b"IEND")


class Verdict(NamedTuple):
    """The oracle's opinion; None: it has none."""

    is_whole: bool | None
    pixels: Pixels | None = None  # RGB (height, width, 3), where the oracle has them.


UNKNOWN = Verdict(None)


def judge(content: bytes) -> Verdict:
    """Whether a file is a whole JPEG or PNG."""
    if content.startswith(_PNG_START):
        return _judge_png(content)
    if content.startswith(_JPEG_START):
        return _judge_jpeg(content) if shutil.which("djpeg") else UNKNOWN
    return Verdict(is_whole=False)


def _judge_jpeg(content: bytes) -> Verdict:
    if _OTHER_CODING.search(content):
        return UNKNOWN  # Refused by the project, whatever their data.
    try:
        done = subprocess.run(
            ["djpeg", "-verbose", "-verbose", "-maxmemory", "200m"],
            input=content[:2] + _DRI + content[2:],
            capture_output=True,
            timeout=_PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return UNKNOWN
    warnings = done.stderr.decode("latin-1")
    if done.returncode == 1:
        return Verdict(is_whole=False)
    if _DATA_WARNING.search(_UNDECIDED.sub("", warnings)):
        return UNKNOWN if _ZEROS.search(content) else Verdict(is_whole=False)
    # The program does not notice scans that are missing.
    if _UNDECIDED.search(warnings) or _SEVERAL_SCANS.search(content):
        return UNKNOWN
    if _HEADER_WARNING in warnings:  # Against the standard, but the program goes on.
        return UNKNOWN
    # Nor tables that are missing: it takes those of most files in their place.
    used = {f"0x{kind}{table}" for found in _USED_TABLES.findall(warnings)
            for kind, table in enumerate(found)}  # fmt: skip
    if used - set(_TABLES.findall(warnings)):
        return UNKNOWN
    return Verdict(is_whole=True, pixels=_opened(done.stdout))


def _judge_png(content: bytes) -> Verdict:
    reduced = _critical_chunks(content)
    pixels = _opened(reduced) if reduced and _has_all_rows(reduced) else None
    if reduced is None or pixels is None:
        return Verdict(is_whole=False)
    if not _is_in_order(content, reduced) or not _ends_its_data(reduced):
        return UNKNOWN
    return Verdict(is_whole=True if _opened(content) is not None else None, pixels=pixels)


def _is_in_order(content: bytes, reduced: bytes) -> bool:
    """Whether the header is first and one palette before the data; Pillow takes any order."""
    palette = reduced.find(b"PLTE")
    is_one = palette == reduced.rfind(b"PLTE")
    return content[12:16] == b"IHDR" and is_one and palette < reduced.find(b"IDAT")


def _has_all_rows(content: bytes) -> bool:
    """Whether one header with the standard's methods fits data and palette: Pillow adds black."""
    if content[8:16] != b"\0\0\0\rIHDR":
        return False
    width, height, depth, colour, *methods, interlaced = struct.unpack_from(">IIBBBBB", content, 16)
    if any(methods) or interlaced > 1 or content.count(b"IHDR") > 1:
        return False
    palette = content.find(b"PLTE")
    if colour == _PALETTE and not int.from_bytes(content[max(0, palette - 4) : max(0, palette)]):
        return False
    try:
        unpacked = len(zlib.decompressobj().decompress(_data(content), _MAX_ROWS))
    except zlib.error:
        return True  # Pillow knows how far the data reach.
    bits = width * depth * _SAMPLES.get(colour, 1)
    needed: int = height * bits // 8 if interlaced else height * (1 + -(-bits // 8))
    return unpacked >= needed


def _data(content: bytes) -> bytes:
    return b"".join(
        content[match.end() :][: int.from_bytes(content[match.start() - 4 : match.start()])]
        for match in re.finditer(b"IDAT", content)
    )


def _ends_its_data(content: bytes) -> bool:
    """Whether the compressed data reach their end; Pillow stops reading at the last row."""
    unpacker = zlib.decompressobj()
    try:
        unpacker.decompress(_data(content), _MAX_ROWS)
    except zlib.error:
        return True  # The last four bytes alone, or Pillow would not read the file.
    return unpacker.eof


def _critical_chunks(content: bytes) -> bytes | None:
    """The file without optional chunks; None where a critical one is damaged or none is last."""
    parts, start, name = [_PNG_START], len(_PNG_START), b""
    while name != b"IEND":
        if start + 12 > len(content):
            return None
        length, name = struct.unpack_from(">I4s", content, start)
        end = start + 12 + length
        one = content[start:end]
        if name in _CRITICAL:
            if len(one) < 12 + length or zlib.crc32(one[4:-4]) != int.from_bytes(one[-4:]):
                return None
            parts.append(one)
        elif not name.isalpha() or name[:1].isupper():
            return None
        start = end
    return b"".join(parts)


def _opened(content: bytes) -> Pixels | None:
    """Pixels by Pillow; None if it cannot read the file."""
    try:
        with Image.open(io.BytesIO(content)) as image:
            if image.mode.startswith("I"):  # 16 bits of grey.
                return np.repeat((np.asarray(image) >> 8).astype(np.uint8)[..., None], 3, axis=2)
            return np.asarray(image.convert("RGB"))
    except _PILLOW_ERRORS:
        return None
