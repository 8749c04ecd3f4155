"""What still runs after a node failed, on a tiny pipeline of its own."""

import errno
import io
import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from tfx import v1 as tfx
from tfx.dsl.io import fileio

from pipelines.local import graph as graphs
from pipelines.local.launch import launch_wanted
from pipelines.local.results import NodeFailedError
from pipelines.terminal import Display
from schemas.errors import ConfigError, DataError

pytestmark = pytest.mark.tf

Thing = tfx.types.standard_artifacts.HyperParameters


@tfx.dsl.components.component
def Breaks(  # noqa: N802 - TFX components read as classes.
    thing: tfx.dsl.components.OutputArtifact[Thing],  # noqa: ARG001 - for the node that follows.
    fault: tfx.dsl.components.Parameter[str],
) -> None:
    """Fail, as the data, a wrong setting or a full disk does."""
    if fault == "disk":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/data/faces")
    raise {"data": DataError, "setting": ConfigError}[fault](f"a wrong {fault}")


@tfx.dsl.components.component
def IsForgotten(  # noqa: N802 - TFX components read as classes.
    thing: tfx.dsl.components.OutputArtifact[Thing],  # noqa: ARG001 - its record is lost.
    store: tfx.dsl.components.Parameter[str],
    table: tfx.dsl.components.Parameter[str],
) -> None:
    """Let a table of the store lose what is recorded from now on."""
    with sqlite3.connect(store) as connection:
        connection.execute(
            f"CREATE TRIGGER forget AFTER INSERT ON {table} BEGIN DELETE FROM {table}; END"
        )


@tfx.dsl.components.component
def Follows(  # noqa: N802 - TFX components read as classes.
    thing: tfx.dsl.components.InputArtifact[Thing],
) -> None:
    """Cannot run."""


@tfx.dsl.components.component
def Alone(  # noqa: N802 - TFX components read as classes.
    thing: tfx.dsl.components.OutputArtifact[Thing],
) -> None:
    """Follow from nothing."""
    fileio.makedirs(thing.uri)
    with fileio.open(os.path.join(thing.uri, "done"), "w") as file:
        file.write("")


def run(folder: Path, faults: tuple[str, ...], *, interrupted: bool = False) -> tuple[str, str]:
    """(the error, what was shown) of nodes `Breaks_0`..., one that follows each, and one alone."""
    broken = [Breaks(fault=fault).with_id(f"Breaks_{n}") for n, fault in enumerate(faults)]
    following = [
        Follows(thing=node.outputs["thing"]).with_id(f"Follows_{n}")
        for n, node in enumerate(broken)
    ]
    return launched(folder, [*broken, *following, Alone()], interrupted=interrupted)


def launched(folder: Path, components: list[Any], *, interrupted: bool = False) -> tuple[str, str]:
    """(the error, what was shown) of a pipeline, first the nodes that break."""
    connection = tfx.orchestration.metadata.sqlite_metadata_connection_config(str(folder / "db"))
    pipeline = tfx.dsl.Pipeline(
        pipeline_name="tiny",
        pipeline_root=str(folder / "artifacts"),
        components=components,
        metadata_connection_config=connection,
    )
    graph = graphs.compile_graph(pipeline)
    shown = io.StringIO()
    with Display(shown, 0) as display, pytest.raises(NodeFailedError) as caught:
        launch_wanted(
            graph, sorted(graph.names, reverse=True, key=lambda name: name.startswith("Breaks")),
            folder / "artifacts", display, lambda: interrupted,
        )  # fmt: skip
    return str(caught.value), shown.getvalue()


def alone_ran(folder: Path) -> bool:
    return bool(list(folder.glob("artifacts/Alone/thing/*/done")))


def test_what_does_not_follow_from_a_failure_still_runs(tmp_path: Path) -> None:
    error, shown = run(tmp_path, ("data", "data"))

    assert error == "Breaks_0 failed: a wrong data; Breaks_1 failed: a wrong data"
    assert "left out after Breaks_0: Follows_0; 3 nodes go on" in shown
    assert "Follows_1 " not in shown
    assert alone_ran(tmp_path)


def test_a_wrong_setting_would_fail_them_all_and_ends_the_run(tmp_path: Path) -> None:
    error, _ = run(tmp_path, ("setting", "data"))

    assert error == "Breaks_0 failed: a wrong setting"
    assert not alone_ran(tmp_path)


def test_a_full_disk_would_fail_them_all_and_ends_the_run(tmp_path: Path) -> None:
    error, _ = run(tmp_path, ("disk", "data"))

    assert error == (
        "Breaks_0 failed: No space left on device: /data/faces. "
        "Make room, then run the same command again."
    )
    assert not alone_ran(tmp_path)


def test_an_interrupt_that_a_step_hid_in_an_error_of_its_own_ends_the_run(tmp_path: Path) -> None:
    error, _ = run(tmp_path, ("data",), interrupted=True)

    assert error == "Breaks_0 failed: a wrong data"
    assert not alone_ran(tmp_path)


@pytest.mark.parametrize("table", ["Event", "Attribution"])
def test_a_node_without_its_outputs_in_the_store_failed(table: str, tmp_path: Path) -> None:
    lost = IsForgotten(store=str(tmp_path / "db"), table=table)

    error, shown = launched(tmp_path, [lost, Follows(thing=lost.outputs["thing"])])

    assert error == "IsForgotten failed: its outputs were not recorded: thing"
    assert "left out after IsForgotten: Follows" in shown


def test_a_node_whose_inputs_are_missing_fails_in_one_line(tmp_path: Path) -> None:
    latest = tfx.dsl.Resolver(
        strategy_class=tfx.dsl.experimental.LatestArtifactStrategy,
        thing=tfx.dsl.Channel(type=Thing),
    )

    error, _ = launched(tmp_path, [latest])

    assert error.startswith("Resolver failed: ")
    assert "Error while resolving inputs for Resolver" in error
    assert "\n" not in error
