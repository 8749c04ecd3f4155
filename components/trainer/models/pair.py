"""Age and gender as one vector: one last layer, whose parts are the heads."""

import keras
from keras import layers

from components.trainer.models.dense import l2_penalty
from components.trainer.models.seeds import seeded
from components.trainer.models.spec import ModelSpec
from components.trainer.reading import shares
from schemas.pairs import parts


class Part(layers.Layer):
    """Some places of a vector: (batch, places) to (batch, stop - start)."""

    def __init__(self, start: int, stop: int, **settings: str) -> None:
        super().__init__(**settings)
        self.start = start
        self.stop = stop

    def call(self, vector: keras.KerasTensor) -> keras.KerasTensor:
        """Called by Keras."""
        return vector[:, self.start : self.stop]


def pair_heads(features: keras.KerasTensor, spec: ModelSpec) -> dict[str, keras.KerasTensor]:
    """One dense layer `pair` of all classes of all heads, read part by part.

    Args:
      features: (batch, features), of any float type.
      spec: names and classes of the heads, in the order of the parts.

    Returns:
      Head name to probabilities, float32 (batch, classes), each row summing to 1.
    """
    places = sum(classes for _, classes in spec.heads)
    last = layers.Dense(places, kernel_regularizer=l2_penalty(spec), dtype="float32", name="pair")
    vector = seeded(last, spec.seed)(features)
    heads = {}
    for head, (start, stop) in parts(spec.heads).items():
        scores = Part(start, stop, dtype="float32", name=_scores(head))(vector)
        heads[head] = layers.Activation(shares, dtype="float32", name=head)(scores)
    return heads


def training_form(model: keras.Model, spec: ModelSpec) -> keras.Model:
    """The model as it is trained: same layers and weights, the pair's heads before their reading.

    The loss of a two-hot vector looks at each place by itself, and where a head's probabilities
    sum to 1 that is lost. What has the largest probability has the largest score, too.

    Returns:
      `model` itself, or with `net.pair` two_hot a model to {head: scores, any float}.
    """
    if spec.net.pair != "two_hot":
        return model
    outputs = {head: model.get_layer(_scores(head)).output for head, _ in spec.heads}
    return keras.Model(model.input, outputs, name=model.name)


def _scores(head: str) -> str:
    return f"{head}_scores"
