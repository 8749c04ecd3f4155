"""JPEG files: unusual whole pictures, and broken files that some decoders accept."""

from PIL import Image

from tests.components.faces.jpeg_parts import (
    APP0,
    DHT,
    DQT,
    END,
    SOF0,
    SOS,
    START,
    cmyk,
    exif,
    exif_orientation,
    exif_thumbnail,
    inserted,
    patched,
    resized_header,
    restarts,
    scan_by_channel,
    segments_of,
    with_app,
    without,
    ycck,
)
from tests.components.faces.outcomes import (
    JPEG_LOSS,
    SIDE,
    Case,
    Drawn,
    case,
    cuts,
    draw,
    grey_of,
    jpeg,
    save,
)

_PIXELS = draw()
_DRAWN = Drawn(_PIXELS, JPEG_LOSS)
_GREY = Drawn(grey_of(_PIXELS), JPEG_LOSS)

_WHOLE = jpeg(_PIXELS)
_OWN_TABLES = jpeg(_PIXELS, optimize=True)
_PROGRESSIVE = jpeg(_PIXELS, progressive=True)
_RESTARTS = jpeg(_PIXELS, restart_marker_rows=1)
_CMYK = cmyk(_PIXELS)
_YCCK = ycck(_PIXELS)
_HEAD, _SCANS = scan_by_channel(_PIXELS)

_SCAN = segments_of(_WHOLE, SOS)[0]
_TABLES = segments_of(_WHOLE, DHT)[0].start
_FRAME = segments_of(_WHOLE, SOF0)[0].start
_HALF = (_SCAN.data + _SCAN.end) // 2
_LATER = _HALF + 200
_JFIF = _WHOLE.index(b"JFIF") + 5  # Its version.
_XMP = b'http://ns.adobe.com/xap/1.0/\0<x tiff:Orientation="6"/>'


def _whole() -> dict[str, tuple[Drawn, bytes]]:
    """Whole pictures that libjpeg reads without a warning."""
    second = [Image.fromarray(255 - _PIXELS)]
    mpo = save(_PIXELS, "MPO", quality=95, subsampling=0, save_all=True, append_images=second)
    thumbnail = jpeg(draw(16, 16))
    return {
        "plain": (_DRAWN, _WHOLE),
        "coarse_colours": (_DRAWN, jpeg(_PIXELS, subsampling=2)),
        "stored_as_rgb": (_DRAWN, jpeg(_PIXELS, keep_rgb=True)),
        "own_tables": (_DRAWN, _OWN_TABLES),
        "grey": (_GREY, jpeg(_PIXELS, "L")),
        "progressive": (_DRAWN, _PROGRESSIVE),
        "progressive_grey": (_GREY, jpeg(_PIXELS, "L", progressive=True)),
        "restarts": (_DRAWN, _RESTARTS),
        "cmyk": (_DRAWN, _CMYK),
        "ycck": (_DRAWN, _YCCK),
        "scan_by_channel": (_DRAWN, _HEAD + b"".join(_SCANS) + END),
        "without_huffman_tables": (_DRAWN, without(_WHOLE, DHT)),  # As films of JPEGs are.
        "fill_bytes": (_DRAWN, inserted(_WHOLE, _TABLES, b"\xff" * 5)),
        "colour_profile": (_DRAWN, jpeg(_PIXELS, icc_profile=b"no profile" * 99)),
        "xmp_of_an_orientation": (_DRAWN, with_app(_WHOLE, 1, _XMP)),
        "thumbnail": (_DRAWN, with_app(_WHOLE, 1, exif_thumbnail(thumbnail))),
        "junk_behind": (_DRAWN, _WHOLE + b"junk\0\xff" * 50),
        "zeros_behind": (_DRAWN, _WHOLE + bytes(4096)),
        "two_glued": (_DRAWN, _WHOLE + jpeg(255 - _PIXELS)),
        "whole_then_half": (_DRAWN, _WHOLE + jpeg(255 - _PIXELS)[:_HALF]),
        "png_behind": (_DRAWN, _WHOLE + save(255 - _PIXELS, "PNG")),
        "two_pictures": (_DRAWN, mpo),
        "two_pictures_second_cut": (_DRAWN, mpo[:-500]),
        "height_of_no_whole_block": (
            Drawn(_PIXELS[: SIDE - 3], JPEG_LOSS), jpeg(_PIXELS[: SIDE - 3]),
        ),
        # JPEG has no checksum: a flipped bit that leaves valid codes is not detectable.
        "one_bit_flipped": (Drawn(_PIXELS, 255), _flipped(_WHOLE, _SCAN.end - 4)),
    }  # fmt: skip


