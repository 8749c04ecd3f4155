"""A user's policy and class table in YAML files: what is read, and what is refused where."""

import json
import time
from pathlib import Path

import pytest

from pipelines.config.custom_tables import read_policy
from pipelines.config.load import read_config
from pipelines.kubeflow.paths import check_cluster_paths
from schemas.config.blocks import Config
from schemas.errors import ConfigError
from schemas.labels.classes import age_table, class_names, table_name
from schemas.labels.policies import decide_age, policy_of

CLASSES = "classes: [0-17, 18-59, 60-100]\n"
POLICY = """
age:
  - official
  - {rule: slip, text: "(25 32)", class: 25-32}
  - {rule: teens_out, years: 13-14, reject: age_between_classes}
  - {rule: thirties, years: 33-35, class: 25-32}
  - range_inside_class
photo: single_gender
"""


def read(folder: Path, policy: str = POLICY, classes: str | None = None, *overrides: str) -> Config:
    (folder / "mine.yaml").write_text(policy)
    (folder / "grown.yaml").write_text(classes or "")
    table = "grown.yaml" if classes else "adience8"
    config = folder / "c.yaml"
    config.write_text(
        "name: a\ndata: {dataset: adience}\n"
        f"labels: {{policy: mine.yaml, classes: {table}, target: age}}\n"
    )
    return read_config(config, overrides)


def test_a_policy_file_decides_label_texts(tmp_path: Path) -> None:
    policy = read(tmp_path).labels.policy

    fates = {
        text: decide_age(text, policy, age_table("adience8"))[:2]
        for text in ("(25, 32)", "(25 32)", "14", "34", "(33, 35)", "(33, 36)", "29", "(27, 32)")
    }

    assert fates == {
        "(25, 32)": ("25-32", "official"),
        "(25 32)": ("25-32", "slip"),
        "14": (None, "age_between_classes"),
        "34": ("25-32", "thirties"),
        "(33, 35)": ("25-32", "thirties"),
        "(33, 36)": (None, "age_between_classes"),
        "29": (None, "age_unknown_text"),
        "(27, 32)": ("25-32", "range_inside_class"),
    }
    assert policy_of(policy).single_gender_photos
    assert table_name(policy) == "mine.yaml"


def test_a_class_table_file_names_its_classes_everywhere(tmp_path: Path) -> None:
    config = read(tmp_path, "age: [official, nearest_class]", CLASSES)

    assert class_names("age", config.labels.classes) == ("0-17", "18-59", "60-100")
    assert config.heads == (("age", 3),)
    table = age_table(config.labels.classes)
    assert decide_age("(25, 32)", "strict", table)[:2] == ("18-59", "official")
    assert decide_age("(15, 20)", config.labels.policy, table)[:2] == ("0-17", "nearest_class")


def test_another_content_of_the_same_file_is_another_config(tmp_path: Path) -> None:
    before = read(tmp_path, classes=CLASSES, policy="age: [official]").labels
    after = read(tmp_path, classes=CLASSES, policy="age: [official, age_inside_class]").labels
    moved = read(tmp_path, classes="classes: [0-18, 19-59, 60-100]", policy="age: [official]")

    assert before.classes == after.classes
    assert before.policy != after.policy
    assert before.classes != moved.labels.classes
    assert str(tmp_path) not in before.policy + before.classes


def test_years_of_no_class_may_be_named(tmp_path: Path) -> None:
    text = "classes: [0-2, 4-6]\nbetween: [3]\n"

    config = read(tmp_path, "age: [official]", text)

    assert json.loads(config.labels.classes)["classes"] == [["0-2", 0, 2], ["4-6", 4, 6]]


