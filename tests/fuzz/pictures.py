"""The pictures' half: every file is decoded in a child process, and all pass the image step."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from components.example_gen.shard_writer import ShardTask, pack, write_shard
from components.example_gen.shards import Shard
from components.faces.decoding import decode
from schemas.config.blocks import ImagesConfig
from schemas.errors import ImageError
from tests.components.example_gen.small_rows import as_table, reading, row
from tests.fuzz import picture_files, picture_oracle
from tests.fuzz.guarded import CRASHED, HUNG, Guarded
from tests.fuzz.picture_files import File
from tests.fuzz.report import Tally

IMAGES = ImagesConfig(side=16, min_side=1, max_pixels=1_000_000)
SECONDS = 10.0  # For one picture.
STEP_SECONDS = 300.0
MAX_DIFFERENCE = 2.0  # Levels, mean: two versions of libjpeg round differently.


class Decoded(NamedTuple):
    """A picture as the project decodes it, or its rejection."""

    pixels: npt.NDArray[np.uint8] | None
    reason: str = ""
    detail: str = ""


def decoded(content: bytes) -> Decoded:
    """Decode one picture. Called in a child process."""
    try:
        return Decoded(decode(content, IMAGES).pixels)
    except ImageError as error:
        return Decoded(None, error.reason, error.detail)


def step(files: tuple[str, Sequence[str]]) -> tuple[int, list[str]]:
    """The image step: faces written, and the names of the rejected files. In a child process."""
    folder, names = Path(files[0]), files[1]
    rows = [row(folder, name, None) for name in names]
    shard = Shard("fold_0", 0, 1)
    task = ShardTask(str(folder), reading(folder, IMAGES), shard, pack(as_table(rows)))
    result = write_shard(task)
    return result.written.faces, [reject["path"] for reject in result.rejects]


def run(count: int, seed: int, folder: Path) -> Iterator[Tally]:
    """Draw `count` files from a seed; yields the outcomes of JPEGs and of PNGs."""
    files = list(picture_files.draw(count, seed))
    with Guarded(decoded, SECONDS) as guarded:
        outcomes = [guarded(file.content) for file in files]
    for kind in dict.fromkeys(file.kind for file in files):
        of_kind = [
            (file, outcome)
            for file, outcome in zip(files, outcomes, strict=True)
            if file.kind == kind
        ]
        yield _tally(kind, of_kind, folder)


def _tally(kind: str, outcomes: list[tuple[File, Any]], folder: Path) -> Tally:
    names: defaultdict[str, list[str]] = defaultdict(list)
    usable = []
    for file, outcome in outcomes:
        if outcome in (CRASHED, HUNG):
            names[str(outcome)].append(file.name)
            continue
        usable.append((file, outcome))
        names["accepted" if outcome.pixels is not None else "rejected"].append(file.name)
        if wrong := _fault(file, outcome):
            names[wrong].append(f"{file.name} ({outcome.detail or 'accepted'})")
    return Tally(
        kind,
        len(outcomes),
        len(names["accepted"]),
        len(names["rejected"]),
        len(names["undecided"]),
        tuple(_lost(kind, usable, folder)),
        tuple(names[CRASHED]),
        tuple(names[HUNG]),
        tuple(names["wrongly accepted"]),
        tuple(names["wrongly rejected"]),
    )


def _fault(file: File, outcome: Decoded) -> str:
    """Whether the outcome is wrong or cannot be judged; empty if it is right."""
    if outcome.reason == "image_too_large":  # The oracle would decode it.
        return "wrongly rejected" if file.is_whole else "undecided"
    verdict = picture_oracle.judge(file.content)
    if verdict.is_whole is None:
        return "undecided"
    if outcome.pixels is None:
        return "wrongly rejected" if verdict.is_whole else ""
    if not verdict.is_whole:
        return "wrongly accepted"
    return "" if _are_alike(outcome.pixels, verdict.pixels) else "wrongly accepted"


def _are_alike(pixels: npt.NDArray[np.uint8], expected: npt.NDArray[np.uint8] | None) -> bool:
    if expected is None:
        return True
    if pixels.shape != expected.shape:
        return False
    return float(np.abs(pixels.astype(int) - expected).mean()) <= MAX_DIFFERENCE


def _lost(kind: str, usable: list[tuple[File, Decoded]], folder: Path) -> Iterator[str]:
    """Files that the image step neither writes nor rejects, or judges otherwise."""
    place = folder / kind
    place.mkdir()
    names = [f"{number}.{kind}" for number in range(len(usable))]
    for name, (file, _) in zip(names, usable, strict=True):
        (place / name).write_bytes(file.content)
    with Guarded(step, STEP_SECONDS) as guarded:
        result = guarded((str(place), names))
    if result in (CRASHED, HUNG):
        yield f"all {len(usable)} files of {kind}: the image step {result}"
        return
    faces, rejects = result
    rejected = [
        name for name, (_, outcome) in zip(names, usable, strict=True) if outcome.pixels is None
    ]
    if faces + len(rejects) != len(usable):
        yield f"{len(usable) - faces - len(rejects)} rows of {kind}"
    yield from (usable[names.index(name)][0].name for name in set(rejects) ^ set(rejected))
