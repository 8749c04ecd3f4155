"""Features of a stored face, class names and the TFDV schema agree."""

from typing import Any

import pytest
from google.protobuf import text_format
from tensorflow_metadata.proto.v0 import schema_pb2

from schemas.features import FEATURES, label_class
from schemas.labels.classes import (
    AGE_TABLES,
    GENDERS,
    MISSING_CLASS,
    RACES,
    TARGETS,
    UNKNOWN,
    class_names,
)
from schemas.tfdv.face_schema import face_schema
from tests.repository import FACE_SCHEMA

LABELS = ("age", "gender", "race")


@pytest.fixture(scope="module")
def schema() -> Any:
    return text_format.Parse(FACE_SCHEMA.read_text(encoding="utf-8"), schema_pb2.Schema())


@pytest.fixture(scope="module")
def by_name(schema: Any) -> dict[str, Any]:
    return {feature.name: feature for feature in schema.feature}


def test_both_name_the_same_features_once(schema: Any) -> None:
    assert [feature.name for feature in schema.feature] == list(FEATURES)


def test_both_give_every_feature_the_same_type(by_name: dict[str, Any]) -> None:
    types = {"bytes": "BYTES", "text": "BYTES", "int": "INT", "float": "FLOAT"}

    found = {name: schema_pb2.FeatureType.Name(feature.type) for name, feature in by_name.items()}

    assert found == {name: types[feature.kind] for name, feature in FEATURES.items()}


def test_optional_features_are_the_same_in_both(by_name: dict[str, Any]) -> None:
    for name, feature in FEATURES.items():
        presence = by_name[name].presence
        wanted = (0.0, 0) if feature.optional else (1.0, 1)
        assert (presence.min_fraction, presence.min_count) == wanted, name


def test_every_face_has_one_value_of_each_feature(by_name: dict[str, Any]) -> None:
    for name, feature in by_name.items():
        if FEATURES[name].optional:
            assert (feature.value_count.min, feature.value_count.max) == (1, 1), name
        else:
            assert [dim.size for dim in feature.shape.dim] == [1], name


@pytest.mark.parametrize("label", LABELS)
def test_label_texts_are_the_class_names_in_their_order_and_unknown(
    schema: Any, by_name: dict[str, Any], label: str
) -> None:
    domains = {domain.name: list(domain.value) for domain in schema.string_domain}

    assert by_name[label].domain == label
    assert domains[label] == [*class_names(label, "adience8"), UNKNOWN]
    assert set(domains) == set(LABELS)


@pytest.mark.parametrize("label", LABELS)
def test_class_indices_reach_from_missing_to_the_last_class(
    by_name: dict[str, Any], label: str
) -> None:
    domain = by_name[label_class(label)].int_domain

    assert domain.min == MISSING_CLASS == -1
    assert domain.max == len(class_names(label, "adience8")) - 1


@pytest.mark.parametrize("table", AGE_TABLES)
def test_the_schema_of_an_age_table_names_its_classes_alone(table: str) -> None:
    schema: Any = text_format.Parse(face_schema(AGE_TABLES[table]), schema_pb2.Schema())

    [ages] = [list(domain.value) for domain in schema.string_domain if domain.name == "age"]
    [bound] = [f.int_domain.max for f in schema.feature if f.name == "age_class"]
    assert ages == [*class_names("age", table), UNKNOWN]
    assert bound == len(ages) - 2


def test_the_class_names_are_those_of_the_data_sets() -> None:
    printed = "0-2 4-6 8-12 15-20 25-32 38-43 48-53 60-100"

    assert " ".join(class_names("age", "adience8")) == printed
    assert (GENDERS, RACES) == (("m", "f"), ("white", "black", "asian", "indian", "other"))


def test_age_classes_are_ordered_and_share_no_year() -> None:
    for table in AGE_TABLES.values():
        years = [year for age in table for year in range(age.low, age.high + 1)]
        assert years == sorted(set(years))


def test_every_target_trains_labels_that_are_stored() -> None:
    for heads in TARGETS.values():
        for head in heads:
            assert FEATURES[head].kind == "text"
            assert FEATURES[label_class(head)].kind == "int"
