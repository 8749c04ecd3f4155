"""PNG files of every colour type, unusual and broken ones, assembled from their parts."""

import struct
import zlib
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from tests.components.faces.jpeg_parts import exif_orientation
from tests.components.faces.outcomes import SIDE, Case, Drawn, case, cuts, draw, save

_GREY, _RGB, _PALETTE, _GREY_ALPHA, _RGB_ALPHA = 0, 2, 3, 4, 6  # Colour types of IHDR.
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# First row and column, and their steps, of the seven passes (PNG specification, 8.2).
_PASSES = (
    (0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2),
    (1, 0, 2, 1),
)  # fmt: skip

_PIXELS = draw()
_DRAWN = Drawn(_PIXELS)
_RNG = np.random.default_rng(0)
_INDEX = _RNG.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)
_COLOURS = _RNG.integers(0, 256, (256, 3), dtype=np.uint8)
_VEIL = _RNG.integers(0, 256, (SIDE, SIDE), dtype=np.uint8)  # An alpha channel.
_LOW = _RNG.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)  # The lower bytes of 16 bits.
_DEEP = (_PIXELS.astype(">u2") << 8 | _LOW).astype(">u2")


def chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk with its length and checksum."""
    check = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + check


_END = chunk(b"IEND", b"")


def header(
    height: int = SIDE,
    width: int | None = None,
    depth: int = 8,
    kind: int = _RGB,
    *,
    interlaced: bool = False,
) -> bytes:
    """The IHDR chunk of a picture, a square one without a width."""
    width = height if width is None else width
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, interlaced))


def rows(pixels: npt.NDArray[Any]) -> bytes:
    """The pixels as they are compressed: each row behind a filter of none."""
    return b"".join(b"\0" + row.tobytes() for row in pixels)


def png(raw: bytes, head: bytes, more: bytes = b"", data_chunks: int = 1) -> bytes:
    """A file of packed rows; `more` are chunks in front of the data."""
    packed = zlib.compress(raw)
    size = -(-len(packed) // data_chunks)
    data = b"".join(chunk(b"IDAT", packed[at : at + size]) for at in range(0, len(packed), size))
    return _SIGNATURE + head + more + data + _END


def interlaced_png(pixels: npt.NDArray[np.uint8], raw_share: float = 1.0) -> bytes:
    """An interlaced file of RGB pixels, or the first share of its rows' bytes."""
    passes = [np.ascontiguousarray(pixels[y::down, x::right]) for y, x, down, right in _PASSES]
    raw = b"".join(map(rows, passes))
    return png(raw[: int(len(raw) * raw_share)], header(*pixels.shape[:2], interlaced=True))


def _packed(values: npt.NDArray[Any], bits: int) -> bytes:
    """Rows of values of 1, 2 or 4 bits, the leftmost in the highest ones."""
    single = np.unpackbits(values[..., np.newaxis], axis=-1)[..., 8 - bits :]
    return rows(np.packbits(single.reshape(len(values), -1), axis=1))


def _grey(values: npt.NDArray[Any]) -> Drawn:
    return Drawn(np.repeat(values[..., np.newaxis], 3, axis=2).astype(np.uint8))


def _animated() -> bytes:
    second = [Image.fromarray(255 - _PIXELS)]
    return save(_PIXELS, "PNG", save_all=True, append_images=second, duration=100)


_WHOLE = png(rows(_PIXELS), header())
_ZEROS = zlib.compress(bytes(100_000))
_IN_FIVE = png(rows(_PIXELS), header(), data_chunks=5)
_PLTE = chunk(b"PLTE", _COLOURS.tobytes())
_TURN = exif_orientation(6).removeprefix(b"Exif\0\0")
_CONTROL = chunk(b"acTL", struct.pack(">II", 2, 0))  # Two frames, shown for ever.
_FRAME = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, SIDE, SIDE, 0, 0, 1, 10, 0, 0))
_NAMES_THE_END = png(rows(_PIXELS), header(), chunk(b"tEXt", b"key\0IEND"))


