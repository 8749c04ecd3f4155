"""A local run, from the checks to the summary."""

import datetime
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from pipelines.local import unchanged
from pipelines.local.preflight import RunOptions, check_output, check_run
from pipelines.local.results import NodeFailedError, NodeResult, Outcome
from pipelines.local.run_folder.layout import FORMAT, RunFolder
from pipelines.local.run_folder.lock import run_lock
from pipelines.local.run_folder.ownership import claim
from pipelines.local.run_folder.store_lock import wait_for_store
from pipelines.local.run_inputs import local_context
from pipelines.local.summary.run_table import finish
from pipelines.process_environment import set_environment
from pipelines.terminal import Display, redirect_output
from schemas.config.blocks import Config
from schemas.errors import ConfigError
from schemas.files import is_disk_full, name_in_errors

if TYPE_CHECKING:
    from pipelines.local import launch

# Between a signal and the look whether its exception was swallowed.
SECONDS_TO_UNWIND = 1.0
_OUTDATED = "Written by an earlier version of Facefold: every step runs anew."


class RunFailedError(Exception):
    """The run ended early; the message is one line, `status` the exit status."""

    def __init__(self, message: str, status: int = 1) -> None:
        super().__init__(message)
        self.status = status


def run(config: Config, options: RunOptions) -> Outcome:
    """Run the pipeline of one config on this machine.

    Raises:
      ConfigError: before anything was written.
      RunFailedError: a node failed, or the user interrupted.
      StoreLockedError: another process kept the MLMD store locked.
    """
    began = time.monotonic()
    folds = check_run(config, options)
    set_environment()
    folder = RunFolder(check_output(config))
    make_folder(folder.path)
    # Inside the run folder recorded paths are relative, so that it may be moved.
    with (
        run_lock(folder.path),
        chdir(folder.path),
        name_in_errors(folder.path),
        interruptions() as interrupted,
    ):
        claim(folder)
        context = local_context(config, folder, folds)
        key = unchanged.reuse_key(config, context, unchanged.installed_code())
        push_to = config.push.directory
        if options == RunOptions() and (results := unchanged.find_results(folder, key, push_to)):
            show_reused(config, results)
            return finish(folder, results, time.monotonic() - began)
        log = folder.logs / f"{datetime.datetime.now(datetime.UTC):%Y%m%dT%H%M%SZ}.log"
        with redirect_output(log) as terminal:
            if _is_outdated(folder):
                print(_OUTDATED, file=terminal, flush=True)
            wait_for_store(
                folder.metadata, report=lambda line: print(line, file=terminal, flush=True)
            )
            print(f"{config.name}: starting TFX", file=terminal, flush=True)
            # TFX and TensorFlow are imported here, once per run; their output goes to the log.
            from pipelines.local import launch

            task = launch.Task(config, options, folder, context, key, log, terminal, began)
            return _launch(task, interrupted)


def make_folder(path: Path) -> None:
    """Make the run folder. Raises ConfigError if that is not allowed, OSError without room."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if is_disk_full(error):
            raise
        raise ConfigError(
            f"output: {path} cannot be made ({error.strerror}). Set another output."
        ) from error


def show_reused(config: Config, results: list[NodeResult]) -> None:
    """Print the nodes as a run does that reuses them all."""
    with Display(sys.stdout, len(results)) as display:
        display.line(f"{config.name}: {len(results)} nodes, {len(results)} to reuse")
        for result in results:
            display.begin(result.name)
            display.end(result.result)


def _is_outdated(folder: RunFolder) -> bool:
    state = folder.read_state()
    return state is not None and state.get("format") != FORMAT


def _launch(task: "launch.Task", interrupted: Callable[[], bool]) -> Outcome:
    from pipelines.local import launch

    try:
        if interrupted():  # An import may have swallowed the exception.
            raise KeyboardInterrupt
        return launch.launch_all(task, interrupted)
    except (NodeFailedError, KeyboardInterrupt) as error:
        # Inside a Beam step an interrupt arrives as an ordinary exception.
        if interrupted():
            node = f" in {error.node}" if isinstance(error, NodeFailedError) else ""
            raise RunFailedError(
                f"interrupted{node}; run the same command to resume. Log: {task.log}"
            ) from error
        # A wrong setting that only a node can detect, such as the GPUs, is a ConfigError too.
        status = 2 if isinstance(error.__cause__, ConfigError) else 1
        raise RunFailedError(f"{error} Log: {task.log}", status) from error


@contextmanager
def interruptions() -> Iterator[Callable[[], bool]]:
    """Raise KeyboardInterrupt on SIGINT and SIGTERM; yields whether one was received.

    What raises in a destructor or a callback is ignored by Python, and the run would go on.
    From the first signal on a timer looks whether an exception is being handled, and raises
    again if none is. It leaves a clean-up alone.
    """
    received: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        received.append(number)
        signal.setitimer(signal.ITIMER_REAL, SECONDS_TO_UNWIND, SECONDS_TO_UNWIND)
        raise KeyboardInterrupt

    def repeat(_number: int, _frame: FrameType | None) -> None:
        if sys.exception() is None:
            raise KeyboardInterrupt

    handlers = {signal.SIGINT: interrupt, signal.SIGTERM: interrupt, signal.SIGALRM: repeat}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    try:
        yield lambda: bool(received)
    except RunFailedError:
        raise
    except Exception as error:
        if received:  # An import or a library has turned it into an error of its own.
            raise KeyboardInterrupt from error
        raise
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
