"""What no command expects: one line, an exit status, and nothing that waits for ever."""

import os
import re
import resource
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.cli import main
from pipelines.local.run_folder.lock import run_lock
from tests.file_limit import file_limit
from tests.repository import ROOT, environment, facefold_command

PLAIN = "name: a\ndata: {dataset: adience, labels: l, images: i}\n"


def config_with_labels(folder: Path) -> Path:
    """A config whose labels alone can be read."""
    (folder / "l").mkdir(parents=True)
    (folder / "i").mkdir()
    header = (
        "user_id\toriginal_image\tface_id\tage\tgender\tx\ty\tdx\tdy\t"
        "tilt_ang\tfiducial_yaw_angle\tfiducial_score"
    )
    row = "u1\ta.jpg\t1\t(25, 32)\tm\t1\t2\t3\t4\t-5\t15\t90"
    (folder / "l" / "fold_0_data.txt").write_text(f"{header}\n{row}\n")
    path = folder / "mine.yaml"
    path.write_text("name: a\ndata: {dataset: adience, labels: l/*.txt, images: i}\n")
    return path


def run(*args: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """A command in a process of its own."""
    streams: dict[str, Any] = {
        "cwd": ROOT,
        "stderr": subprocess.PIPE,
        "stdout": subprocess.PIPE,
    } | options
    done: subprocess.CompletedProcess[str] = subprocess.run(
        facefold_command(*args), env=environment(), text=True, timeout=600, check=False, **streams
    )
    return done


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    [line] = capsys.readouterr().err.splitlines()
    return line


def make_fifo(path: Path) -> None:
    os.mkfifo(path)


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))  # The name of a socket has at most 107 bytes.


def make_sparse(path: Path) -> None:
    path.touch()
    os.truncate(path, 60 * 2**30)


NO_FILES: dict[str, tuple[Callable[[Path], None], str]] = {
    "FIFO": (make_fifo, "is no regular file"),
    "socket": (make_socket, "cannot read the config"),
    "device": (lambda path: path.symlink_to("/dev/zero"), "is no regular file"),
    "folder": (Path.mkdir, "Is a directory"),
    "far too large": (make_sparse, "has 64,424,509,440 bytes, expected at most"),
}


