"""A user's vocabulary in a YAML file: what is read, and what is refused where."""

import json
from pathlib import Path

import pytest

from components.ingest.sources.registry import vocabularies
from pipelines.config.load import read_config
from pipelines.kubeflow.paths import check_cluster_paths
from schemas.config.blocks import Config
from schemas.config.serialization import dump
from schemas.errors import ConfigError
from schemas.labels.vocabularies import read_label

MINE = """
age: {"old": 70+, "kid": 4-6, "x": missing, "forty": 40}
age_bands: {0: 0-2, 1: 3-9, 2: 12+}
between: [10-11]
gender: {0: f, 1: m, w: f}
race: {caucasian: white, "east": east_asian}
"""


def read(folder: Path, text: str = MINE, *overrides: str) -> Config:
    (folder / "mine.yaml").write_text(text, encoding="utf-8")
    config = folder / "c.yaml"
    config.write_text(
        "name: a\ndata: [{dataset: csv, columns: {path: p}}, {dataset: utkface, images: u}]\n"
        "labels: {vocabulary: mine.yaml}\n",
        encoding="utf-8",
    )
    return read_config(config, overrides)


def test_the_texts_of_a_file_are_read_by_every_source(tmp_path: Path) -> None:
    by_source = vocabularies(read(tmp_path))

    for name in ("csv", "utkface"):
        ages = {
            text: read_label(by_source[name], "age", text).meaning
            for text in ("old", "kid", "x", "forty", "0", "2", "35")
        }
        assert ages == {
            "old": "(70, inf)", "kid": "(4, 6)", "x": "", "forty": "40", "0": "(0, 2)",
            "2": "(12, inf)", "35": "35",
        }  # fmt: skip
        assert read_label(by_source[name], "gender", "0").meaning == "f"
        assert read_label(by_source[name], "race", "Caucasian").meaning == "white"
    assert read_label(by_source["csv"], "age", "20-29").known
    assert not read_label(by_source["utkface"], "age", "20-29").known


def test_the_content_travels_with_the_config_and_not_the_path(tmp_path: Path) -> None:
    one = read(tmp_path).labels
    (tmp_path / "elsewhere").mkdir()
    same = read(tmp_path / "elsewhere").labels
    other = read(tmp_path, MINE.replace("w: f", "w: m")).labels

    assert one == same
    assert one != other
    assert str(tmp_path) not in dump(one)
    assert json.loads(one.vocabulary or "")["gender"] == {"0": "f", "1": "m", "w": "f"}


def test_extends_names_the_vocabulary_of_all_other_texts(tmp_path: Path) -> None:
    by_source = vocabularies(read(tmp_path, "extends: fairface\ngender: {w: f}"))

    assert all(read_label(one, "gender", "Male").meaning == "m" for one in by_source.values())


def test_a_shipped_name_is_one_vocabulary_for_every_source(tmp_path: Path) -> None:
    config = read(tmp_path, MINE, "labels.vocabulary=common")

    assert vocabularies(config) == {"csv": "common", "utkface": "common"}
    assert vocabularies(read(tmp_path, MINE, "labels.vocabulary=null")) == {
        "csv": "common", "utkface": "utkface",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"mine\.yaml holds NoneType, expected a mapping with `age:`, `gender:` or `race:`"),
        ("extends: common", r"has no text, expected one or more below age, gender or race"),
        ("extends: comon\nage: {a: 1}", r"extends is 'comon' \(did you mean 'common'\?\)"),
        ("ages: {a: 1}", r"unknown key 'ages' \(did you mean 'age'\?\)"),
        ("age: old", r"age is 'old', expected a mapping"),
        ("age: {a: old}", r"age\.a is 'old', expected years such as 25, 20-29 or 70\+, or miss"),
        ("age: {a: 32-25}", r"age\.a is '32-25', expected years"),
        ("age: {a: 1000}", r"age\.a is '1000', expected years"),
        ("age: {a: [1, 2]}", r"age.* is \[1, 2\]|age.* expected"),
        ("gender: {w: woman}", r"gender\.w is 'woman', expected one of m, f, missing"),
        ("race: {w: wite}", r"race\.w is 'wite' \(did you mean 'white'\?\), expected one of whi"),
        ("gender: {no: m}", r"gender has the text False as YAML reads it, .* write it in quotes"),
        ("age: {~: missing}", r"age has the text None as YAML reads it"),
        ("gender: {0: m, '0': f}", r"gender has the text '0' twice; remove one"),
        ("gender: {w: m, 'W ': f}", r"an overlap: gender\.w and gender\.W  differ in case or sp"),
        ("age: {a: 1}\nage_bands: {A: 0-9, b: 10+}", r"'a' stands below age and age_bands"),
        (
            "age_bands: {a: 0-9, b: 9-20}",
            r"an overlap: age_bands\.a \(0-9\) and age_bands\.b \(9-20\) both hold 9",
        ),
        (
            "age_bands: {a: 0-9, b: 12-20, c: 21+}",
            r"a gap: the years 10-11 between age_bands\.a .* add `between: \[10-11\]`",
        ),
        ("age_bands: {a: 0+, b: 12-20}", r"an overlap: age_bands\.a \(0\+\) and age_bands\.b"),
        ("age: {a: 1}\ngender: {a: m, a: f}", r"duplicate key 'a'"),
    ],
)
def test_a_wrong_vocabulary_is_refused_with_the_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("labels.vocabulary=comon", r"labels\.vocabulary is 'comon' \(did you mean 'common'\?\)"),
        ("labels.races=fairface9", r"labels\.races is 'fairface9' \(did you mean 'fairface7'\?\)"),
    ],
)
def test_an_unknown_name_is_refused(tmp_path: Path, override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, MINE, override)


def test_a_cluster_takes_the_content_of_a_vocabulary(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text(MINE, encoding="utf-8")
    (tmp_path / "c.yaml").write_text(
        "name: a\ndata: {dataset: utkface, images: /data/faces}\noutput: /data/runs\n"
        "push: {directory: /data/models}\nlabels: {vocabulary: mine.yaml, races: fairface7}\n",
        encoding="utf-8",
    )

    config = read_config(tmp_path / "c.yaml", resolve=False)
    (tmp_path / "mine.yaml").unlink()

    check_cluster_paths(config)
    assert read_label(vocabularies(config)["utkface"], "gender", "w").meaning == "f"
