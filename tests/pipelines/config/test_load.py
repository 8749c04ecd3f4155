"""Configs from YAML, and the refusal of wrong ones."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.config.load import read_config
from schemas.config.blocks import DataConfig
from schemas.errors import ConfigError
from schemas.labels.classes import AGE_TABLES, TARGETS
from schemas.labels.policies import POLICIES
from schemas.zoo import MODELS
from tests.pipelines.config.written_config import PLAIN, read
from tests.repository import ROOT

SHIPPED = sorted((ROOT / "pipelines" / "configs").rglob("*.yaml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_config_reads_and_names_known_things(path: Path) -> None:
    config = read_config(path)

    assert config.train.model in MODELS
    assert config.labels.policy in POLICIES
    assert config.labels.target in TARGETS
    assert config.labels.classes in AGE_TABLES
    assert config.images.side >= MODELS[config.train.model].min_side
    assert config.folds.test


def test_the_configs_of_both_data_sets_are_shipped() -> None:
    assert {"adience", "utkface"} <= {path.stem for path in SHIPPED}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"c\.yaml holds NoneType, expected a mapping with `name:` and `data:`"),
        ("# a comment\n", r"holds NoneType"),
        ("- a\n", r"holds list, expected a mapping"),
        ("just words\n", r"holds str, expected a mapping"),
        ("a: b: c", r"c\.yaml is not YAML: .* line 1"),
        ("name: [a", r"is not YAML"),
        ("name: \0", r"is not YAML"),
        (b"name: \xff", r"cannot read the config .*c\.yaml.*Give a YAML file"),
        ("--- {}\n--- {}\n", r"is not YAML: expected a single document"),
        ("name: !!python/object:os.system x", r"is not YAML: could not determine a constructor"),
        (f"{PLAIN}? [1]\n: 2", r"is not YAML: .*unhashable key"),
        (f"{PLAIN}output: 2024-13-01", r"is not YAML: month must be in 1\.\.12"),
        (f"{PLAIN}seed: !!int x", r"is not YAML: invalid literal"),
        (f"{PLAIN}seed: !!timestamp x", r"is not YAML"),
        (f"{PLAIN}seed: {'9' * 5000}", r"is not YAML"),
        ("[" * 3000, r"is not YAML: maximum recursion"),
        (f"{PLAIN}seed: 1\nseed: 2\n", r"c\.yaml, line 4: duplicate key 'seed'\. Keep one"),
        (
            f"{PLAIN}images:\n  side: 64\n  fit: stretch\n  'side': 64\n",
            r"line 6: duplicate key 's",
        ),
        ("name: a", r"key 'data' is missing\. Add `data: \.\.\.`"),
        ("data: {dataset: adience}", r"key 'name' is missing"),
        ("name: a\ndata:\n", r"key 'data\.dataset' is missing"),
        ("name: a\ndata: {labels: l}", r"key 'data\.dataset' is missing"),
        ("name: a\ndata: [{dataset: adience}, {}]", r"key 'data\.1\.dataset' is missing"),
        ("name: a\ndata: []", r"data is an empty list, expected at least one source"),
        (
            "name: a\ndata: {dataset: adiance}",
            r"data\.dataset is 'adiance' \(did you mean",
        ),
        (
            "name: a\ndata: {dataset: utkface, splits: keep}",
            r"data\.splits is set for dataset utkface, expected it for levi_hassner alone; remove",
        ),
        (
            "name: a\ndata: {dataset: csv, columns: {age: a}}",
            r"data\.columns\.path is missing, which dataset csv needs\. Add `data\.columns\.path: ",
        ),
        (
            "name: a\ndata: {dataset: csv, columns: {path: a}, delimiter: ab}",
            r"data\.delimiter is 'ab', expected one character",
        ),
        ("name: a\ndata: {dataset: csv, columns: {pth: a}}", r"'data\.columns\.pth' \(did you"),
        ("name: 2024\ndata: {dataset: adience}", r"name is 2024, expected text"),
        ("name: ../a\ndata: {dataset: adience}", r"name is '\.\./a', expected letters"),
        ("name: ''\ndata: {dataset: adience}", r"name is '', expected letters"),
        ('name: "a\\n"\ndata: {dataset: adience}', r"name is 'a\\n', expected letters"),
        (f"{PLAIN}imags: {{side: 64}}", r"unknown key 'imags' \(did you mean 'images'\?\)"),
        (f"{PLAIN}images: {{siide: 64}}", r"'images\.siide' \(did you mean 'side'\?\)"),
        (f"{PLAIN}train: {{learning_rate: 1e-3}}", r"is '1e-3', expected a number.*write 1\.0e-3"),
        (f"{PLAIN}train: {{learning_rate: .nan}}", r"learning_rate is nan, expected a number fro"),
        (f"{PLAIN}train: {{epochs: yes}}", r"train\.epochs is True, expected a whole number"),
        (f"{PLAIN}train: {{augment: flip}}", r"train\.augment is 'flip', .* Write \[flip\]"),
        (f"{PLAIN}train: {{devices: gpu}}", r"'gpu', expected 'auto' or 'cpu' or a list"),
        (
            f"{PLAIN}images: {{side: 7}}",
            r"side is 7, expected a whole number from 8 to 1024",
        ),
        (
            f"{PLAIN}beam: {{workers: 0}}",
            r"workers is 0, expected 'auto' or a whole number from 1",
        ),
        (f"{PLAIN}seed: -1", r"seed is -1, expected a whole number from 0"),
        (f"{PLAIN}train: {{model: xcption}}", r"train\.model is 'xcption' \(did you mean 'xcep"),
        (f"{PLAIN}labels: {{policy: strct}}", r"labels\.policy is 'strct' \(did you mean 'strict"),
        (f"{PLAIN}labels: {{target: agee}}", r"labels\.target is 'agee' \(did you mean 'age'"),
        (f"{PLAIN}labels: {{classes: adience9}}", r"labels\.classes is 'adience9' \(did you mean"),
        (f"{PLAIN}evaluate: {{slices: [gendr]}}", r"evaluate\.slices is 'gendr' \(did you mean 'g"),
        (f"{PLAIN}evaluate: {{slices: [[age, fol]]}}", r"evaluate\.slices is 'fol' .*Known: age"),
        (
            f"{PLAIN}evaluate: {{slices: [sharpness]}}",
            r"Known: age, blur, brightness, face_found, face_score, .*, roll, width, yaw\.",
        ),
        (
            f"{PLAIN}train: {{model: cnn5}}\nimages: {{side: 31}}",
            r"images\.side is 31, but model cnn5 takes sides from 32 on: raise",
        ),
    ],
    ids=lambda value: repr(value)[-40:],
)
def test_a_wrong_file_is_refused_with_help(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)


def test_a_file_that_is_not_there_or_a_folder_is_refused(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.yaml"):
        with pytest.raises(ConfigError, match="cannot read the config"):
            read_config(path)


def test_keys_are_checked_before_types_and_types_before_names(tmp_path: Path) -> None:
    name = f"{PLAIN}labels: {{target: agee}}\n"
    kind = f"{name}train: {{epochs: many}}\n"
    key = f"{kind}push: {{folder: x}}\n"

    for text, message in ((name, "'agee'"), (kind, "'many'"), (key, "'push.folder'")):
        with pytest.raises(ConfigError, match=message):
            read(tmp_path, text)


def test_slices_may_be_of_picture_quality(tmp_path: Path) -> None:
    config = read(tmp_path, f"{PLAIN}evaluate: {{slices: [blur, [blur, gender], face_found]}}")

    assert config.evaluate.slices == ("blur", ("blur", "gender"), "face_found")
    assert read(tmp_path, PLAIN).evaluate.slices == ("fold", "gender", "age", ("gender", "age"))


def test_a_merged_mapping_is_no_doubled_key(tmp_path: Path) -> None:
    config = read(tmp_path, f"{PLAIN}images: {{<<: {{side: 32, quality: 50}}, side: 64}}")

    assert (config.images.side, config.images.quality) == (64, 50)


def test_data_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    (data,) = read(tmp_path, PLAIN).data

    assert (data.labels, data.images) == (f"{tmp_path}/l", f"{tmp_path}/i")


def test_each_path_of_a_list_is_relative_to_the_file(tmp_path: Path) -> None:
    text = "name: a\ndata: [{dataset: adience, labels: l}, {dataset: utkface, images: i}]"

    assert read(tmp_path, text).data == (
        DataConfig("adience", f"{tmp_path}/l"),
        DataConfig("utkface", None, f"{tmp_path}/i"),
    )


def test_absolute_paths_and_addresses_stay_and_home_is_expanded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    texts = {"/abs/l": "/abs/l", "gs://bucket/l": "gs://bucket/l", "~/l": "/home/someone/l"}
    texts["~no-such-person/l"] = f"{tmp_path}/~no-such-person/l"

    read_as = {
        text: read(tmp_path, f"{PLAIN}train: {{start_from: '{text}'}}").train.start_from
        for text in texts
    }

    assert read_as == texts


def test_source_names_differ_by_dataset_and_image_root(tmp_path: Path) -> None:
    data = (
        "{dataset: adience, labels: l, images: a}",
        "{dataset: utkface, images: a}",
        "{dataset: adience, labels: l, images: b}",
        "{dataset: adience, labels: other, images: a}",  # The same people as the first.
    )

    config = read(tmp_path, f"name: a\ndata: [{', '.join(data)}]")

    assert config.source_names == ("adience", "utkface", "adience.2", "adience")


def test_the_held_out_folds_are_named_or_all(tmp_path: Path) -> None:
    plain = "name: a\ndata: {dataset: utkface}"

    named = read(tmp_path, plain, "folds.test=[fold_1, all]").folds
    every = read(tmp_path, plain, "folds.test=all").folds

    assert (named.cross_validation, named.held_out(("fold_0", "fold_1"))) == (
        False,
        ("fold_1", "all"),
    )
    assert (every.cross_validation, every.held_out(("fold_0", "fold_1"))) == (
        True,
        ("fold_0", "fold_1"),
    )
    with pytest.raises(ConfigError, match=r"'fold_1', expected 'all' or a list.* Write \[fold_1\]"):
        read(tmp_path, plain, "folds.test=fold_1")


def test_reading_a_config_imports_nothing_heavy() -> None:
    heavy = {"tensorflow", "tfx", "apache_beam", "keras", "numpy", "pyarrow", "google.protobuf"}
    code = f"import sys, pipelines.config.load; print({heavy | {'cv2'}} & set(sys.modules))"

    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert result.stdout.strip() == "set()"


def test_folders_for_links_are_paths_and_need_that_links_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(
        "name: a\ndata: {dataset: adience, labels: folds, images: faces}\n"
        "images: {follow_links: true, link_roots: [more, /data/most]}\n"
    )

    assert read_config(path).images.link_roots == (str(tmp_path / "more"), "/data/most")
    overridden = read_config(path, ["images.link_roots=[other]"])
    assert overridden.images.link_roots == (str(Path.cwd() / "other"),)
    with pytest.raises(ConfigError, match=r"images\.link_roots is .*no link is followed"):
        read_config(path, ["images.follow_links=false"])