_STRAY = inserted(_WHOLE, _TABLES, b"\0\0")
_NEW_JFIF = patched(_WHOLE, _JFIF, b"\x09")
_NEW_ADOBE = with_app(without(_WHOLE, APP0), 14, b"Adobe\0\x64\0\0\0\0\x07")
_NEW_YCCK = patched(_YCCK, _YCCK.index(b"Adobe") + 11, b"\7")
_NO_CONSTANTS = patched(_WHOLE, _SCAN.data - 3, b"\5\x30\x21")


def _padded(content: bytes) -> bytes:
    """Zeros before every restart marker: some cameras fill up their intervals."""
    for position in reversed(restarts(content)):
        content = inserted(content, position, bytes(8))
    return content


_PADDED = _padded(_RESTARTS)


def _with_warning() -> dict[str, tuple[Drawn, bytes]]:
    """Whole pictures of which libjpeg warns: the fault is outside the data."""
    return {
        "restarts_padded": (_DRAWN, _PADDED),
        "stray_bytes_in_header": (_DRAWN, _STRAY),
        "unknown_jfif_version": (_DRAWN, _NEW_JFIF),
        "unknown_adobe_colours": (_DRAWN, _NEW_ADOBE),
        "unknown_adobe_colours_of_four": (_DRAWN, _NEW_YCCK),
        "wrong_constants_of_a_scan": (_DRAWN, _NO_CONSTANTS),
        "padding_before_end": (_DRAWN, inserted(_WHOLE, _SCAN.end, bytes(12))),
        "long_padding_before_end": (_DRAWN, inserted(_WHOLE, _SCAN.end, bytes(500))),
        "progressive_padding_before_end": (_DRAWN, inserted(_PROGRESSIVE, -2, bytes(40))),
        "all_of_these": (
            _DRAWN,
            inserted(patched(inserted(_NO_CONSTANTS, _SCAN.end, bytes(40)), _JFIF, b"\x09"),
                     _TABLES, b"\0\0"),
        ),
    }  # fmt: skip


def _behind_a_warning() -> dict[str, bytes]:
    """Damage of the data that is libjpeg's second warning, behind a harmless one."""
    hidden = restarts(_PADDED)[4]
    return {
        "stray_bytes_hide_a_cut": _STRAY[:_HALF] + END,
        "jfif_version_hides_a_cut": _NEW_JFIF[:_HALF] + END,
        "adobe_colours_hide_a_cut": _NEW_ADOBE[:_HALF] + END,
        "constants_hide_a_cut": _NO_CONSTANTS[:_HALF] + END,
        "jfif_version_hides_bad_codes": _holed(_NEW_JFIF, _HALF, _LATER, b"\xff\0"),
        "padded_restarts_hide_a_cut": _PADDED[: hidden - 300] + _PADDED[hidden - 100 :],
        "padded_restarts_hide_zeros": _holed(_PADDED, hidden + 50, hidden + 150),
        "padding_hides_a_cut": _WHOLE[:_HALF] + bytes(40) + END,
        # As many bytes remain where the codes of a whole picture were misread.
        "junk_before_end": inserted(_WHOLE, _SCAN.end, b"junk" * 3),
    }


def _flipped(content: bytes, position: int, bit: int = 2) -> bytes:
    return patched(content, position, bytes([content[position] ^ bit]))


