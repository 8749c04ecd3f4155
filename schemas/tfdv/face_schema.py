"""The curated TFDV schema for each age class table."""

from pathlib import Path

from schemas.features import label_class
from schemas.labels.classes import ADIENCE8, UNKNOWN, AgeClass

CURATED = Path(__file__).with_name("faces.pbtxt")


def face_schema(classes: tuple[AgeClass, ...]) -> str:
    """The curated schema as text, with the names and the number of the given age classes.

    For Adience's eight classes it is the curated file itself, comments included.
    """
    text = CURATED.read_text(encoding="utf-8")
    if classes == ADIENCE8:
        return text
    from google.protobuf import text_format
    from tensorflow_metadata.proto.v0 import schema_pb2

    schema = text_format.Parse(text, schema_pb2.Schema())
    [names] = [domain for domain in schema.string_domain if domain.name == "age"]
    names.value[:] = [*(age.name for age in classes), UNKNOWN]
    [index] = [feature for feature in schema.feature if feature.name == label_class("age")]
    index.int_domain.max = len(classes) - 1
    return str(text_format.MessageToString(schema))
