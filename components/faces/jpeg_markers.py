"""The marker segments of a JPEG file (ITU-T T.81, annex B), separated as libjpeg separates them."""

import re
from collections.abc import Iterator

from schemas.errors import ImageError

# Second bytes of the markers (T.81, table B.1).
_SOF0, _SOF1, _SOF2, _DHT, _SOS, _DQT, _DRI = 0xC0, 0xC1, 0xC2, 0xC4, 0xDA, 0xDB, 0xDD
_JPG, _DAC, _DNL, _COM, _TEM, _EOI = 0xC8, 0xCC, 0xDC, 0xFE, 0x01, 0xD9
_APP0 = 0xE0
_RESTARTS = range(0xD0, 0xD8)
_FRAMES = (_SOF0, _SOF1, _SOF2)  # Huffman codes: baseline, extended sequential, progressive.
_OTHER_FRAMES = frozenset(range(_SOF0, _SOF0 + 16)) - {*_FRAMES, _DHT, _JPG, _DAC}
_WITH_LENGTH = frozenset(
    {*_FRAMES, _DHT, _SOS, _DQT, _DRI, _DAC, _DNL, _COM, *range(_APP0, _APP0 + 16)}
)
_WITHOUT_LENGTH = frozenset({_TEM, *_RESTARTS})

# Any number of 0xff may precede a marker. These patterns match the last one of them: a search for
# the first takes quadratic time, and a file can have millions.
_MARKER = re.compile(rb"\xff[^\x00\xff]")
_SCAN_END = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]")  # Neither a stuffed byte nor a restart.
_ALL = (1 << 64) - 1  # The coefficients of a block, as bits.

# Limits against files made to take long; each scan costs a pass over the whole picture.
_MAX_SCANS = 100  # libjpeg writes 10.
_MAX_STRAY = 65_536  # Bytes between two segments.
_MAX_SEGMENTS = 10_000  # A long XMP or colour profile takes some hundred.


def _segments(encoded: bytes) -> Iterator[tuple[int, bytes]]:
    """The segments between the start and the first end marker; stray bytes between are skipped.

    Yields:
      The marker's second byte; the payload without its length and without the data of a scan.
      A plain tuple, because every picture passes here.

    Raises:
      ImageError: `image_unreadable` at a marker that is misplaced or belongs to an unsupported
        coding, at the end of the bytes before an end marker, or above the limits.
    """
    position = 2
    for _ in range(_MAX_SEGMENTS):
        match = _MARKER.search(encoded, position, position + _MAX_STRAY)
        if match is None:
            raise ImageError(
                "image_unreadable", f"the data end early: no marker after offset {position}"
            )
        position = match.end()
        marker = encoded[position - 1]
        if marker in _WITH_LENGTH:
            end = position + int.from_bytes(encoded[position : position + 2])
            yield marker, encoded[position + 2 : end]
            position = _scan_end(encoded, end) if marker == _SOS else end
        elif marker == _EOI:
            return
        elif marker not in _WITHOUT_LENGTH:
            raise _refusal(marker)
    raise ImageError(
        "image_unreadable", f"more than {_MAX_SEGMENTS} segments; save the picture again"
    )


def _scan_end(encoded: bytes, position: int) -> int:
    match = _SCAN_END.search(encoded, position)
    return match.start() if match else len(encoded)


def _refusal(marker: int) -> ImageError:
    if marker in _OTHER_FRAMES:
        return ImageError(
            "image_unreadable",
            f"a JPEG of kind SOF{marker - _SOF0} (lossless, hierarchical or arithmetic), expected "
            "Huffman codes, baseline or progressive (SOF0 to SOF2); save it as one of these",
        )
    return ImageError("image_unreadable", f"broken: marker 0xff{marker:02x} inside the picture")


def check_scans(encoded: bytes) -> None:
    """Check that the scans complete every channel, and that their number is plausible.

    Decoders read channels and bits that no scan carries as zero, without a warning. The data of
    the scans are not checked here.

    Raises:
      ImageError: `image_unreadable`: as `_segments`, a channel is incomplete, or too many scans.
    """
    missing: dict[int, int] = {}  # A bit for each coefficient, by channel.
    progressive = False
    count = 0
    for marker, payload in _segments(encoded):
        if marker in _FRAMES:
            progressive = marker == _SOF2
            missing = dict.fromkeys(payload[6::3], _ALL)
        elif marker == _SOS:
            count += 1
            completed = _completed(payload) if progressive else _ALL
            for channel in missing.keys() & payload[1:-3:2]:
                missing[channel] &= ~completed
            if count == 1 and not any(missing.values()):
                return  # The usual case; libjpeg reads no second scan then.
            if count > _MAX_SCANS:
                raise ImageError(
                    "image_unreadable", f"more than {_MAX_SCANS} scans; save the picture again"
                )
    if any(missing.values()):
        channels = [channel for channel in missing if missing[channel]]
        raise ImageError(
            "image_unreadable", f"the data end early: no scan completes the channels {channels}"
        )


def _completed(scan: bytes) -> int:
    """The coefficients that a progressive scan carries down to their last bit, as bits."""
    if len(scan) < 3 or scan[-1] & 15:
        return 0
    return (1 << scan[-2] + 1) - (1 << scan[-3])
