"""Encoded pictures of all kinds, whole and damaged, drawn from a seed."""

import io
import re
import struct
import zlib
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.components.faces.hostile_pngs import chunk, interlaced_png
from tests.components.faces.jpeg_parts import cmyk

T = TypeVar("T")
Random = np.random.Generator
Pixels = npt.NDArray[np.uint8]
Damage = Callable[[bytes, Random], bytes]

_JPEG_SEGMENT = re.compile(rb"\xff[\xc0-\xfe]")
_HEADER_BYTES = 700  # A JPEG's tables end there.
_EXTRA_CHUNKS = (
    b"tEXt", b"zTXt", b"iCCP", b"eXIf", b"gAMA", b"tRNS", b"acTL", b"fcTL", b"fdAT", b"abCd",
)  # fmt: skip
_IHDR = slice(16, 29)  # The header's fields in a PNG.
_IHDR_CHECK = slice(29, 33)


class File(NamedTuple):
    """One encoded picture."""

    name: str  # Number, kind and damage.
    kind: str
    content: bytes
    is_whole: bool


def draw(count: int, seed: int) -> Iterator[File]:
    """Draw files; the first n are the same for every count of at least n."""
    kinds: dict[str, Callable[[Pixels, Random], bytes]] = {**_JPEGS, **_PNGS}
    names = list(kinds)
    for number in range(count):
        random = np.random.default_rng((seed, number))
        kind = names[number % len(names)]
        whole = kinds[kind](_pixels(random), random)
        damages: dict[str, Damage] = {
            **_DAMAGES,
            **(_JPEG_DAMAGES if kind in _JPEGS else _PNG_DAMAGES),
        }
        damage = _one_of(list(damages), random)
        content = damages[damage](whole, random)
        name = f"{number} {kind.replace(' ', '_')} {damage.replace(' ', '_')}"
        yield File(name, kind.partition(" ")[0], content, content == whole)


def _pixels(random: Random) -> Pixels:
    """Smooth colours with noise, 24 to 160 pixels high and wide."""
    height, width = (int(side) for side in random.integers(24, 161, 2))
    knots = random.integers(0, 256, (4, 4, 3), dtype=np.uint8)
    smooth = cv2.resize(knots, (width, height), interpolation=cv2.INTER_CUBIC)
    grain = random.normal(0, _one_of([0, 4, 30], random), smooth.shape)
    pixels: Pixels = np.clip(smooth + grain, 0, 255).astype(np.uint8)
    return pixels


def _saved(pixels: Pixels, kind: str, mode: str = "RGB", **options: object) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(pixels).convert(mode).save(buffer, kind, **options)
    return buffer.getvalue()


def _jpeg(mode: str = "RGB", **options: object) -> Callable[[Pixels, Random], bytes]:
    def save(pixels: Pixels, random: Random) -> bytes:
        drawn = {
            "quality": int(random.integers(20, 99)),
            "subsampling": int(random.integers(0, 3)),
            "optimize": bool(random.integers(2)),
        }
        return _saved(pixels, "JPEG", mode, **drawn | options)

    return save


def _png(mode: str = "RGB", **options: object) -> Callable[[Pixels, Random], bytes]:
    return lambda pixels, _: _saved(pixels, "PNG", mode, **options)


def _deep(channels: int) -> Callable[[Pixels, Random], bytes]:
    def save(pixels: Pixels, random: Random) -> bytes:
        low = random.integers(0, 256, pixels.shape, dtype=np.uint16)
        deep = (pixels.astype(np.uint16) << 8 | low)[..., :channels]
        return bytes(cv2.imencode(".png", deep)[1].tobytes())

    return save


def _animated(pixels: Pixels, _: Random) -> bytes:
    second = [Image.fromarray(255 - pixels)]
    return _saved(pixels, "PNG", save_all=True, append_images=second, duration=100)


_JPEGS: dict[str, Callable[[Pixels, Random], bytes]] = {
    "jpeg baseline": _jpeg(),
    "jpeg progressive": _jpeg(progressive=True),
    "jpeg grey": _jpeg("L"),
    "jpeg grey progressive": _jpeg("L", progressive=True),
    "jpeg CMYK": lambda pixels, _: cmyk(pixels),
    "jpeg restarts": _jpeg(restart_marker_rows=1),
    "jpeg progressive restarts": _jpeg(progressive=True, restart_marker_blocks=5),
}
_PNGS: dict[str, Callable[[Pixels, Random], bytes]] = {
    "png RGB": _png(),
    "png grey": _png("L"),
    "png grey alpha": _png("LA"),
    "png alpha": _png("RGBA"),
    "png palette": _png("P"),
    "png black and white": _png("1"),
    "png 16 bits": _deep(3),
    "png grey 16 bits": _deep(1),
    "png interlaced": lambda pixels, _: interlaced_png(pixels),
    "png animated": _animated,
}


def _one_of(values: Sequence[T], random: Random) -> T:
    return values[int(random.integers(len(values)))]


def _place(content: bytes, random: Random, start: int = 2) -> int:
    return int(random.integers(start, len(content)))


def _flipped(content: bytes, random: Random, stop: int | None = None) -> bytes:
    changed = bytearray(content)
    for _ in range(int(random.integers(1, 4))):
        place = int(random.integers(2, min(stop or len(content), len(content))))
        changed[place] ^= 1 << int(random.integers(8))
    return bytes(changed)


