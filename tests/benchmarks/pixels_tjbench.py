"""Cost of one reduced-scale decompression, by libjpeg-turbo's own benchmark program."""

import math
import re
import resource
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks.pixels_variants import cpu_seconds, reduction

SECONDS = 0.2  # Of decompression, per picture.
_ONE_FRAME = 1e-6  # Seconds: the first measured frame is the last.


def is_installed() -> bool:
    """Whether the program is on PATH; Debian's package is libjpeg-turbo-progs."""
    return shutil.which("tjbench") is not None


def cpu_ms(pictures: Iterable[Path], side: int) -> float:
    """CPU milliseconds of one decompression, mean over the pictures."""
    each = [_cpu_seconds(path, reduction(side)) for path in pictures]
    return sum(each) / len(each) * 1e3


def _cpu_seconds(path: Path, factor: int) -> float:
    """Difference of a long and a short run: start, reading and the first frame cancel."""
    long_cpu, long_frames = _run(path, factor, SECONDS)
    short_cpu, short_frames = _run(path, factor, _ONE_FRAME)
    return (long_cpu - short_cpu) / (long_frames - short_frames)


def _run(path: Path, factor: int, seconds: float) -> tuple[float, int]:
    """(CPU seconds of the process, measured frames).

    The program stops after the frame that passes `seconds` of wall time and prints frames / time:
    rate x seconds, rounded up, is the number of frames, even where the process had to wait.
    """
    command = ["tjbench", str(path), "-scale", f"1/{factor}", "-nowrite", "-warmup", "0",
             "-benchtime", f"{seconds:.6f}"]  # fmt: skip
    before = cpu_seconds(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    spent = cpu_seconds(resource.RUSAGE_CHILDREN) - before
    match = re.search(r"Decompress +--> Frame rate: +([\d.]+) fps", done.stdout)
    if match is None:
        raise SystemExit(f"{' '.join(command)} printed no rate:\n{done.stdout}")
    return spent, math.ceil(float(match[1]) * seconds)
