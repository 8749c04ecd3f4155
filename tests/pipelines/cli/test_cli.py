"""The command line: words, messages, exit statuses. No TensorFlow on any of these ways."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.cli import main
from pipelines.cli.arguments import parse, shipped_configs
from schemas.errors import ConfigError

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
    "words", [["--help"], ["run", "--help"], ["kubeflow", "compile", "--help"]]
)
def test_help_imports_nothing_heavy(words: list[str]) -> None:
    script = (
        "import sys\nfrom pipelines.cli import main\n"
        f"try:\n    main({words!r})\nexcept SystemExit as end:\n    assert end.code == 0\n"
        f"found = [name for name in {HEAVY!r} if name in sys.modules]\nassert not found, found\n"
    )

    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


def test_config_errors_import_nothing_heavy(tmp_path: Path) -> None:
    config = write_data(tmp_path)
    script = (
        "import sys\nfrom pipelines.cli import main\n"
        f"assert main(['run', {str(config)!r}, 'folds.test=[fold_9]']) == 2\n"
        "found = [name for name in ('tensorflow', 'tfx', 'apache_beam', 'keras', 'cv2')"
        " if name in sys.modules]\nassert not found, found\n"
    )

    subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "required: COMMAND"),
        (["fly"], "invalid choice: 'fly'"),
        (["run"], "required: CONFIG"),
        (["run", "CONFIG", "--fast"], "unrecognized arguments: --fast"),
        (["run", "CONFIG", "extra"], "unrecognized arguments: extra"),
        (["demo", "d", "faces=3"], "'faces=3': this command takes no key=value"),
        (["demo", "d", "--faces", "many"], "invalid int value: 'many'"),
        (["run", "adiense"], "did you mean 'adience'?"),
        (["run", "CONFIG", "train.epoch=3"], "did you mean 'epochs'?"),
        (["run", "CONFIG", "train.epochs=many"], "train.epochs is 'many', expected a whole number"),
        (["run", "CONFIG", "train.epochs=0"], "train.epochs is 0, expected a number 1 or more"),
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
        (["kubeflow", "compile", "kubeflow", "folds.test=[fold_9]"], "folds.test names 'fold_9'"),
        (["kubeflow", "compile", "kubeflow", "folds.test=[]"], "folds.test is empty"),
        (["review", "nowhere"], "holds no review"),
        (["prune", "nowhere"], "has no good run"),
        (["kubeflow", "compile", "CONFIG"], "expected an absolute path in the container"),
        (["kubeflow", "compile", "kubeflow", "-o", "p.json"], "expected a name ending in .yaml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_input_exits_2_with_one_line_that_helps(
    words: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    config = write_data(tmp_path / "data")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")

    status = main([word.replace("CONFIG", str(config)) for word in words])

    assert status == 2
    assert told in message(capsys)
    assert list((tmp_path / "work").iterdir()) == []  # Nothing was written.


def test_tf_config_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TF_CONFIG", "{}")

    assert main(["run", str(write_data(tmp_path)), f"output={tmp_path / 'runs'}"]) == 2
    assert "TF_CONFIG is set" in message(capsys)


def test_options_and_overrides_stand_in_any_order() -> None:
    orders = [
        ["labels", "adience", "seed=3", "--json", "labels.policy=strict", "--labels-only"],
        ["labels", "--json", "seed=3", "--labels-only", "adience", "labels.policy=strict"],
        ["labels", "seed=3", "labels.policy=strict", "adience", "--labels-only", "--json"],
    ]

    found = [vars(parse(words)) for words in orders]

    assert found[0]["overrides"] == ["seed=3", "labels.policy=strict"]
    assert found[0] == found[1] == found[2]


def test_labels_prints_one_json_object_and_keeps_the_account(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_data(tmp_path, rows=4)

    status = main(["labels", str(config), f"output={tmp_path / 'o'}", "--json", "--labels-only"])

    found = json.loads(capsys.readouterr().out)
    assert status == 0
    assert found["rows"] == 20
    assert found["accepted"] + sum(found["rejected"].values()) == 20
    assert found["table"]["f"]["25-32"] == found["accepted"]
    assert all(Path(path).is_file() for path in found["files"].values())


@pytest.mark.parametrize(
    "word",
    ["train.model=foo", "evaluate.slices=[foo]", "folds.test=[fold_9]", "images.side=8"],
)
def test_labels_asks_nothing_of_what_only_a_run_needs(
    word: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_data(tmp_path)

    assert main(["labels", str(config), word, f"output={tmp_path / 'o'}", "--labels-only"]) == 0
    assert capsys.readouterr().err == ""


def test_labels_text_shows_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_data(tmp_path, rows=4)

    assert main(["labels", str(config), f"output={tmp_path / 'o'}"]) == 0
    assert "image_missing" in capsys.readouterr().out  # No picture was drawn.


def test_shipped_config_takes_data_from_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write_data(tmp_path)
    monkeypatch.chdir(tmp_path)

    assert main(["labels", "adience", "--labels-only", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 15


def test_shipped_configs_are_named_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["--help"])

    shown = capsys.readouterr().out
    assert all(name in shown for name in shipped_configs())


def test_unknown_config_is_a_config_error() -> None:
    from pipelines.cli.commands import load_config

    with pytest.raises(ConfigError, match="neither a file nor a shipped config"):
        load_config(parse(["run", "no/such.yaml"]))
