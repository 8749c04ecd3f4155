"""Launches the nodes one by one and collects their results."""

import errno
import json
import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from tfx import v1 as tfx
from tfx.dsl.placeholder import placeholder

from components.trainer.training.distribution import prepare_devices
from pipelines.beam import options as beam
from pipelines.local import graph as graphs
from pipelines.local import reuse, unchanged
from pipelines.local.graph import Graph
from pipelines.local.preflight import RunOptions
from pipelines.local.results import DONE, REUSED, NodeFailedError, NodeResult, Outcome
from pipelines.local.run_folder import file_manifest, store_lock
from pipelines.local.run_folder.layout import RunFolder
from pipelines.local.run_folder.recovery import recover
from pipelines.local.summary.run_table import finish
from pipelines.pipeline import create_pipeline
from pipelines.run_context import RunContext
from pipelines.terminal import Display
from schemas.config.blocks import DASK_ADDRESS, Config
from schemas.errors import ConfigError, DataError, RejectError
from schemas.files import has_room, is_disk_full

_log = logging.getLogger(__name__)

OURS = (ConfigError, DataError, RejectError)


class Task(NamedTuple):
    """What to run, where, and where to print."""

    config: Config
    options: RunOptions
    folder: RunFolder
    context: RunContext
    key: str  # Of `unchanged.reuse_key`.
    log: Path
    terminal: TextIO
    began: float  # time.monotonic() of the start, before the imports.


def launch_all(task: Task, interrupted: Callable[[], bool]) -> Outcome:
    """Run every node that the options ask for, in order.

    Args:
      task: the run.
      interrupted: whether the user asked to stop; a step may wrap it in another error.

    Raises:
      NodeFailedError: one or more nodes failed.
    """
    prepare_devices(task.config.train)  # Before any step starts TensorFlow.
    unchanged.invalidate(task.folder)
    recover(task.folder)
    beam.set_environment(task.config.beam)
    os.environ[DASK_ADDRESS] = task.config.dask.address or ""
    graph = compile_run(task)
    wanted = _wanted(graph, task.options)
    reusable = reuse.find_reusable(graph, task.folder.artifacts, task.config.push.directory)
    # TFX would reuse a node whose files are gone.
    graphs.disable_cache(graph, set(graph.names) - set(reusable))
    with Display(task.terminal, len(wanted)) as display:
        kept = len(reusable.keys() & set(wanted))
        display.line(f"{task.config.name}: {len(wanted)} nodes, {kept} to reuse")
        display.line(f"Beam: {beam.describe(task.config.beam)}. Log: {task.log}")
        results = launch_wanted(graph, wanted, task.folder.artifacts, display, interrupted)
    outcome = finish(task.folder, results, time.monotonic() - task.began)
    if wanted == graph.names:
        unchanged.record(task.folder, task.key, results)
    return outcome


def compile_run(task: Task) -> Graph:
    """Compile the pipeline of this run, with the options' cache settings."""
    connection = tfx.orchestration.metadata.sqlite_metadata_connection_config(
        str(task.folder.metadata)
    )
    pipeline = create_pipeline(
        task.config,
        replace(task.context, beam_args=beam_args(), metadata=connection, cache=task.options.cache),
    )
    graph = graphs.compile_graph(pipeline)
    if task.options.start is not None:
        graphs.disable_cache(graph, graphs.with_descendants(graph, task.options.start))
    return graph


def beam_args() -> tuple[Any, ...]:
    """Beam options, the same text for every runner and number of workers.

    Their values come from the environment (`beam.set_environment`), which TFX's cache ignores:
    none of them changes an output.
    """
    return (
        beam.NO_PACKAGE,
        *(
            f"--{option}=" + placeholder.environment_variable(beam.variable(option))
            for option in beam.OPTIONS
        ),
    )


def _wanted(graph: Graph, options: RunOptions) -> list[str]:
    if options.stop is None:
        return graph.names
    needed = graphs.with_ancestors(graph, options.stop)
    return [name for name in graph.names if name in needed]


