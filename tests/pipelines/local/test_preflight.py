"""The checks before a run: their messages and their order."""

import os
from dataclasses import replace
from pathlib import Path

import pytest

from components.trainer.initial_weights import imagenet
from pipelines.local.preflight import RunOptions, check_output, check_run
from schemas.config.blocks import BeamConfig, Config, DataConfig, FoldsConfig, TuneConfig
from schemas.config.train import TrainConfig
from schemas.errors import ConfigError
from tests.components.ingest.small_data import face_line, write_labels

PLAIN = RunOptions()


@pytest.fixture
def good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    """A config of which every check holds: two folds and an image folder."""
    monkeypatch.delenv("TF_CONFIG", raising=False)
    for number in range(2):
        write_labels(tmp_path / "folds", face_line(), name=f"fold_{number}_data.txt")
    (tmp_path / "faces").mkdir()
    data = DataConfig("adience", str(tmp_path / "folds"), str(tmp_path / "faces"))
    folds = FoldsConfig(test=("fold_1",))
    return Config("test", (data,), folds=folds, output=str(tmp_path / "runs"))


def error(config: Config, options: RunOptions = PLAIN) -> str:
    with pytest.raises(ConfigError) as caught:
        check_run(config, options)
    return str(caught.value)


def test_a_good_config_gives_its_folds_and_writes_nothing(good: Config, tmp_path: Path) -> None:
    before = sorted(tmp_path.rglob("*"))

    folds = check_run(good, RunOptions(start="Trainer", stop="Evaluator"))

    assert folds == ("fold_0", "fold_1")
    assert sorted(tmp_path.rglob("*")) == before


def test_the_first_fault_is_reported_in_the_order_of_the_checks(
    good: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("TF_CONFIG", "{}")
    (data,) = good.data
    nowhere = DataConfig("adience", f"{tmp_path}/none", f"{tmp_path}/none")
    config = replace(
        good,
        data=(nowhere,),
        output=str(tmp_path / "file"),
        train=TrainConfig(model="inception_v3"),
        folds=FoldsConfig(test=("fold_9",)),
    )
    options = RunOptions(start="Trainr", stop="Pushr")

    assert "model inception_v3 starts from ImageNet weights" in error(config, options)
    lost = TrainConfig(model="inception_v3", weights=f"{tmp_path}/none.h5")
    config = replace(config, train=lost)
    assert "--from is 'Trainr' (did you mean 'Trainer'?)" in error(config, options)
    options = replace(options, start=None)
    assert "--to is 'Pushr' (did you mean 'Pusher'?)" in error(config, options)
    assert "TF_CONFIG is set" in error(config)
    monkeypatch.delenv("TF_CONFIG")
    assert "none.h5', expected a file of ImageNet weights" in error(config)
    config = replace(config, train=TrainConfig(start_from=f"{tmp_path}/nowhere"))
    assert "is a file, expected a folder" in error(config)
    config = replace(config, output=good.output)
    assert "data.labels: no file matches" in error(config)
    config = replace(config, data=(replace(data, images=nowhere.images),))
    assert "folds.test names 'fold_9' (did you mean 'fold_" in error(config)
    config = replace(config, folds=good.folds)
    assert "train.start_from is" in error(config)
    config = replace(config, train=TrainConfig())
    assert "data.images is" in error(config)
    config = replace(config, data=(data,))
    assert check_run(config, PLAIN) == ("fold_0", "fold_1")


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ((), "folds.test is empty, expected one or more of fold_0, fold_1"),
        (("fold_0", "fold_1"), "holds out all of fold_0, fold_1: nothing is left to train on"),
        (("fold_0", "fold2"), "folds.test names 'fold2'"),
    ],
    ids=["none", "all", "unknown"],
)
def test_the_held_out_folds_exist_and_leave_others(
    good: Config, test: tuple[str, ...], message: str
) -> None:
    assert message in error(replace(good, folds=FoldsConfig(test=test)))


