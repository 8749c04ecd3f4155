"""Faults in each step of a run: kill -9, SIGTERM, SIGINT, a full disk, a killed worker process.

    python -m tests.e2e.faults FOLDER [--faults FAULT ...] [--steps STEP ...]

Each fault has a run folder of its own, in which it hits one step after the other: the same command
is started again, reuses what was finished, and is hit in the next step. The last one finishes, and
its artifacts must be those of an undisturbed run. Prints a line per fault and step, and exits 1 if
one is wrong. A full disk is a small file system in memory, which takes root or a user namespace.
"""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from tests.e2e.fault_run import SECONDS_TO_END, SECONDS_TO_NOTICE, SECONDS_TO_STEP, Run
from tests.repository import ROOT, environment, facefold_command

STEPS = (
    "FaceIngest", "ImportSchemaGen", "LabelValidator", "FaceExampleGen", "StatisticsGen",
    "ExampleValidator", "AnomalyGate", "Transform", "Trainer", "Evaluator", "BiasReview", "Pusher",
)  # fmt: skip
# What a run without a fault leaves, below the run folder; of each artifact the newest counts.
RESULTS = (
    "artifacts/FaceIngest/manifest/*/*.parquet",
    "artifacts/LabelValidator/*/*/*",
    "artifacts/FaceExampleGen/*/*/**/*",
    "artifacts/Trainer/model/*/**/variables.data*",
    "review/*.csv",
    "serving_model/*/variables/variables.data*",
)
DISK_MB = 100
AT_ONCE = 2  # Faults; each is busy in one process most of the time.
Fault = Callable[["Run"], None]


class Line(NamedTuple):
    """A line of the table."""

    fault: str
    step: str
    seconds: float  # From the fault to the end of the process.
    problems: list[str]
    message: str


def results(folder: Path) -> dict[str, bytes]:
    """Contents by name, without the numbers of the executions."""
    found = {}
    for pattern in RESULTS:
        for path in sorted(folder.glob(pattern), key=_execution):
            parts = path.relative_to(folder).parts
            if path.is_file():
                found["/".join(part for part in parts if not part.isdecimal())] = path.read_bytes()
    return found


def _execution(path: Path) -> int:
    return next((int(part) for part in path.parts[::-1] if part.isdecimal()), 0)


def hit(config: Path, output: Path, name: str, step: str, fault: Fault, status: int) -> Line:
    """Start the command, do harm in a step, and check how it ends."""
    run = Run(config, output)
    if not run.wait_for_step(step):
        run.end()
        return Line(name, step, 0.0, ["ended before the step"], " ".join(run.errors()))
    fault(run)
    seconds, problems = run.end(SECONDS_TO_NOTICE if fault is fill_disk else SECONDS_TO_END)
    if run.process.returncode != status:
        problems.append(f"exit status {run.process.returncode}, expected {status}")
    errors = run.errors()
    if len(errors) != (status > 0):
        problems.append(f"{len(errors)} lines on standard error")
    if fault is fill_disk and not any(str(output) in line for line in errors):
        problems.append("no path is named")
    if any(run.folder.rglob("?*.unfinished")) and status > 0:
        problems.append("unfinished files left")
    return Line(name, step, seconds, problems, " ".join(errors))


def finish(config: Path, output: Path, name: str, whole: dict[str, bytes]) -> Line:
    """Start the command a last time; it must finish with the artifacts of an undisturbed run."""
    began = time.monotonic()
    run = Run(config, output)
    run.process.wait(SECONDS_TO_STEP)
    problems = [] if run.process.returncode == 0 else [f"exit status {run.process.returncode}"]
    found = results(run.folder)
    differing = [key for key in {*found, *whole} if found.get(key) != whole.get(key)]
    if differing:
        problems.append(f"{len(differing)} files differ: {', '.join(sorted(differing)[:3])}")
    message = " ".join(run.errors()) or f"{len(found)} files as in an undisturbed run"
    return Line(name, "(the end)", time.monotonic() - began, problems, message)


def by_signal(number: signal.Signals) -> Fault:
    """A fault that sends a signal to the main process."""
    return lambda run: run.process.send_signal(number)


