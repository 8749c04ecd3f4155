"""Near hashes of copies, of other pictures, and of pictures without structure."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageEnhance

from components.faces.near_hash import near_hash, read_near_hash
from components.label_validator.near_pairs import MAX_BITS
from schemas.config.blocks import ImagesConfig

LIMITS = ImagesConfig()


def bits_between(one: str | None, other: str | None) -> int:
    assert one is not None
    assert other is not None
    return (int(one, 16) ^ int(other, 16)).bit_count()


def saved(image: Image.Image, kind: str = "JPEG", **options: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


@pytest.fixture
def face(shared_data: Path) -> Image.Image:
    path = min((shared_data / "fairface_sample").glob("*.jpg"))
    return Image.open(path).convert("RGB")


def test_the_first_bits_are_the_signs_of_the_low_frequencies(face: Image.Image) -> None:
    grey = face.convert("L").resize((64, 64), Image.Resampling.BOX)
    waves = np.cos(np.pi / 64 * np.outer(np.arange(8), np.arange(64) + 0.5))
    signs = waves @ np.asarray(grey, np.float64) @ waves.T > 0
    signs[0, 0] = False
    low = "".join(str(int(sign)) for sign in signs.ravel())

    result = near_hash(np.asarray(grey.convert("RGB")))

    assert result is not None
    assert len(result) == 64
    assert bits_between(result[:16], f"{int(low, 2):016x}") <= 1  # Of 64: grey levels are rounded.


def test_a_copy_is_near_and_another_picture_is_not(face: Image.Image, shared_data: Path) -> None:
    original = read_near_hash(saved(face, quality=95), LIMITS)
    half = face.resize((face.width // 2, face.height // 2))
    copies = {
        "half": saved(half, quality=60),
        "quality": saved(face, quality=60),
        "png": saved(half, "PNG"),
        "grey": saved(face.convert("L")),
        "brighter": saved(ImageEnhance.Brightness(face).enhance(1.1)),
    }
    other = max((shared_data / "fairface_sample").glob("*.jpg")).read_bytes()

    distances = {
        name: bits_between(original, read_near_hash(content, LIMITS))
        for name, content in copies.items()
    }

    assert max(distances.values()) <= MAX_BITS, distances
    assert bits_between(original, read_near_hash(other, LIMITS)) > 3 * MAX_BITS


@pytest.mark.parametrize(
    "picture",
    [
        Image.new("RGB", (90, 80), (9, 200, 30)),
        Image.linear_gradient("L"),
        Image.linear_gradient("L").rotate(90),
    ],
    ids=["flat", "gradient", "other gradient"],
)
def test_a_picture_without_structure_has_no_hash(picture: Image.Image) -> None:
    assert read_near_hash(saved(picture, "PNG"), LIMITS) is None


def test_a_picture_that_is_broken_or_off_limits_has_no_hash(face: Image.Image) -> None:
    content = saved(face)

    assert read_near_hash(content, LIMITS) is not None
    assert read_near_hash(content[:-500], LIMITS) is None
    assert read_near_hash(content, ImagesConfig(min_side=face.width + 1)) is None
    assert read_near_hash(content, ImagesConfig(max_pixels=100)) is None
    assert read_near_hash(b"", LIMITS) is None
