"""The command line: arguments, messages, exit statuses; none of these tests imports TensorFlow."""

import importlib.metadata
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import pipelines.cli
from pipelines.cli import main
from pipelines.cli.overrides import ConfigSource, load_config, shipped_configs
from pipelines.cli.version import find_gpus
from schemas.errors import ConfigError
from tests.repository import ROOT

HEADER = (
    "user_id\toriginal_image\tface_id\tage\tgender\tx\ty\tdx\tdy\t"
    "tilt_ang\tfiducial_yaw_angle\tfiducial_score"
)
HEAVY = ("tensorflow", "tfx", "apache_beam", "keras", "kfp", "numpy", "pyarrow", "cv2")


def write_data(folder: Path, rows: int = 3) -> Path:
    """Five label files without images, and a config beside them."""
    (folder / "folds").mkdir(parents=True)
    (folder / "faces").mkdir()
    for fold in range(5):
        lines = [
            f"u{fold}@N00\tphoto{row}.jpg\t{fold}\t(25, 32)\tf\t0\t0\t9\t9\t0\t0\t50"
            for row in range(rows)
        ]
        (folder / "folds" / f"fold_{fold}_data.txt").write_text("\n".join([HEADER, *lines]) + "\n")
    config = folder / "mine.yaml"
    config.write_text(
        "name: mine\ndata: {dataset: adience, labels: folds/fold_*_data.txt, images: faces}\n"
    )
    return config