def _colour_types() -> dict[str, tuple[Drawn, bytes]]:
    """Colour types and depths: transparent pixels keep their colour, 16 bits their upper 8."""
    by_palette = Drawn(_COLOURS[_INDEX])
    clear = np.full_like(_VEIL, 255)
    four, two, one = _INDEX & 15, _INDEX & 3, _INDEX & 1
    few = header(depth=4, kind=_PALETTE)
    key = struct.pack(">HHH", *map(int, _PIXELS[0, 0]))
    return {
        "rgb": (_DRAWN, _WHOLE),
        "rgb_one_colour_transparent": (
            _DRAWN, png(rows(_PIXELS), header(), chunk(b"tRNS", key)),
        ),
        "rgba": (_DRAWN, png(rows(np.dstack([_PIXELS, _VEIL])), header(kind=_RGB_ALPHA))),
        "rgba_opaque": (_DRAWN, png(rows(np.dstack([_PIXELS, clear])), header(kind=_RGB_ALPHA))),
        "rgb_16_bits": (Drawn(_PIXELS, 1), png(rows(_DEEP), header(depth=16))),
        "rgba_16_bits": (
            Drawn(_PIXELS, 1),
            png(rows(_DEEP[..., [0, 1, 2, 0]]), header(depth=16, kind=_RGB_ALPHA)),
        ),
        "grey": (_grey(_INDEX), png(rows(_INDEX), header(kind=_GREY))),
        "grey_16_bits": (
            _grey(_PIXELS[..., 0])._replace(within=1),
            png(rows(_DEEP[..., 0]), header(depth=16, kind=_GREY)),
        ),
        "grey_4_bits": (_grey(four * 17), png(_packed(four, 4), header(depth=4, kind=_GREY))),
        "grey_2_bits": (_grey(two * 85), png(_packed(two, 2), header(depth=2, kind=_GREY))),
        "black_and_white": (_grey(one * 255), png(_packed(one, 1), header(depth=1, kind=_GREY))),
        "grey_alpha": (
            _grey(_INDEX), png(rows(np.dstack([_INDEX, _VEIL])), header(kind=_GREY_ALPHA)),
        ),
        "palette": (by_palette, png(rows(_INDEX), header(kind=_PALETTE), _PLTE)),
        "palette_4_bits": (
            Drawn(_COLOURS[four]),
            png(_packed(four, 4), few, chunk(b"PLTE", _COLOURS[:16].tobytes())),
        ),
        "palette_transparent": (
            by_palette,
            png(rows(_INDEX), header(kind=_PALETTE), _PLTE + chunk(b"tRNS", bytes(range(256)))),
        ),
    }  # fmt: skip


def _unusual() -> dict[str, tuple[Drawn, bytes]]:
    """Whole pictures with unusual properties."""
    raw = rows(_PIXELS)
    background = chunk(b"bKGD", bytes(6))
    xmp = chunk(b"iTXt", b'XML:com.adobe.xmp\0\0\0\0\0<x tiff:Orientation="6"/>')
    veiled = rows(np.dstack([_PIXELS, _VEIL]))
    lying = rows(_PIXELS[:, ::-1].swapaxes(0, 1))
    turn = chunk(b"eXIf", _TURN)
    digits = b"\nexif\n%8d\n%s\n" % (len(_TURN), _TURN.hex().encode())
    in_text = chunk(b"tEXt", b"Raw profile type exif\0" + digits)
    packed = chunk(b"zTXt", b"Raw profile type exif\0\0" + zlib.compress(digits))
    many = b"II*\0\x08\0\0\0\xff\xff" + struct.pack("<HHII", 0x8298, 2, 50_000, 8) * 5_000
    text = chunk(b"tEXt", b"key\0text")
    behind = png(lying, header()).removesuffix(_END) + turn + _END
    return {
        "interlaced": (_DRAWN, interlaced_png(_PIXELS)),
        "in_five_data_chunks": (_DRAWN, _IN_FIVE),
        "with_gamma": (_DRAWN, png(raw, header(), chunk(b"gAMA", struct.pack(">I", 22_000)))),
        "with_background": (_DRAWN, png(veiled, header(kind=_RGB_ALPHA), background)),
        "with_broken_profile": (_DRAWN, png(raw, header(), chunk(b"iCCP", b"k\0\0junk"))),
        "with_long_text": (_DRAWN, png(raw, header(), chunk(b"tEXt", b"k\0" + b"a" * 60_000))),
        "text_of_seventy_million_zeros": (
            _DRAWN,
            png(raw, header(), _packed_text(70_000_000)),
        ),
        "xmp_of_an_orientation": (_DRAWN, png(raw, header(), xmp)),
        "exif_6": (_DRAWN, png(lying, header(), turn)),
        "exif_6_behind_the_data": (_DRAWN, behind),
        "exif_6_in_a_text": (_DRAWN, png(lying, header(), in_text)),
        "exif_6_in_a_packed_text": (_DRAWN, png(lying, header(), packed)),
        "exif_of_junk": (_DRAWN, png(raw, header(), chunk(b"eXIf", b"junk" * 10))),
        "exif_of_many_long_entries": (_DRAWN, png(raw, header(), chunk(b"eXIf", many))),
        "exif_with_wrong_checksum": (_DRAWN, png(raw, header(), _flipped(turn, len(turn) - 1))),
        "text_with_wrong_checksum": (_DRAWN, png(raw, header(), _flipped(text, len(text) - 1))),
        "unknown_chunk": (_DRAWN, png(raw, header(), chunk(b"abCd", b"unknown"))),
        "three_hundred_profiles": (
            _DRAWN,
            png(raw, header(), chunk(b"iCCP", b"k\0\0" + _ZEROS) * 300),
        ),
        "animated": (_DRAWN, _animated()),
        "animation_control_alone": (_DRAWN, png(raw, header(), _CONTROL)),
        "animation_control_and_16_bits": (
            Drawn(_PIXELS, 1),
            png(rows(_DEEP), header(depth=16), _CONTROL),
        ),
        "animated_without_a_second_frame": (_DRAWN, png(raw, header(), _CONTROL + _FRAME)),
        "more_rows_than_said": (_DRAWN, png(raw + raw, header())),
        "junk_behind": (_DRAWN, _WHOLE + b"junk\0" * 99),
        "two_glued": (_DRAWN, _WHOLE + png(rows(255 - _PIXELS), header())),
    }


