"""Files that crashed or deceived a decoder, read by path."""

from pathlib import Path

import pytest

from components.faces import decoding, png
from schemas.errors import ImageError
from tests.components.faces.pictures import (
    LIMITS,
    by_pillow,
    encoded,
    noise,
)


@pytest.fixture
def hostile(shared_data: Path) -> Path:
    """Files that crashed or deceived a decoder."""
    if not (shared_data / "hostile").is_dir():
        pytest.skip("the hostile files (../shared/data/hostile) are not beside the repository")
    return shared_data / "hostile"


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("apng_crash_1.png", "interrupted"),
        ("apng_crash_2.png", "not decodable"),
        ("apng_crash_3.png", "not decodable"),
        ("apng_short_rows.png", "its data end early"),
        ("huffman_77_20_flip1.jpg", "bad Huffman code"),
    ],
)
def test_a_file_that_crashed_or_deceived_a_decoder_is_unreadable(
    hostile: Path, name: str, fault: str
) -> None:
    with pytest.raises(ImageError, match=fault) as caught:
        decoding.decode((hostile / name).read_bytes(), LIMITS)

    assert caught.value.reason == "image_unreadable"


def test_a_whole_file_with_an_animation_chunk_has_the_pixels_of_pillow(hostile: Path) -> None:
    content = (hostile / "actl_RGB_acTL.png").read_bytes()

    assert (decoding.decode(content, LIMITS).pixels == by_pillow(content)).all()
    deep = (hostile / "png16_actl.png").read_bytes()
    assert decoding.decode(deep, LIMITS).pixels.shape == by_pillow(deep).shape


def test_a_crash_of_the_decoder_costs_the_picture_alone(hostile: Path) -> None:
    content = (hostile / "apng_crash_1.png").read_bytes()

    with pytest.raises(ImageError, match=r"the decoder crashed \(signal 11\)") as caught:
        png.decode_apart(content)  # As no caller gives it: animation and all.

    assert caught.value.reason == "image_unreadable"
    whole = png.decode_apart(encoded(noise()))
    assert whole is not None
    assert (whole == noise()).all()
