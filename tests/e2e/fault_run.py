"""A run in a process of its own, which is disturbed."""

import os
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from tests.repository import ROOT, environment, facefold_command

SETTINGS = (
    "images.side=24", "train.model=utk_cnn", "train.epochs=1", "train.batch_size=32",
    "train.deterministic=true", "beam.workers=2", "evaluate.thresholds.accuracy=0.0",
    "evaluate.thresholds.worst_group_accuracy=0.0",
)  # fmt: skip


SECONDS_TO_END = 10  # After a signal.
SECONDS_TO_NOTICE = 120  # That the disk is full: a step may compute for long before it writes.
SECONDS_TO_STEP = 600  # On a busy machine.


class Run:
    """One command in a process of its own, and its output so far."""

    def __init__(self, config: Path, output: Path) -> None:
        self.output = output
        self.folder = output / "demo"
        self._shown = output.parent / f"{output.name}.shown"
        self._errors = output.parent / f"{output.name}.errors"
        with self._shown.open("w") as shown, self._errors.open("w") as errors:
            self.process = subprocess.Popen(
                facefold_command("run", str(config), *SETTINGS, f"output={output}"),
                cwd=ROOT, env=environment(), stdout=shown, stderr=errors, start_new_session=True,
            )  # fmt: skip

    def shown(self) -> str:
        """Standard output."""
        return self._shown.read_text()

    def errors(self) -> list[str]:
        """The lines of standard error."""
        return self._errors.read_text().splitlines()

    def wait_for(self, condition: Callable[[], object]) -> bool:
        """Whether it came true while the process ran."""
        limit = time.monotonic() + SECONDS_TO_STEP
        while not condition():
            if self.process.poll() is not None or time.monotonic() > limit:
                return False
            time.sleep(0.005)
        return True

    def wait_for_step(self, step: str) -> bool:
        """Wait for a step's first line; in the image step for its worker processes, too."""
        if not self.wait_for(lambda: f"] {step:<16} ..." in self.shown()):
            return False
        return step != "FaceExampleGen" or self.wait_for(self.workers)

    def wait_for_result(self, step: str) -> bool:
        """Wait for a step's last line."""
        return self.wait_for(lambda: f"] {step:<16} done" in self.shown())

    def workers(self) -> list[int]:
        """Worker processes of the image step."""
        return [pid for pid, command in members(self.process.pid) if "worker_process" in command]

    def end(self, limit: float = SECONDS_TO_END) -> tuple[float, list[str]]:
        """(seconds until the process ended, what was wrong with it)."""
        began = time.monotonic()
        try:
            self.process.wait(limit)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            return time.monotonic() - began, [f"still there after {limit} s"]
        seconds = time.monotonic() - began
        while left := members(self.process.pid):
            if time.monotonic() - began > limit:
                os.killpg(self.process.pid, signal.SIGKILL)
                return seconds, [f"{len(left)} processes left: {left}"]
            time.sleep(0.02)
        return seconds, []


def members(session: int) -> list[tuple[int, str]]:
    """Running processes of a session, with their commands; zombies are none."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            state, _, _, number = (folder / "stat").read_text().rpartition(")")[2].split()[:4]
            command = (folder / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:  # It has ended.
            continue
        if int(number) == session and state != "Z":
            found.append((int(folder.name), command))
    return found
