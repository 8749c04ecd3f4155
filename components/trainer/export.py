"""The SavedModel: the trained model and the TFT graph, behind four signatures."""

from collections.abc import Mapping, Sequence

import keras
import tensorflow as tf
import tensorflow_transform as tft

from components.faces import pixels
from components.trainer.models import zoo
from components.trainer.models.spec import ModelSpec
from schemas.features import predicted_class, predicted_label, probabilities

Outputs = dict[str, tf.Tensor]


class ServedModel(tf.Module):
    """What a served model answers: probabilities, class index and class name of each head."""

    def __init__(
        self,
        model: keras.Model,
        graph: tft.TFTransformOutput,
        side: int,
        names: Mapping[str, Sequence[str]],
    ) -> None:
        super().__init__()
        self.model = model
        self.graph = graph.transform_features_layer()  # Held, so that its graph is saved along.
        self._side = side
        self._names = {head: tuple(texts) for head, texts in names.items()}
        self._image_spec = {"image": tf.io.FixedLenFeature((), tf.string)}

    def answer(self, images: tf.Tensor) -> Outputs:
        """Outputs for model input, float32 (batch, side, side, 3), -1 to 1."""
        outputs: Outputs = {}
        for head, found in self.model(images, training=False).items():
            index = tf.argmax(found, axis=1)
            outputs[probabilities(head)] = found
            outputs[predicted_class(head)] = index
            outputs[predicted_label(head)] = tf.gather(tf.constant(self._names[head]), index)
        return outputs

    def signatures(self) -> dict[str, tf.types.experimental.ConcreteFunction]:
        """The four signatures by name."""
        square = (None, self._side, self._side, pixels.CHANNELS)

        @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="examples")])
        def serving_default(examples: tf.Tensor) -> Outputs:
            """Serialized tf.train.Example; only the image feature is looked at."""
            features = tf.io.parse_example(examples, self._image_spec)
            stored = {"image": features["image"][:, tf.newaxis]}
            return self.answer(self.graph(stored)["image"])

        @tf.function(input_signature=[tf.TensorSpec((None,), tf.string, name="jpeg")])
        def serve_jpeg(jpeg: tf.Tensor) -> Outputs:
            """Encoded pictures of any size, JPEG or PNG; an EXIF turn is not looked at."""
            return self.answer(pixels.decode_raw(jpeg, self._side))

        @tf.function(input_signature=[tf.TensorSpec(square, tf.float32, name="pixels")])
        def serve_float(pixels_: tf.Tensor) -> Outputs:
            """RGB pixels at the model's side, 0 to 255."""
            return self.answer(pixels.scale(pixels_))

        @tf.function(input_signature=[tf.TensorSpec(square, tf.uint8, name="pixels")])
        def serve_uint8(pixels_: tf.Tensor) -> Outputs:
            """RGB pixels at the model's side, 0 to 255."""
            return self.answer(pixels.scale(pixels_))

        return {
            "serving_default": serving_default.get_concrete_function(),
            "serve_jpeg": serve_jpeg.get_concrete_function(),
            "serve_float": serve_float.get_concrete_function(),
            "serve_uint8": serve_uint8.get_concrete_function(),
        }


def plain_copy(name: str, spec: ModelSpec, trained: keras.Model) -> keras.Model:
    """The same model in float32 outside any strategy: mirrored variables do not export."""
    keras.mixed_precision.set_dtype_policy("float32")
    model = zoo.build(name, spec._replace(weights=None))
    model.set_weights(trained.get_weights())
    return model


def export(served: ServedModel, folder: str) -> None:
    """Write the SavedModel to `folder`."""
    tf.saved_model.save(served, folder, signatures=served.signatures())