def _overwritten(content: bytes, random: Random) -> bytes:
    place, size = _place(content, random), int(random.integers(1, 600))
    filling = _one_of([b"\0", b"\xff", b"\xff\0", b"junk"], random)
    return content[:place] + (filling * size)[:size] + content[place + size :]


def _inserted(content: bytes, random: Random) -> bytes:
    place = _place(content, random)
    return content[:place] + random.bytes(int(random.integers(1, 40))) + content[place:]


def _removed(content: bytes, random: Random) -> bytes:
    place = _place(content, random)
    return content[:place] + content[place + int(random.integers(1, 200)) :]


_DAMAGES: dict[str, Damage] = {
    "whole": lambda content, _: content,
    "cut": lambda content, random: content[: _place(content, random)],
    "bits flipped": _flipped,
    "header's bits flipped": lambda content, random: _flipped(content, random, _HEADER_BYTES),
    "overwritten": _overwritten,
    "bytes inserted": _inserted,
    "bytes removed": _removed,
    "junk behind": lambda content, random: content + random.bytes(99),
}


def _cut_with_end(content: bytes, random: Random) -> bytes:
    return content[: _place(content, random)] + b"\xff\xd9"


def _segment_edit(content: bytes, random: Random) -> bytes:
    """One segment is removed, doubled, or given another marker or length."""
    starts = [match.start() for match in _JPEG_SEGMENT.finditer(content, 2)][:12]
    start = _one_of(starts, random)
    end = min(start + 2 + int.from_bytes(content[start + 2 : start + 4]), len(content))
    segment = content[start:end]
    new = [
        b"",
        segment * 2,
        segment[:1] + bytes([int(random.integers(0xC0, 0xFF))]) + segment[2:],
        segment[:2] + random.bytes(2) + segment[4:],
        b"\0\0" + segment,
    ][int(random.integers(5))]
    return content[:start] + new + content[end:]


_JPEG_DAMAGES: dict[str, Damage] = {
    "cut, end appended": _cut_with_end,
    "segment edited": _segment_edit,
    "zeros before end": lambda content, random: (
        content[:-2] + bytes(int(random.integers(1, 600))) + content[-2:]
    ),
}


def _chunks(content: bytes) -> list[bytes]:
    chunks, start = [], 8
    while start < len(content):
        end = start + 12 + int.from_bytes(content[start : start + 4])
        chunks.append(content[start:end])
        start = end
    return chunks


def _chunk_edit(content: bytes, random: Random) -> bytes:
    """One chunk is removed, doubled, moved, renamed or emptied."""
    chunks = _chunks(content)
    place = int(random.integers(len(chunks)))
    one = chunks.pop(place)
    name = _one_of([b"tEXt", b"acTL", b"fcTL", b"fdAT", b"IDAT", b"ABCD", b"PLTE"], random)
    new = [[], [one] * 2, [one], [chunk(name, one[8:-4])], [chunk(one[4:8], b"")]]
    kind = int(random.integers(5))
    place = int(random.integers(len(chunks) + 1)) if kind == 2 else place
    return content[:8] + b"".join(chunks[:place] + new[kind] + chunks[place:])


def _extra_chunk(content: bytes, random: Random) -> bytes:
    """A chunk of junk, sometimes with a wrong checksum."""
    chunks = _chunks(content)
    name = _one_of(_EXTRA_CHUNKS, random)
    extra = bytearray(chunk(name, random.bytes(int(random.integers(0, 60)))))
    extra[-1] ^= int(random.integers(2))
    place = int(random.integers(1, len(chunks) + 1))
    return content[:8] + b"".join([*chunks[:place], bytes(extra), *chunks[place:]])


def _header_edit(content: bytes, random: Random) -> bytes:
    """A field of the header is changed, and its checksum fits."""
    fields = bytearray(content[_IHDR])
    place = int(random.integers(len(fields)))
    fields[place] = _one_of([0, 1, 2, 3, 4, 6, 8, 16, 64, 255], random)
    check = struct.pack(">I", zlib.crc32(b"IHDR" + fields))
    return content[: _IHDR.start] + bytes(fields) + check + content[_IHDR_CHECK.stop :]


def _data_edit(content: bytes, random: Random) -> bytes:
    """The compressed data are damaged or shortened, and their checksum fits."""
    chunks = _chunks(content)
    places = [place for place, each in enumerate(chunks) if each[4:8] == b"IDAT"]
    place = _one_of(places, random)
    data = chunks[place][8:-4]
    raw = zlib.decompressobj()
    unpacked = raw.decompress(data) if len(places) == 1 else b""
    new = [
        _flipped(data, random) if len(data) > 3 else b"",
        data[: int(random.integers(len(data)))],
        zlib.compress(unpacked[: int(random.integers(len(unpacked) + 1))]),
    ][int(random.integers(3))]
    chunks[place] = chunk(b"IDAT", new)
    return content[:8] + b"".join(chunks)


_PNG_DAMAGES: dict[str, Damage] = {
    "cut, end appended": lambda content, random: (
        content[: _place(content, random, 8)] + chunk(b"IEND", b"")
    ),
    "chunk edited": _chunk_edit,
    "chunk added": _extra_chunk,
    "header edited": _header_edit,
    "data edited": _data_edit,
}
