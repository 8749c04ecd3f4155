"""The published studies as configs: each is there, reads, and its model builds at its side."""

import re
from pathlib import Path

import pytest

from pipelines.cli.overrides import ConfigSource, load_config, shipped_configs
from pipelines.config.checks import check_run_config
from schemas.config.blocks import Config
from schemas.zoo import MODELS
from tests.repository import ROOT

FOLDER = ROOT / "pipelines" / "configs" / "studies"
STUDIES = {name: path for name, path in shipped_configs().items() if name.startswith("studies/")}

# (model, target, classes of each head, side) of every experiment that the issue lists.
LISTED = {
    "xception_age": ("xception", "age", [8], 128),
    "inception_v3_gender": ("inception_v3", "gender", [2], 299),
    "inception_v3_age7": ("inception_v3", "age", [7], 299),
    "inception_v3_tuned_gender": ("inception_v3_tuned", "gender", [2], 299),
    "inception_v3_tuned_age7": ("inception_v3_tuned", "age", [7], 299),
    "cnn3_gender": ("cnn3", "gender", [2], 256),
    "cnn4_gender": ("cnn4", "gender", [2], 256),
    "cnn5_gender": ("cnn5", "gender", [2], 256),
    "cnn5_age_128": ("cnn5", "age", [8], 256),
    "cnn5_age_256": ("cnn5", "age", [8], 256),
    "cnn5_age_512": ("cnn5", "age", [8], 256),
    "levi_hassner_age": ("levi_hassner", "age", [8], 227),
    "utk_cnn_race": ("utk_cnn", "race", [5], 48),
    "utk_cnn_race_inputs": ("utk_cnn", "race", [5], 48),
    "mlp_two_hot": ("mlp", "age_gender", [8, 2], 64),
    "mlp_two_hot_max_norm": ("mlp", "age_gender", [8, 2], 64),
    "mlp_two_hot_l2": ("mlp", "age_gender", [8, 2], 64),
    "mlp_heads": ("mlp", "age_gender", [8, 2], 64),
    "mlp_heads_max_norm": ("mlp", "age_gender", [8, 2], 64),
    "mlp_heads_l2": ("mlp", "age_gender", [8, 2], 64),
}


def config(name: str) -> Config:
    return load_config(ConfigSource(f"studies/{name}", ()))


def test_every_listed_study_is_shipped_and_no_other() -> None:
    assert set(STUDIES) == {f"studies/{name}" for name in LISTED}
    assert {path.stem for path in FOLDER.iterdir()} == set(LISTED)


@pytest.mark.parametrize("name", LISTED)
def test_a_study_reads_and_is_what_the_issue_lists(name: str) -> None:
    found = config(name)

    check_run_config(found)
    classes = [count for _, count in found.heads]
    assert (found.train.model, found.labels.target, classes, found.images.side) == LISTED[name]
    assert found.images.side == MODELS[found.train.model].side
    assert found.name == f"study-{name.replace('_', '-')}"


@pytest.mark.parametrize("name", LISTED)
def test_the_first_line_says_what_is_reproduced_and_the_protocol(name: str) -> None:
    first, *_ = STUDIES[f"studies/{name}"].read_text(encoding="utf-8").splitlines()

    held_out = config(name).folds.test
    assert re.match(r"# \w.*(Adience|UTKFace)", first)
    if config(name).data[0].dataset == "utkface":
        assert "folds by a hash of the content, people may be shared" in first
    else:
        assert f"{', '.join(held_out)} held out, by subject" in first


def test_what_the_studies_print_of_their_training_is_set() -> None:
    levi = config("levi_hassner_age").train

    assert (levi.optimizer, levi.learning_rate, levi.batch_size) == ("sgd", 1e-3, 50)
    assert (levi.schedule, levi.decay, levi.momentum) == ("inverse", 1e-5, 0.0)
    for units in (128, 256, 512):
        assert config(f"cnn5_age_{units}").train.net.units == (units,)
    assert config("utk_cnn_race_inputs").train.net.inputs == ("age", "gender")
    assert config("mlp_two_hot").labels.policy == "strict"
    for form in ("two_hot", "heads"):
        nets = {kind: config(f"mlp_{form}{kind}").train.net for kind in ("", "_max_norm", "_l2")}
        assert {net.pair for net in nets.values()} == {form}
        assert [kind for kind, net in nets.items() if net.l2] == ["_l2"]
        assert [kind for kind, net in nets.items() if net.max_norm] == ["_max_norm"]
    for target in ("gender", "age7"):
        assert config(f"inception_v3_{target}").train.transfer.epochs == 0
        assert config(f"inception_v3_tuned_{target}").train.transfer.share == 1.0


def test_the_data_of_a_study_are_in_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    (data,) = config("mlp_heads").data

    assert data.labels == str(tmp_path / "folds" / "fold_*_data.txt")
    assert data.images == str(tmp_path / "aligned")


@pytest.mark.tf
def test_the_model_of_every_study_builds_at_its_side() -> None:
    import keras

    from components.trainer.models import builders
    from components.trainer.models.spec import ModelSpec

    built = {}
    for name in LISTED:
        found = config(name)
        net = found.train.net
        form = (found.train.model, found.images.side, found.heads, net)
        if form not in built:
            spec = ModelSpec(found.images.side, found.heads, seed=0, net=net)
            with keras.StatelessScope(initialize_variables=False):
                built[form] = builders.build(found.train.model, spec)
        outputs = {head: tuple(x.shape) for head, x in built[form].output.items()}
        assert outputs == {head: (None, count) for head, count in found.heads}, name
    assert len(built) == len(LISTED)
