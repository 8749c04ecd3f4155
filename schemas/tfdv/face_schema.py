"""The curated TFDV schema for each pair of class tables."""

from collections.abc import Sequence
from pathlib import Path

from schemas.features import label_class
from schemas.labels.classes import ADIENCE8, DEFAULT_RACES, RACES, UNKNOWN, AgeClass

CURATED = Path(__file__).with_name("faces.pbtxt")


def schema_name(ages: str, races: str) -> str:
    """File name of the schema of an age table and a race table, by their keys."""
    return f"{ages}.pbtxt" if races == DEFAULT_RACES else f"{ages}.{races}.pbtxt"


def face_schema(classes: tuple[AgeClass, ...], races: Sequence[str] = RACES) -> str:
    """The curated schema as text, with the names and the number of the given classes.

    For Adience's eight classes and UTKFace's races it is the curated file itself, comments
    included.
    """
    text = CURATED.read_text(encoding="utf-8")
    if classes == ADIENCE8 and tuple(races) == RACES:
        return text
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    schema = text_format.Parse(text, schema_pb2.Schema())
    for label, names in (("age", [age.name for age in classes]), ("race", races)):
        [values] = [domain for domain in schema.string_domain if domain.name == label]
        values.value[:] = [*names, UNKNOWN]
        [index] = [feature for feature in schema.feature if feature.name == label_class(label)]
        index.int_domain.max = len(names) - 1
    return str(text_format.MessageToString(schema))
