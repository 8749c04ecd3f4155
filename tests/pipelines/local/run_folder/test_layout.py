"""Layout of the run folder."""

from pathlib import Path

from pipelines.local.run_folder.layout import RunFolder, execution_folders, publish, total_size


def test_publishing_replaces_files_and_keeps_what_else_is_there(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "review"
    for folder, name, text in ((source, "a", "new"), (target, "a", "old"), (target, "b", "kept")):
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(text)

    publish(source, target)

    assert {path.name: path.read_text() for path in target.iterdir()} == {"a": "new", "b": "kept"}


def test_execution_folders_are_those_of_the_steps_alone(tmp_path: Path) -> None:
    wanted = [
        "Pusher/.system/executor_execution/1",
        "Pusher/out/1",
        "Pusher/out/2",
        "Trainer_fold_0/out/3",
    ]
    for name in wanted:
        (tmp_path / name).mkdir(parents=True)
    for name in ("mine/out/4", "Trainers/out/5", "Pusher/out/mine", "Pusher/.mine"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "Pusher" / "out" / "6").symlink_to(tmp_path / "mine")
    (tmp_path / "Pusher" / "out" / "7").write_text("")
    (tmp_path / "file").write_text("")

    folders = [path.relative_to(tmp_path).as_posix() for path in execution_folders(tmp_path)]

    assert folders == wanted
    assert list(execution_folders(tmp_path / "none")) == []


def test_the_size_counts_every_file_once(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "sub" / "b").write_bytes(b"4567")

    assert total_size(tmp_path) == 7


def test_a_folder_before_its_first_run_has_no_state(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)

    assert folder.read_state() is None
    folder.state.write_text('{"artifacts": []}')
    assert folder.read_state() == {"artifacts": []}
