"""Fixtures of several test folders."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from tests.repository import ROOT, run_facefold

SHARED_DATA = ROOT.parent / "shared" / "data"

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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give each file to one of xdist's workers, the long ones first: whole runs, then TensorFlow.

    Files that share a folder which they change name a group of their own.
    """
    marks: dict[Path, set[str]] = {}
    for item in items:
        marks.setdefault(item.path, set()).update(mark.name for mark in item.iter_markers())
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(str(item.path.relative_to(ROOT))))
    items.sort(key=lambda item: ("e2e" not in marks[item.path], "tf" not in marks[item.path]))
