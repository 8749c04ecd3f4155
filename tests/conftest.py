"""Fixtures of several test folders."""

import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

from tests.repository import ROOT, run_facefold

SHARED_DATA = ROOT.parent / "shared" / "data"

# `replan.py` changes the drawn data for a while, which the runs of the other file would notice.
ONE_RUN = ("tests/e2e/test_reuse.py", "tests/e2e/test_run.py")

# A shell ignores SIGINT for what it starts with `&`, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)

Once = Callable[[str, Callable[[Path], None]], Path]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs beside the repository."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real inputs (../shared/data) are not beside the repository")
    return SHARED_DATA


@pytest.fixture(scope="session")
def once(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Once:
    """Make a folder once per pytest invocation, whichever of xdist's workers asks first."""
    own = tmp_path_factory.getbasetemp()
    shared = own if worker_id == "master" else own.parent

    def make_once(name: str, fill: Callable[[Path], None]) -> Path:
        folder, whole = shared / name, shared / f"{name}.whole"
        with FileLock(shared / f"{name}.lock"):
            if not whole.exists():
                shutil.rmtree(folder, ignore_errors=True)
                folder.mkdir()
                fill(folder)
                whole.touch()
        return folder

    return make_once


@pytest.fixture(scope="session")
def drawn_demo(once: Once) -> Path:
    """The smallest demo as `facefold demo` draws it, for reading alone."""
    from pipelines.demo.plan import least_faces

    def draw(folder: Path) -> None:
        drawn = run_facefold(
            "demo", str(folder / "demo"), "--faces", str(least_faces()), "--seed", "3"
        )
        assert drawn.returncode == 0, drawn.stderr

    return once("drawn", draw) / "demo"


class FileScheduling(LoadScopeScheduling):
    """Gives each file to one worker, so that its fixtures are made once."""

    def _split_scope(self, nodeid: str) -> str:
        """Scope of a test: tests of one scope run in one worker."""
        file = nodeid.partition("::")[0]
        return "one run" if file in ONE_RUN else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> FileScheduling:
    """Schedule by file, whatever `--dist` names."""
    return FileScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run long files first.

    The first file makes the small run; others that read it come after those with TensorFlow, so
    that no worker waits for it.
    """
    marks: dict[str, set[str]] = {}
    for item in items:
        file = item.nodeid.partition("::")[0]
        marks.setdefault(file, set()).update(mark.name for mark in item.iter_markers())

    def order(item: pytest.Item) -> int:
        file = item.nodeid.partition("::")[0]
        if file in ONE_RUN:
            return 0
        return 2 if "e2e" in marks[file] else 1 if "tf" in marks[file] else 3

    items.sort(key=order)
