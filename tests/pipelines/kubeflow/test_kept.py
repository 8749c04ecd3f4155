"""Outputs that are kept between runs: whole, or not at all."""

from pathlib import Path

import pytest

from pipelines.kubeflow import kept
from tests.file_limit import file_limit

OUTPUT = {"artifacts": {"examples": {"artifacts": [{"metadata": {"split_names": "[]"}}]}}}


@pytest.fixture
def places(tmp_path: Path) -> dict[str, Path]:
    """A folder, an empty folder and a file."""
    folder = tmp_path / "made" / "examples"
    (folder / "Split-a").mkdir(parents=True)
    (folder / "Split-a" / "faces").write_bytes(b"faces")
    (tmp_path / "made" / "empty").mkdir()
    (tmp_path / "made" / "report").write_bytes(b"report")
    return {name: tmp_path / "made" / name for name in ("examples", "empty", "report")}


def moved(places: dict[str, Path], to: Path) -> dict[str, Path]:
    return {name: to / "deep" / name for name in places}


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_kept_outputs_are_copied_to_new_places(places: dict[str, Path], tmp_path: Path) -> None:
    store, target = tmp_path / "store", tmp_path / "again"
    kept.keep(store, "key", OUTPUT, places)

    found = kept.reuse(store, "key", moved(places, target))

    assert found is not None
    assert found.output == OUTPUT
    assert content(target / "deep") == content(tmp_path / "made")
    assert (target / "deep" / "empty").is_dir()


def test_nothing_is_kept_under_another_key(places: dict[str, Path], tmp_path: Path) -> None:
    kept.keep(tmp_path / "store", "key", OUTPUT, places)

    assert kept.reuse(tmp_path / "store", "other", places) is None
    assert kept.reuse(tmp_path / "nowhere", "key", places) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda folder: (folder / "examples/Split-a/faces").write_bytes(b"facez"),
        lambda folder: (folder / "examples/Split-a/faces").unlink(),
        lambda folder: (folder / "examples/more").write_bytes(b""),
        lambda folder: (folder / "kept.json").write_text("{"),
        lambda folder: (folder / "kept.json").unlink(),
    ],
)
def test_damaged_outputs_are_not_reused_but_kept_anew(
    damage: object, places: dict[str, Path], tmp_path: Path
) -> None:
    store = tmp_path / "store"
    kept.keep(store, "key", OUTPUT, places)
    damage(store / "outputs" / "key")  # type: ignore[operator]

    assert kept.reuse(store, "key", moved(places, tmp_path / "again")) is None
    assert not (tmp_path / "again").exists()
    kept.keep(store, "key", OUTPUT, places)
    assert kept.reuse(store, "key", moved(places, tmp_path / "again")) is not None


def test_a_full_volume_leaves_nothing(places: dict[str, Path], tmp_path: Path) -> None:
    with file_limit(3), pytest.raises(OSError, match="File too large"):
        kept.keep(tmp_path / "store", "key", OUTPUT, places)

    assert content(tmp_path / "store") == {}
    assert kept.reuse(tmp_path / "store", "key", places) is None


def test_a_folder_is_copied_once(places: dict[str, Path], tmp_path: Path) -> None:
    target = tmp_path / "reviews" / "hash"
    kept.keep_folder(places["examples"], target)
    (places["examples"] / "Split-a" / "faces").write_bytes(b"other")

    kept.keep_folder(places["examples"], target)

    assert content(target) == {"Split-a/faces": b"faces"}


def test_a_key_is_of_executor_parameters_and_inputs() -> None:
    key = kept.step_key("a.B", {"code": "1", "seed": 2.0}, {"examples": "x"})

    assert key == kept.step_key("a.B", {"seed": 2.0, "code": "1"}, {"examples": "x"})
    others = [
        kept.step_key("a.C", {"code": "1", "seed": 2.0}, {"examples": "x"}),
        kept.step_key("a.B", {"code": "2", "seed": 2.0}, {"examples": "x"}),
        kept.step_key("a.B", {"code": "1", "seed": 2.0}, {"examples": "y"}),
        kept.step_key("a.B", {"code": "1", "seed": 2.0}, {"model": "x"}),
    ]
    assert len({key, *others}) == 5
    assert kept.output_key(key, "a") != kept.output_key(key, "b")


def test_a_content_key_is_of_names_and_bytes(places: dict[str, Path]) -> None:
    before = kept.content_key(places["examples"])
    file = places["examples"] / "Split-a" / "faces"

    file.rename(file.with_name("other"))
    renamed = kept.content_key(places["examples"])
    file.with_name("other").rename(file)

    assert kept.content_key(places["examples"]) == before
    assert len({before, renamed, kept.content_key(places["report"])}) == 3
