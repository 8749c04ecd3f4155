"""Near repeats: alarms among pictures, hits on copies of them, and time.

    python -m tests.benchmarks.near_repeats FOLDER [FOLDER ...]

For each folder of pictures: the pairs that are found among them, to be judged by eye, and for each
kind of copy the share of pictures whose copy is found. Last, the CPU seconds of the search among
200,000 hashes that lie as close to each other as those of the last folder.
"""

import sys
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from components.faces.near_hash import near_hash, read_near_hash
from components.label_validator.near_pairs import MAX_BITS, differing_bits, find_near_pairs
from schemas.config.blocks import ImagesConfig

ENDINGS = (".jpg", ".jpeg", ".png")
NOTHING = "00" * 32  # In place of the hash of a copy that has none.
COPIED = 200  # Pictures of a folder that are copied, evenly spread.
MANY = 200_000

Pixels = npt.NDArray[np.uint8]
Hashes = npt.NDArray[np.uint64]


def scaled(share: float) -> Callable[[Pixels], Pixels]:
    def change(pixels: Pixels) -> Pixels:
        size = round(pixels.shape[1] * share), round(pixels.shape[0] * share)
        return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)

    return change


def encoded(quality: int) -> Callable[[Pixels], Pixels]:
    def change(pixels: Pixels) -> Pixels:
        _, content = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(content, cv2.IMREAD_COLOR), np.uint8)

    return change


def cropped(share: float) -> Callable[[Pixels], Pixels]:
    def change(pixels: Pixels) -> Pixels:
        height, width = (max(1, round(length * share)) for length in pixels.shape[:2])
        return np.ascontiguousarray(pixels[height:-height, width:-width])

    return change


def grey(pixels: Pixels) -> Pixels:
    levels = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
    return np.stack([levels] * 3, axis=2)


def brighter(pixels: Pixels) -> Pixels:
    return np.asarray(np.clip(pixels * 1.1 + 10, 0, 255), np.uint8)


COPIES: dict[str, Callable[[Pixels], Pixels]] = {
    "scaled to 50 %": scaled(0.5),
    "JPEG 60": encoded(60),
    "scaled to 50 %, JPEG 60": lambda pixels: encoded(60)(scaled(0.5)(pixels)),
    "scaled to 200 %": scaled(2.0),
    "JPEG 30": encoded(30),
    "grey": grey,
    "brighter": brighter,
    "cropped by 1 % a side": cropped(0.01),
    "cropped by 2 % a side": cropped(0.02),
    "cropped by 5 % a side": cropped(0.05),
    "flipped": lambda pixels: np.ascontiguousarray(pixels[:, ::-1]),
}


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def as_words(hashes: list[str]) -> Hashes:
    return np.frombuffer(bytes.fromhex("".join(hashes)), np.uint64).reshape(-1, 4)


def measure(folder: Path) -> Hashes:
    """Print the figures of one folder; returns its hashes."""
    paths = sorted(path for path in folder.rglob("*") if path.suffix.lower() in ENDINGS)
    contents = [path.read_bytes() for path in paths]
    began = time.process_time()
    read = [read_near_hash(content, ImagesConfig()) for content in contents]
    spent = (time.process_time() - began) / max(len(paths), 1)
    known = [(path, text) for path, text in zip(paths, read, strict=True) if text is not None]
    hashes = as_words([text for _, text in known])
    first, second = find_near_pairs(hashes)
    _say(f"{folder}: {len(paths)} pictures, {len(known)} with a hash, {spent * 1000:.2f} ms each")
    _say(f"  {len(first)} pairs of {len(known) * (len(known) - 1) // 2}")
    bits = differing_bits(hashes, first, second)
    for one, two, count in zip(first, second, bits, strict=True):
        _say(f"    {count:2} bits  {known[one][0].name}  {known[two][0].name}")
    _measure_copies(known)
    return hashes


def _measure_copies(known: list[tuple[Path, str]]) -> None:
    chosen = known[:: max(1, len(known) // COPIED)]
    pictures = [cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB) for path, _ in chosen]
    originals = [text for _, text in chosen]
    for name, change in COPIES.items():
        copies = [near_hash(change(pixels.astype(np.uint8))) or NOTHING for pixels in pictures]
        first, second = find_near_pairs(as_words(originals + copies))
        hits = np.count_nonzero(second - first == len(chosen))
        _say(f"  {name}: {hits} of {len(chosen)} found")


def measure_search(hashes: Hashes) -> None:
    """Time the search among pictures between pairs of the given ones: bits of either at random."""
    rng = np.random.default_rng(0)
    one, two = hashes[rng.integers(0, len(hashes), (2, MANY))]
    mask = rng.integers(0, 1 << 63, one.shape, np.uint64) << np.uint64(1)
    many = (one & mask) | (two & ~mask)
    began = time.process_time()
    first, _ = find_near_pairs(many)
    _say(f"{MANY} hashes: {time.process_time() - began:.1f} s of CPU, {len(first)} pairs")


def main() -> None:
    """Measure every folder."""
    _say(f"near: at most {MAX_BITS} of 255 bits")
    hashes = np.zeros((0, 4), np.uint64)
    for folder in sys.argv[1:]:
        hashes = measure(Path(folder))
    measure_search(hashes)


if __name__ == "__main__":
    main()
