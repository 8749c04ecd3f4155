"""The TFDV schema of each age class table."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from pipelines.kubeflow.paths import SCHEMA_FOLDER
from schemas.labels.classes import ADIENCE8, AGE_TABLES, SEVEN, UNKNOWN, AgeClass
from schemas.tfdv.face_schema import face_schema
from tests.repository import FACE_SCHEMA, ROOT, environment


def parse(text: str) -> Any:
    return text_format.Parse(text, schema_pb2.Schema())


def test_adience_s_classes_give_the_curated_file_byte_by_byte() -> None:
    assert face_schema(ADIENCE8) == FACE_SCHEMA.read_text(encoding="utf-8")


@pytest.mark.parametrize("classes", [SEVEN, (AgeClass("0-17", 0, 17), AgeClass("18-99", 18, 99))])
def test_only_the_age_names_and_their_number_change(classes: tuple[AgeClass, ...]) -> None:
    lines = FACE_SCHEMA.read_text(encoding="utf-8").splitlines()
    start = lines.index('  name: "age"', lines.index("string_domain {")) + 1
    names = [f'  value: "{name}"' for name in (*(age.name for age in classes), UNKNOWN)]
    by_hand = [*lines[:start], *names, *lines[start + len(ADIENCE8) + 1 :]]
    text = "\n".join(by_hand).replace("max: 7 }", f"max: {len(classes) - 1} }}")

    assert parse(face_schema(classes)) == parse(text)
    assert face_schema(classes) == face_schema(classes)


def test_the_image_holds_the_schema_of_every_class_table(tmp_path: Path) -> None:
    dockerfile = (ROOT / "deploy" / "Dockerfile").read_text(encoding="utf-8")
    [module] = re.findall(rf"^RUN \S*python -m (\S+) {SCHEMA_FOLDER}$", dockerfile, re.MULTILINE)

    subprocess.run(
        [sys.executable, "-m", module, str(tmp_path / "made")], check=True, env=environment()
    )

    made = {path.name: path.read_text() for path in (tmp_path / "made").iterdir()}
    seven = {"white", "black", "latino_hispanic", "east_asian", "southeast_asian", "indian"}
    for name, table in AGE_TABLES.items():
        assert made.pop(f"{name}.pbtxt") == face_schema(table)
        other = parse(made.pop(f"{name}.fairface7.pbtxt"))
        [races] = [domain.value for domain in other.string_domain if domain.name == "race"]
        assert {*races} == seven | {"middle_eastern", UNKNOWN}
        [index] = [feature for feature in other.feature if feature.name == "race_class"]
        assert (index.int_domain.min, index.int_domain.max) == (-1, 6)
    assert made == {}
