"""The SavedModel: the trained model and the TFT graph, behind four signatures."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import keras
import tensorflow as tf
import tensorflow_transform as tft
from tfx.utils import io_utils

from components.faces import tf_images
from components.faces.align import eye_template
from components.faces.blazeface import PACKAGE, weights_hash
from components.trainer.models import builders
from components.trainer.models import probabilities as reading
from components.trainer.models.inputs import Inputs, model_inputs
from components.trainer.models.spec import ModelSpec
from schemas.artifact_files import SIGNATURES_FILE
from schemas.config.blocks import ImagesConfig
from schemas.config.serialization import dump
from schemas.features import NUMBERS, predicted_class, predicted_label, probabilities
from schemas.labels.classes import UNKNOWN

Outputs = dict[str, tf.Tensor]


class ServedModel(tf.Module):
    """Returns probabilities, class index and class name of each head.

    With `inputs` (label to its class names) every signature also takes the texts of those labels,
    which the transform graph converts to the same numbers as in training; a text that is no class
    of the label, such as `unknown` or an empty one, counts as missing.
    """

    def __init__(
        self,
        model: keras.Model,
        graph: tft.TFTransformOutput,
        images: ImagesConfig,
        names: Mapping[str, Sequence[str]],
        threshold: float = 0.0,
        inputs: Mapping[str, Sequence[str]] = MappingProxyType({}),
    ) -> None:
        super().__init__()
        self.model = model
        self.graph = graph.transform_features_layer()  # An attribute, so that its graph is saved.
        self._images = images
        self._names = {head: tuple(texts) for head, texts in names.items()}
        self._threshold = threshold  # As of `probabilities.label`.
        self._inputs = {label: tuple(texts) for label, texts in inputs.items()}
        self._stored_spec = {
            "image": tf.io.FixedLenFeature((), tf.string),
            **{label: tf.io.FixedLenFeature((), tf.string, UNKNOWN) for label in inputs},
        }

    def answer(self, inputs: Inputs) -> Outputs:
        """Outputs for model inputs, whose image is float32 (batch, side, side, 3), -1 to 1."""
        faces = tf.shape(tf.nest.flatten(inputs)[0])[0]
        outputs: Outputs = {}
        for head, padded in self.model(_not_empty(inputs, faces), training=False).items():
            shares = padded[:faces]
            outputs[probabilities(head)] = shares
            outputs[predicted_class(head)] = reading.likeliest(shares)
            outputs[predicted_label(head)] = reading.label(
                shares, self._names[head], self._threshold
            )
        return outputs

    def _with_texts(self, image: tf.Tensor, texts: Sequence[tf.Tensor]) -> Inputs:
        """The model inputs of an image and the texts of the labels beside it, (batch,) each."""
        if not texts:
            return image
        columns = [text[:, tf.newaxis] for text in texts]
        features = self.graph(dict(zip(self._inputs, columns, strict=True)))
        return model_inputs({"image": image, NUMBERS: features[NUMBERS]})

    def describe(self) -> dict[str, Any]:
        """Inputs and outputs of the signatures as text, and the image settings of training."""
        images = self._images
        square = f"RGB pixels, {images.side}x{images.side}, 0 to 255"
        taken = {
            "none": "Encoded pictures of any size, upright, JPEG or PNG",
            "crop": "Encoded crops of a detected face, upright, JPEG or PNG, with a margin of "
            f"{images.margin:g} of its side on each side; the detector is no part of this model",
            "eyes": "Encoded squares of a detected face, JPEG or PNG, turned and scaled so that "
            "its eyes lie on the template; the detector is no part of this model",
        }
        read = "only the image feature is read"
        beside = ""
        if self._inputs:
            read = f"only the features {', '.join(('image', *self._inputs))} are read"
            labels = " and ".join(self._inputs)
            beside = f"; beside each its {labels} as text (`inputs`), any other text as missing"
        description = {
            "images": json.loads(dump(images)),
            "signatures": {
                "serving_default": f"Serialized tf.train.Example; {read}.",
                "serve_jpeg": f"{taken[images.align]}{beside}.",
                "serve_float": f"{square}, float32{beside}.",
                "serve_uint8": f"{square}, uint8{beside}.",
            },
            "outputs": self._outputs(),
            "threshold": self._threshold,
        }
        if images.align != "none":
            description["detector"] = {"package": PACKAGE, "sha256": weights_hash()}
        if images.align == "eyes":
            description["template"] = eye_template(images.margin)._asdict()
        return description | ({"inputs": self._inputs} if self._inputs else {})

    def _outputs(self) -> dict[str, str]:
        """Each output as text."""
        texts = {}
        undefined = f", or {reading.UNDEFINED} where it is less likely than {self._threshold:g}"
        for head, names in self._names.items():
            texts[probabilities(head)] = f"Of {', '.join(names)}; float32, their sum is 1."
            texts[predicted_class(head)] = "Place of the likeliest class, of equal ones the first."
            texts[predicted_label(head)] = f"Its name{undefined if self._threshold else ''}."
        return texts

    def signatures(self) -> dict[str, tf.types.experimental.ConcreteFunction]:
        """The four signatures by name."""
        side = self._images.side
        square = (None, side, side, tf_images.CHANNELS)
        beside = [tf.TensorSpec((None,), tf.string, name=label) for label in self._inputs]

        def serving_default(examples: tf.Tensor) -> Outputs:
            """Serialized tf.train.Example; other features are ignored."""
            features = tf.io.parse_example(examples, self._stored_spec)
            features["image"] = tf_images.check_stored(features["image"], self._images)
            stored = {name: values[:, tf.newaxis] for name, values in features.items()}
            return self.answer(model_inputs(self.graph(stored)))

        def serve_jpeg(jpeg: tf.Tensor, *texts: tf.Tensor) -> Outputs:
            """As in `describe`; the EXIF orientation is ignored."""
            return self.answer(self._with_texts(tf_images.decode_raw(jpeg, self._images), texts))

        def serve_float(pixels: tf.Tensor, *texts: tf.Tensor) -> Outputs:
            """RGB pixels at the model's side, 0 to 255."""
            scaled = tf_images.scale(tf_images.check_finite(pixels))
            return self.answer(self._with_texts(scaled, texts))

        def serve_uint8(pixels: tf.Tensor, *texts: tf.Tensor) -> Outputs:
            """The same as uint8."""
            return self.answer(self._with_texts(tf_images.scale(pixels), texts))

        examples = tf.TensorSpec((None,), tf.string, name="examples")
        jpeg = tf.TensorSpec((None,), tf.string, name="jpeg")
        floats, bytes_ = (tf.TensorSpec(square, t, name="pixels") for t in (tf.float32, tf.uint8))
        by_name: dict[str, tuple[Callable[..., Outputs], list[tf.TensorSpec]]] = {
            "serving_default": (serving_default, [examples]),
            "serve_jpeg": (serve_jpeg, [jpeg, *beside]),
            "serve_float": (serve_float, [floats, *beside]),
            "serve_uint8": (serve_uint8, [bytes_, *beside]),
        }
        return {
            name: tf.function(
                function,
                input_signature=takes,
                autograph=False,  # Static code.
            ).get_concrete_function()
            for name, (function, takes) in by_name.items()
        }


def _not_empty(inputs: Inputs, faces: tf.Tensor) -> Inputs:
    """The same with a grey face in an empty batch: not every operation of a model takes none."""
    more = tf.cast(tf.equal(faces, 0), tf.int32)
    return tf.nest.map_structure(
        lambda values: tf.pad(values, [[0, more], *[[0, 0]] * (values.shape.rank - 1)]), inputs
    )


def plain_copy(name: str, spec: ModelSpec, trained: keras.Model) -> keras.Model:
    """A float32 copy outside any strategy: mirrored variables cannot be exported."""
    keras.mixed_precision.set_dtype_policy("float32")
    model = builders.build(name, spec._replace(weights=None))
    model.set_weights(trained.get_weights())
    return model


def export(served: ServedModel, folder: str) -> None:
    """Write the SavedModel to `folder`, and the description of its signatures beside it."""
    tf.saved_model.save(served, folder, signatures=served.signatures())
    description = json.dumps(served.describe(), indent=1)
    io_utils.write_string_file(os.path.join(folder, SIGNATURES_FILE), description)
