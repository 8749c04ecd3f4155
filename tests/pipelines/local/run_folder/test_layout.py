"""Files of the run folder are written whole, and found again."""

from pathlib import Path

import pytest

from pipelines.local.run_folder.layout import RunFolder, execution_folders, publish, write_text


def test_a_text_replaces_the_old_one_and_leaves_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "sub" / "a.json"

    for text in ("one", "zwei ä"):
        write_text(path, text)

    assert path.read_bytes() == "zwei ä".encode()
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_text(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    write_text(path, "old")

    with pytest.raises(UnicodeEncodeError):
        write_text(path, "\ud800")

    assert path.read_text() == "old"


def test_publishing_replaces_files_and_keeps_what_else_is_there(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "review"
    for folder, name, text in ((source, "a", "new"), (target, "a", "old"), (target, "b", "kept")):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text)

    publish(source, target)

    assert {path.name: path.read_text() for path in target.iterdir()} == {"a": "new", "b": "kept"}


def test_execution_folders_are_those_of_outputs_and_of_the_steps_own(tmp_path: Path) -> None:
    wanted = ["A/.system/executor_execution/1", "A/out/1", "A/out/2", "B/out/3"]
    for name in wanted:
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "A" / "out" / "file").write_text("")
    (tmp_path / "file").write_text("")

    found = [path.relative_to(tmp_path).as_posix() for path in execution_folders(tmp_path)]

    assert found == wanted
    assert list(execution_folders(tmp_path / "none")) == []


def test_the_size_counts_every_file_once(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "sub" / "b").write_bytes(b"4567")

    assert RunFolder(tmp_path).size() == 7


def test_a_folder_before_its_first_run_has_no_state(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)

    assert folder.read_state() is None
    write_text(folder.state, '{"artifacts": []}')
    assert folder.read_state() == {"artifacts": []}
