"""PNG files: damage, chunks beside the picture, and files that crashed a decoder."""

import struct
import zlib

import pytest
from PIL import Image

from components.faces import decoding
from schemas.errors import ImageError
from tests.components.faces.pictures import (
    END_CHUNK,
    LIMITS,
    chunk,
    encoded,
    noise,
    png_of_packed,
    png_of_size,
    refused,
    replaced,
)

AFTER_HEADER = 33  # Offset of the second chunk.
WHOLE = encoded(noise())
PROFILE = chunk(b"iCCP", b"k\0\0" + zlib.compress(bytes(20_000_000)))
ENTRIES = b"II*\0\x08\0\0\0\xff\xff" + struct.pack("<HHII", 0x8298, 2, 700_000, 8) * 65_535


def test_the_name_of_the_end_chunk_in_a_text_does_not_hide_a_cut() -> None:
    exif = Image.Exif()
    exif[0x0112] = 1
    whole = encoded(noise(), exif=exif)
    content = whole[:33] + chunk(b"tEXt", b"k\0IEND") + whole[33 : len(whole) // 2]

    assert refused(content) == "image_unreadable"


def test_a_png_with_a_flipped_bit_is_unreadable() -> None:
    places = range(16, len(WHOLE) - len(END_CHUNK), 37)

    accepted = [
        place
        for place in places
        if decoding.is_decodable(WHOLE[:place] + bytes([WHOLE[place] ^ 4]) + WHOLE[place + 1 :])
    ]

    assert accepted == []


@pytest.mark.parametrize(
    "chunks", [PROFILE * 300, chunk(b"eXIf", ENTRIES)], ids=["profiles of 6 GB", "entries of 46 GB"]
)
def test_chunks_beside_the_picture_are_not_unpacked(chunks: bytes) -> None:
    result = decoding.decode(WHOLE[:AFTER_HEADER] + chunks + WHOLE[AFTER_HEADER:], LIMITS)

    assert (result.pixels == noise()).all()


def test_a_png_of_too_many_chunks_is_unreadable() -> None:
    chunks = chunk(b"tEXt", b"k\0v") * 100_000

    with pytest.raises(ImageError, match=r"more than 100000 chunks; save the picture again"):
        decoding.decode(WHOLE[:AFTER_HEADER] + chunks + WHOLE[AFTER_HEADER:], LIMITS)


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (b"GIF89a" + bytes(20), r"begins with b'GIF89a.*, expected a JPEG or PNG"),
        (WHOLE[:-12], "no closing chunk"),
        (WHOLE[:200], "chunk b'IDAT' at offset 33 has .* bytes, and 159 remain"),
        (replaced(WHOLE, 300, b"junk"), "checksum of chunk b'IDAT' at offset 33"),
        (png_of_size(40, 40, b"\0" * 100), "100 of 4840 bytes of its rows"),
        (png_of_size(40, 40, b"\x09" + b"\0" * 4839), "an unknown filter"),
        (png_of_packed(40, 40, b"junk" * 50), "compressed data are broken"),
    ],
    ids=["other format", "end", "cut", "checksum", "rows", "filter", "zlib"],
)
def test_the_fault_of_a_png_is_named(content: bytes, fault: str) -> None:
    with pytest.raises(ImageError, match=fault) as caught:
        decoding.decode(content, LIMITS)

    assert caught.value.reason == "image_unreadable"