@pytest.mark.parametrize(
    "argument", ["{}", "mine.yaml labels.policy={}", "mine.yaml labels.classes={}"]
)
@pytest.mark.parametrize("kind", NO_FILES)
def test_what_is_no_small_file_is_refused_at_once(
    kind: str,
    argument: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.yaml").write_text(PLAIN)
    make, expected = NO_FILES[kind]
    make(Path("odd.yaml"))
    began = time.monotonic()

    status = main(["labels", *argument.format("odd.yaml").split()])

    assert (status, time.monotonic() - began < 5) == (2, True)
    assert expected in one_line(capsys)


def test_aliases_that_unfold_to_billions_of_values_are_refused_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    merged = [f"m{n}: &m{n} {{<<: [{', '.join([f'*m{n - 1}'] * 9)}]}}" for n in range(1, 10)]
    for number, lines in enumerate((["a0: &a0 [x]", *levels], ["m0: &m0 {x: 1}", *merged])):
        path = tmp_path / f"{number}.yaml"
        path.write_text("\n".join([*lines, PLAIN]))
        began = time.monotonic()

        assert main(["labels", str(path)]) == 2

        assert time.monotonic() - began < 5
        assert "with every alias written out, expected at most 50,000" in one_line(capsys)


@pytest.mark.parametrize(
    ("args", "status", "expected"),
    [
        (["labels", "\udcff.yaml"], 2, "is not UTF-8"),
        (["labels", "CONFIG", "data.images=a\udcff"], 2, "is not UTF-8"),
        (["labels", "CONFIG", "output=a\0"], 2, "is not UTF-8"),
        (["labels", "CONFIG", r'output="a\0"'], 2, r"output is 'a\x00', expected UTF-8 text"),
        (["labels", "CONFIG", r'labels.policy="a\0.yaml"'], 2, "expected UTF-8 text"),
        (["labels", "CONFIG", r'data.images="\ud800"'], 2, "expected UTF-8 text"),
        (["labels", "CONFIG", r'train={"\ud800": 3}'], 2, "expected UTF-8 text"),
        (["labels", "x" * 300], 2, "is neither a file nor a shipped config"),
        (["labels", "CONFIG", "output=" + "x" * 300], 2, "a name has more than 255 bytes"),
        (["labels", "CONFIG", "name=" + "x" * 64], 2, "64 letters, expected at most 63"),
        (["review", "x" * 300], 2, "File name too long"),
        (["prune", "x" * 300], 2, "File name too long"),
        (["demo", "\udcff"], 2, "is not UTF-8"),
    ],
)
def test_a_text_that_can_be_no_path_is_refused(
    args: list[str], status: int, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = config_with_labels(tmp_path)

    assert main([arg.replace("CONFIG", str(config)) for arg in args]) == status

    assert expected in one_line(capsys)


def test_a_removed_current_folder_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    assert main(["labels", "adience"]) == 2
    assert "the current folder was removed" in one_line(capsys)


def test_an_unexpected_error_is_one_line_and_its_traceback_is_in_the_log_that_it_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".facefold").touch()
    (tmp_path / "run.json").write_text('{"artifacts": 5}')

    assert main(["prune", str(tmp_path)]) == 1

    line = one_line(capsys)
    assert re.fullmatch(r"facefold: TypeError: .* Log: (\S+)", line), line
    log = Path(line.rpartition("Log: ")[2])
    assert "Traceback (most recent call last)" in log.read_text()
    log.unlink()


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("labels mine.yaml --labels-only output=runs", "runs/a/labels/"),
        ("demo drawn", "drawn/README.md"),
    ],
)
def test_a_full_disk_is_one_line_with_the_path_and_the_command_works_once_there_is_room(
    command: str,
    file: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A limit on the size of files stands for the disk."""
    config_with_labels(tmp_path)
    monkeypatch.chdir(tmp_path)
    with file_limit(100):
        status = main(command.split())

    line = one_line(capsys)
    assert (status, line.startswith("facefold: File too large: ")) == (1, True)
    assert file in line
    if command.startswith("labels"):
        assert main(command.split()) == 0


def test_a_lock_that_the_disk_has_no_room_for_is_named(tmp_path: Path) -> None:
    expected = r"File too large: .*/lock"
    with file_limit(0), pytest.raises(OSError, match=expected), run_lock(tmp_path):
        pass

    with run_lock(tmp_path):
        assert (tmp_path / "lock").read_text() == str(os.getpid())


@pytest.mark.parametrize("command", [["--help"], ["labels", "CONFIG", "--labels-only"]])
def test_a_full_standard_output_is_an_exit_status_and_one_line(
    command: list[str], tmp_path: Path
) -> None:
    config = str(config_with_labels(tmp_path))
    with open("/dev/full", "w") as full:
        done = run(*(arg.replace("CONFIG", config) for arg in command), stdout=full, cwd=tmp_path)

    assert done.returncode == 1
    assert done.stderr == ("facefold: standard output cannot be written: No space left on device\n")


def test_a_full_standard_error_leaves_the_exit_status() -> None:
    with open("/dev/full", "w") as full:
        assert run("labels", "nowhere", stderr=full).returncode == 2


def test_a_user_number_without_a_name_and_without_home_is_served(tmp_path: Path) -> None:
    config = config_with_labels(tmp_path)
    (tmp_path / "runs").mkdir(mode=0o777)
    (tmp_path / "runs").chmod(0o777)
    for folder in (tmp_path, *tmp_path.parents[:3]):
        folder.chmod(folder.stat().st_mode | 0o055)
    if os.geteuid() != 0:
        pytest.skip("only root may run a command as another user")

    done = subprocess.run(
        ["setpriv", "--reuid", "12345", "--clear-groups",
         *facefold_command("labels", str(config), "--labels-only", f"output={tmp_path / 'runs'}")],
        env={"PYTHONPATH": str(ROOT)}, cwd=ROOT, capture_output=True, text=True, timeout=600,
        check=False,
    )  # fmt: skip

    assert (done.returncode, done.stderr) == (0, "")


def test_sigterm_interrupts_every_command_and_leaves_no_unfinished_file(tmp_path: Path) -> None:
    process = subprocess.Popen(
        facefold_command("demo", str(tmp_path / "demo")), cwd=ROOT, env=environment(),
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    limit = time.monotonic() + 60
    while not list(tmp_path.glob("demo/**/*.jpg")) and time.monotonic() < limit:
        time.sleep(0.02)

    process.send_signal(signal.SIGTERM)

    _, shown = process.communicate(timeout=60)
    assert process.returncode == 1
    assert shown.splitlines()[-1] == "facefold: interrupted"


def test_a_label_file_without_line_ends_is_refused_before_it_fills_the_memory(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = config_with_labels(tmp_path)
    os.truncate(tmp_path / "l" / "fold_0_data.txt", 60 * 2**30)
    limit = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (20 * 2**30, limit[1]))

    try:
        status = main(["labels", str(config), "--labels-only", f"output={tmp_path / 'runs'}"])
    finally:
        resource.setrlimit(resource.RLIMIT_AS, limit)

    assert status == 2
    assert "has a line of more than 67,108,864 bytes" in one_line(capsys)