def _holed(content: bytes, start: int, end: int, filling: bytes = b"\0") -> bytes:
    """The file with a range overwritten, as after a lost disk sector."""
    return patched(content, start, filling * ((end - start) // len(filling)))


def _ended_early() -> dict[str, bytes]:
    """An end marker is present, and data before it are missing."""
    refined = segments_of(_PROGRESSIVE, SOS)
    later = refined[4]
    with_thumbnail = with_app(_WHOLE, 1, exif_thumbnail(jpeg(draw(16, 16))))
    return {
        "end_behind_a_cut": _WHOLE[:_HALF] + END,
        "grey_end_behind_a_cut": jpeg(_PIXELS, "L")[:1000] + END,
        "cmyk_end_behind_a_cut": _CMYK[: len(_CMYK) // 2] + END,
        "restarts_end_behind_a_cut": _RESTARTS[: restarts(_RESTARTS)[4]] + END,
        "end_without_data": _WHOLE[: _SCAN.data] + END,
        "half_then_whole": _WHOLE[:_HALF] + _WHOLE,
        "cut_behind_its_thumbnail": with_thumbnail[: len(with_thumbnail) // 2],
        "progressive_first_scan_alone": _PROGRESSIVE[: refined[0].end] + END,
        "progressive_cut_between_scans": _PROGRESSIVE[: refined[3].end] + END,
        "progressive_cut_behind_tables": _PROGRESSIVE[: later.start] + END,
        "progressive_without_last_scan": _PROGRESSIVE[: refined[-1].start] + END,
        "progressive_cut_in_a_scan": _PROGRESSIVE[: (later.data + later.end) // 2] + END,
        "progressive_without_one_scan": _PROGRESSIVE[: later.start] + _PROGRESSIVE[later.end :],
        "scan_by_channel_two_of_three": _HEAD + b"".join(_SCANS[:2]) + END,
        "scan_by_channel_one_of_three": _HEAD + _SCANS[0] + END,
        "taller_than_its_data": resized_header(_WHOLE, 2 * SIDE, SIDE),
    }


def _damaged() -> dict[str, bytes]:
    """Nothing is missing, and some bytes are changed."""
    marks = restarts(_RESTARTS)
    begin, end = marks[2] + 2, marks[3]
    first, last = segments_of(_PROGRESSIVE, SOS)[0], segments_of(_PROGRESSIVE, SOS)[-1]
    scan = _SCANS[0]
    return {
        # libjpeg-turbo's fast routine reads an invalid code as zero, without a warning.
        "invalid_code": _flipped(_OWN_TABLES, segments_of(_OWN_TABLES, SOS)[0].data, 4),
        "ones_in_the_scan": _holed(_WHOLE, _HALF, _LATER, b"\xff\0"),
        "zeros_in_the_scan": _holed(_WHOLE, _HALF - 400, _LATER + 400),
        "zeros_to_the_end_of_the_scan": _holed(_WHOLE, _HALF, _SCAN.end),
        "zeros_between_restarts": _holed(_RESTARTS, begin, end),
        "zeros_in_part_of_an_interval": _holed(_RESTARTS, begin + 50, begin + 150),
        "interval_emptied": _RESTARTS[:begin] + _RESTARTS[end:],
        "interval_lost": _RESTARTS[:begin] + _RESTARTS[end + 2 :],
        "progressive_zeros_in_first_scan": _holed(_PROGRESSIVE, first.data + 20, first.end - 60),
        "progressive_zeros_in_last_scan": _holed(_PROGRESSIVE, last.data + 50, last.end - 100),
        "scan_by_channel_zeros": _HEAD + _holed(scan, 300, 900) + b"".join(_SCANS[1:]) + END,
        "colours_three_times_as_coarse": patched(_WHOLE, _FRAME + 11, b"\x31"),
        "junk_in_front_of_a_restart": inserted(_RESTARTS, end, b"junk" * 3),
        "unknown_marker_in_the_scan": patched(_WHOLE, _HALF, b"\xff\x82"),
        "cmyk_ones_in_the_scan": _holed(_CMYK, 1500, 2500, b"\xff\0"),
    }


def _headless() -> dict[str, bytes]:
    """The header is missing or unusable."""
    return {
        "start_alone": START,
        "start_and_end": START + END,
        "three_bytes": START + b"\xff",
        "without_scan": _WHOLE[: _SCAN.start] + END,
        "without_frame": without(_WHOLE, SOF0),
        "without_quantisation": without(_WHOLE, DQT),
        "said_to_be_lossless": patched(_WHOLE, _FRAME + 1, b"\xc3"),
        "said_to_be_arithmetic": patched(_WHOLE, _FRAME + 1, b"\xc9"),
        "said_to_have_twelve_bits": patched(_WHOLE, _FRAME + 4, b"\x0c"),
        "without_height": resized_header(_WHOLE, 0, SIDE),
        "without_width": resized_header(_WHOLE, SIDE, 0),
        "newline_in_front": b"\n" + _WHOLE,
    }


def _oriented() -> list[Case]:
    """Pictures stored in each EXIF orientation."""
    upright = draw(48, 80)
    right = upright[:, ::-1]  # Exif 2.3, 4.6.4 A: where the stored first row and column belong.
    stored = {
        1: upright, 2: right, 3: right[::-1], 4: upright[::-1],
        5: upright.swapaxes(0, 1), 6: right.swapaxes(0, 1),
        7: right[::-1].swapaxes(0, 1), 8: upright[::-1].swapaxes(0, 1),
    }  # fmt: skip
    drawn = Drawn(upright, JPEG_LOSS)
    cases = []
    for orientation, pixels in stored.items():
        segment = exif_orientation(orientation, ">" if orientation % 2 else "<")
        cases.append(case(f"jpeg_exif_{orientation}", drawn, with_app(jpeg(pixels), 1, segment)))
    return cases


def _without_orientation() -> dict[str, bytes]:
    """EXIF segments without a valid orientation."""
    return {
        "0": exif_orientation(0),
        "9": exif_orientation(9),
        "65535": exif_orientation(65535),
        "of_text": exif(b"\x12\x01\2\0\2\0\0\0" + b"6\0\0\0"),
        "without_values": exif(b"\x12\x01\3\0\0\0\0\0" + b"\6\0\0\0"),
        "with_too_many_values": exif(b"\x12\x01\3\0\0\0\0\x80" + b"\6\0\0\0"),
        "in_a_circle": exif(b"\x69\x87\4\0\1\0\0\0" + b"\x08\0\0\0"),
        "cut": exif_orientation(6)[:20],
        "empty": b"Exif\0\0",
        "of_junk": b"Exif\0\0" + b"junk" * 10,
    }


def _many_scans(more: int) -> bytes:
    """A scan repeated: each costs a decoder a pass over the whole picture."""
    scans = segments_of(_PROGRESSIVE, SOS)
    short = min(scans, key=lambda scan: scan.end - scan.start)
    return inserted(_PROGRESSIVE, scans[-1].end, _PROGRESSIVE[short.start : short.end] * more)


JPEGS = [
    *(case(f"jpeg_{name}", *given) for name, given in (_whole() | _with_warning()).items()),
    *(
        case(f"jpeg_{name}", "image_unreadable", content)
        for name, content in (
            _behind_a_warning() | _ended_early() | _damaged() | _headless()
        ).items()
    ),
    *cuts("jpeg", _WHOLE, "jpg"),
    *cuts("jpeg_progressive", _PROGRESSIVE, "jpg"),
    *_oriented(),
    *(
        case(f"jpeg_exif_{name}", _DRAWN, with_app(_WHOLE, 1, payload))
        for name, payload in _without_orientation().items()
    ),
]

JPEG_BOMBS = [
    case("jpeg_header_of_30000", "image_too_large", resized_header(_WHOLE, 30_000, 30_000)),
    case("jpeg_header_of_65535", "image_too_large", resized_header(_WHOLE, 65_535, 65_535)),
    case("jpeg_progressive_header_of_30000", "image_too_large",
         resized_header(_PROGRESSIVE, 30_000, 30_000)),
    case("jpeg_of_many_scans", "image_unreadable",
         resized_header(_many_scans(1_000), 7_000, 7_000)),
    case("jpeg_of_many_segments", "image_unreadable",
         inserted(_WHOLE, _TABLES, b"\xff\xe5\0\2" * 20_000)),
    case("jpeg_of_fill_bytes", "image_unreadable", inserted(_WHOLE, _TABLES, b"\xff" * 80_000)),
    case("jpeg_of_zeros", "image_unreadable", inserted(_WHOLE, _HALF, bytes(80_000))),
]  # fmt: skip