def _broken() -> dict[str, bytes]:
    """Truncated and damaged pictures."""
    raw, half = rows(_PIXELS), rows(_PIXELS[: SIDE // 2])
    places = [at for at in range(len(_IN_FIVE)) if _IN_FIVE[at : at + 4] == b"IDAT"]
    third, fourth = places[2] - 4, places[3] - 4
    animated = png(raw, header(), _CONTROL + _FRAME)
    checked = len(_WHOLE) - len(_END) - 4
    return {
        "without_end": _WHOLE.removesuffix(_END),
        "without_end_but_its_name": _NAMES_THE_END.removesuffix(_END),
        "end_behind_a_cut": _IN_FIVE[:fourth] + _END,
        "without_one_data_chunk": _IN_FIVE[:third] + _IN_FIVE[fourth:],
        "wrong_checksum_of_data": _flipped(_WHOLE, checked),
        "wrong_checksum_of_header": _flipped(_WHOLE, len(_SIGNATURE + header()) - 1),
        "one_bit_flipped_in_data": _flipped(_WHOLE, checked // 2),
        "zeros_in_data": _WHOLE[:4000] + bytes(512) + _WHOLE[4512:],
        "fewer_rows_than_said": png(half, header()),
        "interlaced_fewer_passes": interlaced_png(_PIXELS, 0.5),
        "animated_with_fewer_rows": png(half, header(), _CONTROL + _FRAME),
        "animated_with_damaged_data": _flipped(animated, len(animated) - len(_END) - 100),
        "interrupted_data": _IN_FIVE[:third] + chunk(b"tEXt", b"k\0v") + _IN_FIVE[third:],
        "name_of_no_letters": png(raw, header(), chunk(b"a1-!", b"")),
        "without_data": _SIGNATURE + header() + _END,
        "without_palette": png(rows(_INDEX), header(kind=_PALETTE)),
        "no_such_filter": png(b"\x09" + raw[1:], header()),
        "no_such_depth": png(raw, header(depth=3)),
        "no_such_colour_type": png(raw, header(kind=5)),
        "no_such_needed_chunk": png(raw, header(), chunk(b"ABCD", b"")),
        "without_width": png(raw, header(0)),
        "signature_alone": _SIGNATURE,
    }


def _packed_text(zeros: int) -> bytes:
    return chunk(b"zTXt", b"k\0\0" + zlib.compress(bytes(zeros)))


def _flipped(content: bytes, at: int) -> bytes:
    return content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :]


def _bombs() -> dict[str, bytes]:
    """Little data after a header of a large picture."""
    return {
        "header_of_30000": png(bytes(1000), header(30_000)),
        "interlaced_header_of_30000": png(bytes(1000), header(30_000, interlaced=True)),
        "header_of_two_thousand_million": png(bytes(1000), header(2**31 - 1)),
        "zeros_of_30000": png(bytes(4_000_000), header(30_000)),
    }


PNGS = [
    *(case(f"png_{name}", *given, "png") for name, given in _colour_types().items()),
    *(case(f"png_{name}", *given, "png") for name, given in _unusual().items()),
    *(case(f"png_{name}", "image_unreadable", file, "png") for name, file in _broken().items()),
    *cuts("png", _WHOLE, "png"),
]

PNG_BOMBS: list[Case] = [
    case(f"png_{name}", "image_too_large", content, "png") for name, content in _bombs().items()
]
