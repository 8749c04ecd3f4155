"""libjpeg-turbo's own benchmark program, asked what one decompression costs at a reduced scale."""

import math
import re
import resource
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks.pixels_ways import cpu_seconds, reduction

SECONDS = 0.2  # Of decompression, for each picture.
_ONCE = 1e-6  # Seconds: ends after the first measured frame.


def is_there() -> bool:
    """Whether the program is installed; Debian has it in libjpeg-turbo-progs."""
    return shutil.which("tjbench") is not None


def cpu_ms(pictures: Iterable[Path], side: int) -> float:
    """CPU milliseconds of one decompression, mean over the pictures."""
    each = [_cpu_seconds(path, reduction(side)) for path in pictures]
    return sum(each) / len(each) * 1e3


def _cpu_seconds(path: Path, factor: int) -> float:
    """A long run less a short one: start, reading and the unmeasured first frame cancel."""
    long_cpu, long_frames = _run(path, factor, SECONDS)
    short_cpu, short_frames = _run(path, factor, _ONCE)
    return (long_cpu - short_cpu) / (long_frames - short_frames)


def _run(path: Path, factor: int, seconds: float) -> tuple[float, int]:
    """(CPU seconds of the process, measured frames).

    It stops after the frame that passes `seconds` of wall time and prints frames / time, so the
    whole number above rate x seconds is the frames, however often the process had to wait.
    """
    words = ["tjbench", str(path), "-scale", f"1/{factor}", "-nowrite", "-warmup", "0",
             "-benchtime", f"{seconds:.6f}"]  # fmt: skip
    before = cpu_seconds(resource.RUSAGE_CHILDREN)
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    spent = cpu_seconds(resource.RUSAGE_CHILDREN) - before
    found = re.search(r"Decompress +--> Frame rate: +([\d.]+) fps", done.stdout)
    if found is None:
        raise SystemExit(f"{' '.join(words)} printed no rate:\n{done.stdout}")
    return spent, math.ceil(float(found[1]) * seconds)
