"""The parts of a JPEG file (ITU-T T.81, annex B), told apart as libjpeg tells them."""

import re
from collections.abc import Callable, Iterator

from schemas.errors import ImageError

# Second bytes of the markers (T.81, table B.1).
_SOF0, _SOF1, _SOF2, _DHT, _SOS, _DQT, _DRI = 0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD
_JPG, _DAC, _DNL, _COM, _TEM, _EOI = 0xC8, 0xCC, 0xDC, 0xFE, 0x01, 0xD9
_APP0, _APP14 = 0xE0, 0xEE
_RESTARTS = range(0xD0, 0xD8)
_FRAMES = (_SOF0, _SOF1, _SOF2)  # Huffman codes: baseline, the same with more tables, progressive.
_OTHER_FRAMES = frozenset(range(_SOF0, _SOF0 + 16)) - {*_FRAMES, _DHT, _JPG, _DAC}
_NEEDED = frozenset({*_FRAMES, _DHT, _SOS, _DQT, _DRI})
_READ = _NEEDED | {_DAC, _DNL, _COM, *range(_APP0, _APP0 + 16)}
_ALONE = frozenset({_TEM, *_RESTARTS})  # No length stands behind them.

# Any number of 0xff may stand before a marker. These find the last one of them: a search for the
# first takes the square of their number, and a file can have millions.
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_DATA_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # Neither a stuffed byte nor a restart.
_ALL = (1 << 64) - 1  # The coefficients of a block.

# Limits against files made to keep us busy; each scan costs a pass over the whole picture.
_MAX_SCANS = 100  # libjpeg writes 10.
_MAX_STRAY = 65_536  # Bytes between two parts.
_MAX_PARTS = 10_000  # A long XMP or profile is some hundred.

_JFIF = b"JFIF\0\1\1\0\0\1\0\1\0\0"  # Version 1.1, square pixels, no thumbnail.
_ADOBE = b"Adobe\0\x64\0\0\0\0"  # Version 100, no flags; the turn of the colours follows.
_YCC, _YCCK = 1, 2  # Turns of three and of four colours; 0 is none.
_THREE_CHANNELS = 6 + 3 * 3  # Bytes in a frame's header.


def parts(encoded: bytes) -> Iterator[tuple[int, bytes, int]]:
    """The parts between the start and the first end; what stands between two is passed over.

    Yields:
      The marker's second byte; the payload without its length, nor the data of a scan; the offset
      behind the payload. Plain, because every picture passes here.

    Raises:
      ImageError: `image_unreadable`, when it comes to a marker that has no place there or tells of
        a coding that we do not read, or before the end marker to the end of the bytes, or to more
        parts or stray bytes than a camera or program writes.
    """
    at = 2
    for _ in range(_MAX_PARTS):
        found = _MARKER.search(encoded, at, at + _MAX_STRAY)
        if found is None:
            raise ImageError(
                "image_unreadable", f"the data end early: no marker behind offset {at}"
            )
        at = found.end()
        marker = encoded[at - 1]
        if marker in _READ:
            end = at + int.from_bytes(encoded[at : at + 2])
            yield marker, encoded[at + 2 : end], end
            at = _data_end(encoded, end) if marker == _SOS else end
        elif marker == _EOI:
            return
        elif marker not in _ALONE:
            raise _refusal(marker)
    raise ImageError("image_unreadable", f"more than {_MAX_PARTS} parts; save it anew")


def _data_end(encoded: bytes, at: int) -> int:
    found = _DATA_END.search(encoded, at)
    end = found.start() if found else len(encoded)
    while end > at and encoded[end - 1] == 0xFF:
        end -= 1
    return end


def _refusal(marker: int) -> ImageError:
    if marker in _OTHER_FRAMES:
        return ImageError(
            "image_unreadable",
            f"a JPEG of kind SOF{marker - _SOF0} (lossless, hierarchical or arithmetic), expected "
            "Huffman codes, baseline or progressive (SOF0 to SOF2); save it as one of these",
        )
    return ImageError("image_unreadable", f"broken: marker 0xff{marker:02x} inside the picture")


def check_scans(encoded: bytes) -> None:
    """Check that the scans give every channel whole, and are not made to keep a decoder busy.

    A decoder takes a channel or a bit that no scan gives for zero, without a word. The data of the
    scans are not looked at, nor what a decoder refuses by itself.

    Raises:
      ImageError: `image_unreadable`: as `parts`, or something is missing, or too many scans.
    """
    missing: dict[int, int] = {}  # A bit for each coefficient, by channel.
    progressive = False
    count = 0
    for marker, payload, _ in parts(encoded):
        if marker in _FRAMES:
            progressive = marker == _SOF2
            missing = dict.fromkeys(payload[6::3], _ALL)
        elif marker == _SOS:
            count += 1
            given = _given(payload) if progressive else _ALL
            for channel in missing.keys() & payload[1:-3:2]:
                missing[channel] &= ~given
            if count == 1 and not any(missing.values()):
                return  # The usual case, and libjpeg reads no second scan then.
            if count > _MAX_SCANS:
                raise ImageError("image_unreadable", f"more than {_MAX_SCANS} scans; save it anew")
    if any(missing.values()):
        channels = [channel for channel in missing if missing[channel]]
        raise ImageError(
            "image_unreadable", f"the data end early: no scan completes the channels {channels}"
        )


def _given(scan: bytes) -> int:
    """The coefficients that a progressive scan gives down to their last bit, as bits."""
    if len(scan) < 3 or scan[-1] & 15:
        return 0
    return (1 << scan[-2] + 1) - (1 << scan[-3])


def rebuilt(encoded: bytes) -> bytes:
    """The same picture without what is odd and harmless: what libjpeg still says is about the data.

    Raises:
      ImageError: as `parts`.
    """
    found = list(parts(encoded))
    usual = _YCC
    if any(marker in _FRAMES and len(payload) > _THREE_CHANNELS for marker, payload, _ in found):
        usual = _YCCK
    pieces = [b"\xff\xd8"]
    for marker, payload, end in found:
        if marker in _NEEDED:
            pieces.append(_packed(marker, payload))
        elif marker == _APP0 and payload.startswith(b"JFIF\0") and len(payload) >= len(_JFIF):
            pieces.append(_packed(marker, _JFIF))
        elif marker == _APP14 and payload.startswith(b"Adobe") and len(payload) > len(_ADOBE):
            # An unknown turn libjpeg takes for the usual one, and warns.
            turn = usual if payload[len(_ADOBE)] else 0
            pieces.append(_packed(marker, _ADOBE + bytes([turn])))
        if marker == _SOS:
            pieces.append(encoded[end : _data_end(encoded, end)])
    return b"".join([*pieces, b"\xff\xd9"])


def _packed(marker: int, payload: bytes) -> bytes:
    return bytes([0xFF, marker]) + (len(payload) + 2).to_bytes(2) + payload


def scans(encoded: bytes) -> Iterator[tuple[int, int]]:
    """Begin and end of the entropy-coded data of each scan, as offsets; raises as `parts`."""
    for marker, _, end in parts(encoded):
        if marker == _SOS:
            yield end, _data_end(encoded, end)


def replaced(encoded: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The file with other entropy-coded data in each scan; raises as `parts`."""
    pieces, at = [], 0
    for begin, end in scans(encoded):
        pieces += [encoded[at:begin], change(encoded[begin:end])]
        at = end
    return b"".join([*pieces, encoded[at:]])