def fill_disk(run: Run) -> None:
    """Take all room of the file system that holds the run folder, in which the run writes on."""
    with (run.output / "ballast").open("wb", buffering=0) as ballast, suppress(OSError):
        while True:
            ballast.write(bytes(1 << 16))


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    """A small file system in memory."""
    folder.mkdir()
    options = f"size={DISK_MB}m"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def by_signals(
    config: Path, output: Path, number: signal.Signals, steps: Sequence[str]
) -> Iterator[Line]:
    """A signal to the main process in each step."""
    status = -number if number == signal.SIGKILL else 1
    for step in steps:
        yield hit(config, output, number.name, step, by_signal(number), status)


def by_full_disk(config: Path, output: Path, steps: Sequence[str]) -> Iterator[Line]:
    """A full disk in each step, with room again for the next."""
    for step in steps:
        yield hit(config, output, "full disk", step, fill_disk, 1)
        (output / "ballast").unlink()


def by_worker(config: Path, output: Path) -> Iterator[Line]:
    """A signal to a worker process, after which the run goes on."""
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT):
        run = Run(config, output)
        name, step = f"{number.name} of a worker", "FaceExampleGen"
        if not run.wait_for_step(step):
            run.end()
            yield Line(name, step, 0.0, ["ended before the step"], " ".join(run.errors()))
            continue
        began = time.monotonic()
        os.kill(run.workers()[0], number)
        went_on = run.wait_for_result(step)
        seconds = time.monotonic() - began
        run.process.kill()
        _, problems = run.end()
        problems += [] if went_on else ["the step did not finish"]
        yield Line(name, step, seconds, problems, "the run goes on")
        shutil.rmtree(run.folder)  # So that the next one runs the step again.


FAULTS = ("SIGKILL", "SIGTERM", "SIGINT", "full", "worker")


class Plan(NamedTuple):
    """What to run, and where."""

    config: Path
    folder: Path
    steps: Sequence[str]
    whole: dict[str, bytes]  # Results of an undisturbed run.


def lines(plan: Plan, fault: str) -> Iterator[Line]:
    """The lines of one fault."""
    config, output, steps, whole = plan.config, plan.folder / fault, plan.steps, plan.whole
    if fault == "full":
        if os.geteuid() != 0:
            yield Line("full disk", "", 0.0, [], "left out: only root may mount a small disk")
            return
        with small_disk(output):
            yield from by_full_disk(config, output, steps)
            yield finish(config, output, "full disk", whole)
        return
    output.mkdir()
    if fault == "worker":
        yield from by_worker(config, output)
    else:
        yield from by_signals(config, output, signal.Signals[fault], steps)
    yield finish(config, output, fault, whole)


def show(line: Line, file: IO[str]) -> None:
    """Print a line of the table."""
    verdict = "; ".join(line.problems) or "right"
    columns = f"{line.fault:<18} {line.step:<16} {line.seconds:5.1f} s"
    print(f"{columns}  {verdict:<8} {line.message}", file=file, flush=True)


def main() -> int:
    """Draw the data, run undisturbed, then do harm."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--faults", nargs="+", choices=FAULTS, default=FAULTS)
    parser.add_argument("--steps", nargs="+", choices=STEPS, default=STEPS)
    arguments = parser.parse_args()
    folder = arguments.folder.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    from pipelines.demo.plan import least_faces

    drawn = facefold_command("demo", str(folder / "data"), "--faces", str(least_faces()))
    subprocess.run(drawn, cwd=ROOT, env=environment(), check=True, capture_output=True)
    config = folder / "data" / "demo.yaml"
    (folder / "whole").mkdir()
    undisturbed = finish(config, folder / "whole", "none", {})
    plan = Plan(config, folder, arguments.steps, results(folder / "whole" / "demo"))
    if not plan.whole:
        show(undisturbed, sys.stdout)
        return 1

    def right(fault: str) -> bool:
        """Show the lines of one fault as they come."""
        found = []
        for line in lines(plan, fault):
            show(line, sys.stdout)
            found.append(not line.problems)
        return all(found)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return 0 if all(list(pool.map(right, arguments.faults))) else 1


if __name__ == "__main__":
    sys.exit(main())
