"""The features of a stored face (tf.train.Example), by name and kind; no TensorFlow here."""

from typing import Literal, NamedTuple

Kind = Literal["bytes", "text", "int", "float"]


class Feature(NamedTuple):
    """One feature of a stored face."""

    kind: Kind
    optional: bool = False  # Absent if the source gives no value.


FEATURES: dict[str, Feature] = {
    "image": Feature("bytes"),  # JPEG, PNG or raw RGB, images.side square.
    "age": Feature("text"),  # Class names; `unknown` where missing.
    "gender": Feature("text"),
    "race": Feature("text"),
    "age_class": Feature("int"),  # Class indices; -1 where missing.
    "gender_class": Feature("int"),
    "race_class": Feature("int"),
    "fold": Feature("text"),
    "subject": Feature("text"),
    "photographer": Feature("text"),
    "key": Feature("text"),
    # Degrees; of the data set, else of the detected face. Positive: to the picture's right.
    "yaw": Feature("float", optional=True),
    "tilt": Feature("float", optional=True),  # Degrees, in the original photo; of the data set.
    "landmark_score": Feature("float", optional=True),
    "height": Feature("int"),  # Pixels of the source, after EXIF rotation.
    "width": Feature("int"),
    "blur": Feature("float"),  # Variance of the Laplacian of the grey stored face.
    "brightness": Feature("float"),  # Mean of the grey stored face, 0 to 255.
    "face_found": Feature("int", optional=True),  # 0: whole image kept; absent: no detection.
    "face_score": Feature("float", optional=True),  # Certainty of the detected face, 0.65 to 1.
    "roll": Feature("float", optional=True),  # Degrees, of the detected face; positive: clockwise.
}

Value = bytes | str | int | float | None


# Output of the transform graph: labels that the model takes beside the image, as numbers.
NUMBERS = "numbers"
NUMBERS_OF_LABEL = 2  # (scaled class index, whether known), see `components.transform`.


def label_class(label: str) -> str:
    """Name of the feature that holds the class index of a label."""
    return f"{label}_class"


def probabilities(head: str) -> str:
    """Name of a served model's output: float32 (batch, classes), each row sums to 1."""
    return f"{head}_probabilities"


def predicted_class(head: str) -> str:
    """Name of a served model's output: int64 (batch,), index of the most probable class."""
    return f"{head}_class"


def predicted_label(head: str) -> str:
    """Name of a served model's output: string (batch,), name of the most probable class."""
    return f"{head}_label"