def test_the_path_in_an_override_is_relative_to_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    (tmp_path / "here" / "other.yaml").write_text("age: [official]")
    monkeypatch.chdir(tmp_path / "here")

    config = read(tmp_path, POLICY, None, "labels.policy=other.yaml")

    assert table_name(config.labels.policy) == "other.yaml"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"grown\.yaml holds NoneType, expected a mapping with `classes:`"),
        ("classes: 3", r"grown\.yaml: classes is 3, expected a list"),
        ("classes: [0-100]", r"classes holds 1 items, expected two or more"),
        ("classes: [0-2, 6-4]", r"classes\.1 is '6-4', expected years such as 8-12, the lower"),
        ("classes: [0-2, old]", r"classes\.1 is 'old', expected years"),
        ("classes: [0-2, 3-1000]", r"classes\.1 is '3-1000'"),
        ("classes: [4-6, 0-3]", r"not in order of age"),
        ("classes: [0-2, 4-6]", r"a gap: the years 3-3 between classes\.0 \(0-2\) and classes\.1"),
        ("classes: [0-4, 4-6]", r"an overlap: classes\.0 \(0-4\) and classes\.1 \(4-6\) both ho"),
        ("classes: [0-3, 4-6]\nbetween: [3]", r"an overlap: classes\.0 .* and between\.0"),
        ("classes: [0-2, 5-6]\nbetween: [3]", r"a gap: the years 4-4 between between\.0 .*`betw"),
        ("clases: [0-2, 3-6]", r"unknown key 'clases' \(did you mean 'classes'\?\)"),
    ],
)
def test_a_wrong_class_table_is_refused_with_the_place(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, "age: [official]", text or "# nothing\n")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("photo: any", r"mine\.yaml: key 'age' is missing\. Add `age: \.\.\.`"),
        ("age: []", r"mine\.yaml: age is an empty list, expected one rule or more"),
        ("age: official", r"age is 'official', expected a list.* Write \[official\]"),
        ("age: [oficial]", r"age\.0 is 'oficial' \(did you mean 'official'\?\)"),
        ("age: [official]\nphoto: two", r"photo is 'two', expected 'any' or 'single_gender'"),
        ("age: [3]", r"age\.0 is 3, expected text or a mapping of names"),
        ("age: [{rule: a, text: 2024-05-01, class: 0-2}]", r"age\.0 is .*date"),
        ("age: [{rule: a, text: x}]", r"age\.0 is .* expected \{rule: NAME"),
        ("age: [{rule: a, text: x, years: 1-2, class: 0-2}]", r"age\.0 is .*expected \{rule"),
        ("age: [{rule: a, text: x, class: 0-3}]", r"age\.0 names '0-3', expected one of 0-2, 4-6"),
        ("age: [{rule: a, text: x, reject: bad}]", r"age\.0 names 'bad', expected one of age_mis"),
        ("age: [official, official]", r"age\.1 is named 'official', which is taken"),
        ("age: [{rule: official, text: x, class: 0-2}]", r"age\.0 is named 'official', which is"),
        ("age: [nearest_class, age_inside_class]", r"age\.1 \(age_inside_class\) is unreachable"),
        ("age: [official, {rule: a, text: '(0, 2)', class: 4-6}]", r"age\.1 \(a\) is unreachable"),
        ("age: [nearest_class, {rule: a, years: 33-37, class: 25-32}]", r"age\.1 \(a\) is unreach"),
        (
            "age: [{rule: a, years: 33-37, class: 25-32}, {rule: b, years: 37-40, class: 38-43}]",
            r"an overlap: age\.0 \(33-37\) and age\.1 \(37-40\) both hold 37",
        ),
        ("ages: [official]", r"unknown key 'ages' \(did you mean 'age'\?\)"),
    ],
)
def test_a_wrong_policy_is_refused_with_the_place(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read(tmp_path, text)


def test_a_cluster_refuses_a_class_table_whose_schema_its_image_has_not(tmp_path: Path) -> None:
    config = read(tmp_path, "age: [official]", CLASSES, "output=/data")

    with pytest.raises(
        ConfigError, match=r"the custom table 'grown\.yaml', expected one of adience8"
    ):
        check_cluster_paths(config)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"cannot read the config .*gone\.yaml"):
        read(tmp_path, POLICY, None, f"labels.policy={tmp_path / 'gone.yaml'}")


def test_a_long_policy_is_read_at_once_and_a_very_long_one_refused(tmp_path: Path) -> None:
    def policy(count: int) -> Path:
        path = tmp_path / f"{count}.yaml"
        rules = (
            f"- {{rule: r{n}, years: {n * 4}-{n * 4 + 3}, class: 0-2}}\n" for n in range(count)
        )
        path.write_text("age:\n" + "".join(rules))
        return path

    began = time.process_time()
    read_policy(policy(100), age_table("adience8"))

    assert time.process_time() - began < 1
    with pytest.raises(ConfigError, match="age holds 101 rules, expected at most 100"):
        read_policy(policy(101), age_table("adience8"))


def test_a_policy_of_single_years_takes_ages_over_the_last_class(tmp_path: Path) -> None:
    table = age_table("adience8")
    rules = {
        "age: [official, age_inside_class]": ("60-100", "age_over_last_class"),
        "age: [age_over_last_class, official]": ("60-100", "age_over_last_class"),
        "age: [official, range_inside_class]": (None, "age_between_classes"),
        "age: [age_inside_class, {rule: old, years: 101-999, reject: age_missing}]": (
            None, "age_missing",
        ),
    }  # fmt: skip

    found = {text: decide_age("105", read(tmp_path, text).labels.policy, table) for text in rules}

    assert {text: decision[:2] for text, decision in found.items()} == rules


def test_a_rule_for_a_text_takes_its_wording_and_its_meaning(tmp_path: Path) -> None:
    policy = read(tmp_path, "age: [{rule: a, text: '33', class: 25-32}, official]").labels.policy
    table = age_table("adience8")

    assert decide_age("33", policy, table, "33.0")[:2] == ("25-32", "a")
    assert decide_age("(33, 33)", policy, table, "33")[:2] == ("25-32", "a")
    assert decide_age("34", policy, table, "34.0")[0] is None
