"""One local run, from the checks to the summary."""

import datetime
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from pipelines import terminal as streams
from pipelines.local.preflight import RunOptions, check_output, check_run
from pipelines.local.results import NodeFailedError, Outcome
from pipelines.local.run_folder.layout import RunFolder
from pipelines.local.run_folder.lock import run_lock
from schemas.config.blocks import Config
from schemas.errors import ConfigError


class RunFailedError(Exception):
    """The run ended early; the message is the one line to show, `status` the exit status."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def run(config: Config, options: RunOptions) -> Outcome:
    """Run the pipeline of one config on this machine.

    Raises:
      ConfigError: before anything was written.
      RunFailedError: a step failed, or the user interrupted.
    """
    began = time.monotonic()
    folds = check_run(config, options)
    set_environment()
    folder = RunFolder(check_output(config))
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            f"output: {folder.path} cannot be made ({error.strerror}). Set another output."
        ) from error
    log = folder.logs / f"{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%SZ}.log"
    with (
        run_lock(folder.path),
        _inside(folder.path),
        _interruptions() as interrupted,
        streams.redirect_output(log) as terminal,
    ):
        print(f"{config.name}: starting TFX", file=terminal, flush=True)
        # TFX and TensorFlow are imported here, once a run, with their noise in the log.
        from pipelines.local import launch

        if interrupted():  # An import may have swallowed the exception.
            raise RunFailedError(f"interrupted; the same command goes on. Log: {log}")
        try:
            return launch.launch_all(
                launch.Task(config, options, folder, folds, log, terminal, began), interrupted
            )
        except (NodeFailedError, KeyboardInterrupt) as error:
            # Inside a Beam step an interrupt arrives as an ordinary exception: the flag tells.
            if interrupted():
                place = f" in {error.node}" if isinstance(error, NodeFailedError) else ""
                raise RunFailedError(
                    f"interrupted{place}; the same command goes on from there. Log: {log}"
                ) from error
            # What only a node can know, such as the GPUs, may still be a wrong setting.
            status = 2 if isinstance(error.__cause__, ConfigError) else 1
            raise RunFailedError(f"{error} Log: {log}", status) from error


@contextmanager
def _inside(folder: Path) -> Iterator[None]:
    """Work in the run folder: its paths stay relative, so that it may be moved."""
    before = Path.cwd()
    os.chdir(folder)
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _interruptions() -> Iterator[Callable[[], bool]]:
    """Turn Ctrl-C and a polite kill into KeyboardInterrupt, and remember that one came."""
    seen = []

    def remember(number: int, frame: FrameType | None) -> None:
        seen.append((number, frame))
        raise KeyboardInterrupt

    before = {number: signal.signal(number, remember) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(seen)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def set_environment() -> None:
    """Set them for this process and its children; before TensorFlow is imported.

    oneDNN's kernels are on by themselves only where a processor has AVX-512 or AMX. Without, on an
    AMD EPYC, a training step takes a third less time with them (DECISIONS.md). They round
    differently; who needs the other rounding sets TF_ENABLE_ONEDNN_OPTS=0.
    """
    os.environ["TF_USE_LEGACY_KERAS"] = "0"  # TFT would set it to 1 for child processes.
    os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