def message(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on standard error; nothing else was printed."""
    out, err = capsys.readouterr()
    assert out == ""
    [line] = err.splitlines()
    return line


@pytest.mark.parametrize(
    "args", [["--help"], ["--version"], ["run", "--help"], ["kubeflow", "compile", "--help"]]
)
def test_help_imports_nothing_heavy(args: list[str]) -> None:
    script = (
        f"import sys\nfrom pipelines.cli import main\nassert main({args!r}) == 0\n"
        f"heavy = [name for name in {HEAVY!r} if name in sys.modules]\nassert not heavy, heavy\n"
    )

    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


def test_config_errors_import_nothing_heavy(tmp_path: Path) -> None:
    config = write_data(tmp_path)
    script = (
        "import sys\nfrom pipelines.cli import main\n"
        f"assert main(['run', {str(config)!r}, 'folds.test=[fold_9]']) == 2\n"
        "heavy = [name for name in ('tensorflow', 'tfx', 'apache_beam', 'keras', 'cv2')"
        " if name in sys.modules]\nassert not heavy, heavy\n"
    )

    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ([], "Missing command. See `facefold --help`."),
        (["fly"], "No such command 'fly'."),
        (["modles"], "No such command 'modles'. Did you mean 'models'?"),
        (["run"], "Missing CONFIG"),
        (["kubeflow", "compil"], "Did you mean 'compile'?"),
        (["run", "CONFIG", "--no-cash"], "'--no-cash'. Did you mean '--no-cache'?"),
        (["run", "CONFIG", "extra"], "Unexpected argument 'extra'"),
        (["demo", "d", "faces=3"], "unexpected extra argument (faces=3)"),
        (["demo", "d", "--faces", "many"], "'--faces': 'many' is not a valid integer"),
        (["run", "adiense"], "did you mean 'adience'?"),
        (["run", "CONFIG", "train.epoch=3"], "did you mean 'epochs'?"),
        (["run", "CONFIG", "train.epochs=many"], "train.epochs is 'many', expected a whole number"),
        (
            ["run", "CONFIG", "train.epochs=0"],
            "train.epochs is 0, expected a whole number, 1 or more",
        ),
        (["run", "CONFIG", "train.model=xeption"], "did you mean 'xception'?"),
        (["run", "CONFIG", "labels.policy=stict"], "did you mean 'strict'?"),
        (["run", "CONFIG", "labels.target=ages"], "did you mean 'age'?"),
        (["run", "CONFIG", "folds.test=[fold_9]"], "folds.test names 'fold_9'"),
        (["run", "CONFIG", "--from", "Trainr"], "--from is 'Trainr' (did you mean 'Trainer'?)"),
        (["run", "CONFIG", "--to", "Push"], "--to is 'Push'"),
        (["run", "CONFIG", "output=CONFIG"], "is a file, expected a folder"),
        (["run", "CONFIG", "data.images=nowhere"], "nowhere"),
        (["run", "CONFIG", "data.labels=nowhere/*.txt"], "nowhere"),
        (["run", "CONFIG", "train.model=inception_v3", "images.side=299"], "ImageNet weights"),
        (["labels", "CONFIG", "data.labels=CONFIG"], "header"),
        (["labels", "CONFIG", "output=CONFIG"], "is a file, expected a folder"),
        (["run", "CONFIG", "train.batch-size=3"], "did you mean 'batch_size'?"),
        (["run", "CONFIG", "folds.test=[fold_4,fold_4]"], "names 'fold_4' twice"),
        (["run", "CONFIG", "evaluate.slices=[gender,gender]"], "has gender twice"),
        (["run", "CONFIG", "train.weights=CONFIG"], "has no pretrained base"),
        (["run", "CONFIG", "push.directory="], "push.directory is"),
        (["run", "CONFIG", "push.directory=../x"], "push.directory is '../x', expected a folder"),
        (["run", "CONFIG", "push.directory=ftp://x/y"], "push.directory is 'ftp://x/y', whose"),
        (["run", "CONFIG", "output=gs://b/x"], "output: 'gs://b/x/"),
        (["labels", "CONFIG", "output=gs://b/x"], "output: 'gs://b/x/"),
        (["labels", "CONFIG", "--export", "gs://b/x"], "--export: 'gs://b/x' is a URI"),
        (["run", "CONFIG", "output=a[b]"], "which Beam reads as a pattern"),
        (["kubeflow", "compile", "kubeflow", "folds.test=[fold_9]"], "folds.test names 'fold_9'"),
        (["kubeflow", "compile", "kubeflow", "folds.test=[]"], "folds.test is empty"),
        (["kubeflow", "compile", "kubeflow", "name=A_b"], "such as name=a-b"),
        (["review", "nowhere"], "holds no review"),
        (["prune", "nowhere"], "has no good run"),
        (["kubeflow", "compile", "CONFIG"], "expected an absolute path in the container"),
        (["kubeflow", "compile", "kubeflow", "-o", "p.json"], "expected a name ending in .yaml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_input_exits_2_with_one_line_that_helps(
    args: list[str],
    expected: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = write_data(tmp_path / "data")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    status = main([arg.replace("CONFIG", str(config)) for arg in args])

    assert status == 2
    assert expected in message(capsys)
    assert list((tmp_path / "work").iterdir()) == []  # Nothing was written.


def test_tf_config_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TF_CONFIG", "{}")

    assert main(["run", str(write_data(tmp_path)), f"output={tmp_path / 'runs'}"]) == 2
    assert "TF_CONFIG is set" in message(capsys)


def test_options_and_overrides_stand_in_any_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_data(tmp_path)
    monkeypatch.chdir(tmp_path)
    orders = [
        ["mine.yaml", "labels.target=gender", "--json", "labels.policy=strict", "--labels-only"],
        ["--json", "labels.target=gender", "--labels-only", "mine.yaml", "labels.policy=strict"],
        ["labels.target=gender", "labels.policy=strict", "mine.yaml", "--labels-only", "--json"],
    ]

    printed = []
    for args in orders:
        assert main(["labels", *args]) == 0
        printed.append(json.loads(capsys.readouterr().out))

    assert printed[0] == printed[1] == printed[2]
    assert (printed[0]["policy"], printed[0]["target"]) == ("strict", "gender")


def test_an_option_s_value_is_never_an_override(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(write_data(tmp_path)), "--from", "seed=3"]) == 2
    assert "--from is 'seed=3'" in message(capsys)


def test_a_new_module_of_the_package_is_a_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "greet.py").write_text(
        "import click\n\n@click.command()\ndef command():\n"
        '    """Print a greeting."""\n    print(\'hello\')\n    return 3\n'
    )
    monkeypatch.setattr("pipelines.cli.__path__", [*pipelines.cli.__path__, str(tmp_path)])

    assert main(["greet"]) == 3
    assert main(["--help"]) == 0
    assert main(["gret"]) == 2

    out, err = capsys.readouterr()
    assert out.startswith("hello\n")
    assert "Print a greeting." in out
    assert "Did you mean 'greet'?" in err


def test_modules_that_are_no_commands_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("overrides", "version"):
        assert main([name]) == 2
        assert f"No such command {name!r}" in message(capsys)


def test_version_names_what_a_bug_report_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0

    facts = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    for package in ("facefold", "tensorflow", "tfx", "apache-beam", "keras"):
        assert facts[package] == importlib.metadata.version(package)
    assert facts["python"] == ".".join(map(str, sys.version_info[:3]))
    assert set(facts) - {"facefold", "tensorflow", "tfx", "apache-beam", "keras", "python"} == {
        "platform", "cpus", "gpus",
    }  # fmt: skip


def test_gpus_are_named_by_the_driver_s_files(tmp_path: Path) -> None:
    assert find_gpus(tmp_path) == f"none (no GPU in {tmp_path})"
    for number, model in enumerate(("NVIDIA L4", "NVIDIA A100-SXM4-40GB")):
        (tmp_path / f"0000:0{number}:00.0").mkdir()
        (tmp_path / f"0000:0{number}:00.0" / "information").write_text(
            f"Model: \t\t {model}\nIRQ:   \t\t 24\n"
        )

    assert find_gpus(tmp_path) == "NVIDIA L4, NVIDIA A100-SXM4-40GB"


def test_a_reader_that_goes_away_ends_the_command_without_a_word() -> None:
    read, write = os.pipe()
    os.close(read)

    ended = subprocess.run(
        [sys.executable, "-m", "pipelines", "--help"],
        cwd=ROOT, stdout=write, stderr=subprocess.PIPE, check=False,
    )  # fmt: skip
    os.close(write)

    assert (ended.returncode, ended.stderr) == (1, b"")


def test_closed_streams_receive_nothing_and_do_no_harm(tmp_path: Path) -> None:
    config = write_data(tmp_path)
    command = f"{sys.executable} -m pipelines labels {config} output={tmp_path} --labels-only"

    ended = subprocess.run(f"{command} >&- 2>&- <&-", shell=True, cwd=ROOT, check=False)

    assert ended.returncode == 0
    [report] = (tmp_path / "mine" / "labels").glob("*.json")
    assert json.loads(report.read_text())["rows"] == 15


def test_shipped_config_takes_data_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_data(tmp_path)
    monkeypatch.chdir(tmp_path)

    assert main(["labels", "adience", "--labels-only", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 15


def test_shipped_configs_are_named_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0

    shown = capsys.readouterr().out
    assert all(name in shown for name in shipped_configs())


def test_unknown_config_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="neither a file nor a shipped config"):
        load_config(ConfigSource("no/such.yaml", ()))