def launch_wanted(
    graph: Graph,
    wanted: list[str],
    root: Path,
    display: Display,
    interrupted: Callable[[], bool],
) -> list[NodeResult]:
    """Run the nodes; after a failure, those that do not depend on it.

    The other folds of a cross-validation then need not run again. A ConfigError, an interrupt or a
    full disk ends the run at once.
    """
    results: list[NodeResult] = []
    failures: list[NodeFailedError] = []
    lost: set[str] = set()  # Failed nodes and their descendants.
    for name in wanted:
        if name in lost:
            continue
        try:
            results.append(_launch(graph, name, display))
        except NodeFailedError as error:
            if interrupted() or _ends_the_run(error.__cause__):
                raise
            failures.append(error)
            lost |= graphs.with_descendants(graph, name)
            display.line(_left_out(wanted, name, lost))
            continue
        for uris in results[-1].outputs.values():
            for uri in uris:
                file_manifest.record(root, uri)
    if failures:
        first, *others = failures
        raise NodeFailedError(first.node, "; ".join([first.reason, *map(str, others)]))
    return results


def _ends_the_run(cause: BaseException | None) -> bool:
    return isinstance(cause, ConfigError | KeyboardInterrupt) or (
        cause is not None and is_disk_full(cause)
    )


def _left_out(wanted: list[str], failed: str, lost: set[str]) -> str:
    after = wanted[wanted.index(failed) + 1 :]
    left_out = [name for name in after if name in lost]
    others = len(after) - len(left_out)
    return f"left out after {failed}: {', '.join(left_out) or 'nothing'}; {others} nodes go on"


def _launch(graph: Graph, name: str, display: Display) -> NodeResult:
    display.begin(name)
    try:
        store_lock.wait_for_store(graph.store_file, report=display.line)
        execution = graph.launch(name)
        with graph.store() as handle:
            record = handle.store.get_executions_by_id([execution])[0]
            outputs = graphs.output_uris(handle, execution)
            missing = graphs.unrecorded_outputs(graph, handle, execution, name)
        _check_recorded(record, missing)
    except KeyboardInterrupt as error:
        display.end("interrupted")
        raise NodeFailedError(name, _message(error, graph.store_file)) from error
    except Exception as error:  # noqa: BLE001 - a step may raise anything; it ends the run here.
        display.end("failed")
        _log.exception("%s failed", name)
        cause = find_cause(error, graph.store_file)
        raise NodeFailedError(name, _message(cause, graph.store_file)) from cause
    done = REUSED if record.last_known_state == type(record).CACHED else DONE
    return NodeResult(name, done, display.end(done), outputs)


def _check_recorded(record: Any, missing: Sequence[str]) -> None:
    """Raise RuntimeError unless the store holds the success of an execution and all its outputs."""
    if record.last_known_state not in (type(record).COMPLETE, type(record).CACHED):
        raise RuntimeError(_stored_error(record))
    if missing:
        raise RuntimeError(f"its outputs were not recorded: {', '.join(missing)}")


def _stored_error(record: Any) -> str:
    """The last line of the error that MLMD recorded for a failed execution, a traceback in JSON."""
    text = record.custom_properties["__execution_result__"].string_value
    try:
        text = json.loads(text)["resultMessage"]
    except (ValueError, KeyError):
        _log.warning("an error is recorded in another form: %r", text)
    lines = text.split("\n")
    return next((line for line in reversed(lines) if line), "its inputs could not be resolved")


def find_cause(error: Exception, store_file: Path) -> BaseException:
    """The root cause, or the full disk that it does not tell of.

    SQLite ends a transaction that meets a full disk; what MLMD does next may fail in other words,
    or leave an execution without its outputs.
    """
    cause = root_cause(error)
    if _is_telling(cause) or has_room(store_file.parent):
        return cause
    return OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(store_file))


def root_cause(error: BaseException) -> BaseException:
    """The first error in the chain of causes that tells what to do, or else its last link.

    Such are ours, and those of a full disk or a locked store; TFX meets these while it handles
    another one.
    """
    chain = [error]
    while cause := chain[-1].__cause__ or (
        None if chain[-1].__suppress_context__ else chain[-1].__context__
    ):
        chain.append(cause)
    return next(filter(_is_telling, chain), chain[-1])


def _is_telling(error: BaseException) -> bool:
    return isinstance(error, OURS) or is_disk_full(error) or store_lock.is_lock_error(error)


def _message(error: BaseException, store_file: Path) -> str:
    """The error in one line; one that names no file gets the run folder's path or the store's."""
    if store_lock.is_lock_error(error):
        return store_lock.describe_lock(store_file)
    if isinstance(error, OSError) and error.filename is None and error.errno is not None:
        error.filename = os.getcwd()
    if is_disk_full(error):
        in_words = (
            f"{error.strerror}: {error.filename}"
            if isinstance(error, OSError)
            else f"{os.strerror(errno.ENOSPC)}: {store_file}"
        )
        return f"{in_words}. Make room, then run the same command again."
    return " ".join(str(error).split()) or type(error).__name__