def test_nodes_of_a_cross_validation_are_those_of_the_data_s_folds(good: Config) -> None:
    every = replace(good, folds=FoldsConfig(test="all"))

    assert check_run(every, RunOptions("Trainer_fold_1", "Evaluator_fold_0")) == (
        "fold_0",
        "fold_1",
    )
    assert "--from is 'Trainer_fold_2' (did you mean 'Trainer_fold_" in error(
        every, RunOptions(start="Trainer_fold_2")
    )
    # A node of no fold is reported before missing labels.
    (data,) = every.data
    nowhere = replace(every, data=(replace(data, labels="/none"),))
    assert "--to is 'Evaluator'" in error(nowhere, RunOptions(stop="Evaluator"))
    assert "data.labels" in error(nowhere, RunOptions(start="Trainer_fold_2"))


def test_a_file_that_holds_other_weights_is_an_error(good: Config, tmp_path: Path) -> None:
    (tmp_path / "weights.h5").write_text("")
    train = TrainConfig(model="inception_v3", weights=str(tmp_path / "weights.h5"))

    assert "is no whole file of Keras weights" in error(replace(good, train=train))


def test_random_weights_need_no_file(good: Config) -> None:
    train = TrainConfig(model="inception_v3", weights="random")

    assert check_run(replace(good, train=train), PLAIN)


def test_published_weights_are_looked_for_last(
    good: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.setattr(imagenet, "ADDRESS", "http://127.0.0.1:1/weights.h5")  # Nobody listens.
    config = replace(good, train=TrainConfig(model="inception_v3", weights="imagenet"))
    (data,) = good.data

    nowhere = error(replace(config, data=(replace(data, images=f"{tmp_path}/none"),)))
    offline = error(config)

    assert "data.images is" in nowhere
    assert f"train.weights is 'imagenet', but {tmp_path}/keras/models/inception_v3_w" in offline


def test_a_missing_job_server_is_reported_before_missing_labels(
    good: Config, tmp_path: Path
) -> None:
    beam = BeamConfig("flink", "auto", "localhost:1", str(tmp_path / "s.jar"), "localhost:2")
    nowhere = DataConfig("adience", f"{tmp_path}/none", f"{tmp_path}/none")

    message = error(replace(good, beam=beam, data=(nowhere,)))

    assert message.startswith(f"beam.job_server is '{tmp_path}/s.jar', no jar of Beam, expected")


def test_a_wrong_header_is_reported_before_a_wrong_fold(good: Config, tmp_path: Path) -> None:
    (tmp_path / "folds" / "fold_0_data.txt").write_text("a wrong first line\n")

    assert "wrong header" in error(replace(good, folds=FoldsConfig(test=("fold_9",))))


def test_the_output_is_relative_to_the_current_folder_and_need_not_exist(
    good: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))

    places = [check_output(replace(good, output=text)) for text in ("a/b", "~/c", "~nobody-here")]

    names = ("a/b", "home/c", "~nobody-here")
    assert places == [tmp_path / name / "test" for name in names]
    assert not (tmp_path / "a").exists()


def test_a_run_folder_that_is_a_file_is_an_error(good: Config, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "test").write_text("")

    assert f"output: {tmp_path}/runs/test is a file" in error(good)


def test_an_output_with_files_of_others_is_refused_before_the_labels_are_read(
    good: Config, tmp_path: Path
) -> None:
    precious = tmp_path / "runs" / "test" / "artifacts" / "precious.txt"
    precious.parent.mkdir(parents=True)
    precious.write_text("mine")
    (data,) = good.data

    message = error(replace(good, data=(replace(data, labels="/none"),)))

    assert message.startswith(f"output: {precious.parent} exists, but no run wrote")
    assert precious.read_text() == "mine"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_an_output_that_may_not_be_written_is_an_error(good: Config, tmp_path: Path) -> None:
    (tmp_path / "runs").mkdir(mode=0o500)

    assert "may not be written (Permission denied). Set another output" in error(good)


def test_the_tuner_is_a_node_of_a_run_with_a_sweep_alone(good: Config) -> None:
    swept = replace(good, tune=TuneConfig(trials=1, learning_rate=(0.01,)))

    assert check_run(swept, RunOptions(start="Tuner", stop="Tuner")) == ("fold_0", "fold_1")
    for flag, options in (
        ("--from", RunOptions(start="Tuner")),
        ("--to", RunOptions(stop="Tuner")),
    ):
        assert f"{flag} is 'Tuner', but this config has no sweep (tune.trials=0)" in error(
            good, options
        )
    assert "Known: " in error(swept, RunOptions(stop="Nothing"))
    assert "Tuner" in error(swept, RunOptions(stop="Nothing"))
