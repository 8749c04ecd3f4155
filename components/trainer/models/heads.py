"""The heads of the models: softmax, CORAL and two-hot."""

import keras
import numpy as np
from keras import layers, ops

from components.trainer.models.dense import l2_penalty
from components.trainer.models.probabilities import shares
from components.trainer.models.seeding import seeded
from components.trainer.models.spec import ModelSpec
from schemas.labels.classes import ORDERED
from schemas.labels.two_hot import parts


def softmax_heads(
    features: keras.KerasTensor,
    spec: ModelSpec,
    initializer: str | keras.Initializer = "glorot_uniform",
) -> dict[str, keras.KerasTensor]:
    """One layer a head, named after it: a dense softmax, or with `coral` a CoralHead.

    Args:
      features: (batch, features), of any float type.
      spec: names and classes of the heads.
      initializer: of the kernels; its seed is set here.

    Returns:
      Head name to probabilities, float32 (batch, classes), each row summing to 1.
    """
    outputs = {}
    for head, classes in spec.heads:
        if spec.coral and head in ORDERED:
            layer = CoralHead(classes, initializer, l2_penalty(spec), name=head)
        else:
            layer = layers.Dense(
                classes,
                activation="softmax",
                kernel_initializer=initializer,
                kernel_regularizer=l2_penalty(spec),
                dtype="float32",  # Also under mixed precision: float16 loses the small classes.
                name=head,
            )
        outputs[head] = seeded(layer, spec.seed)(features)
    return outputs


class CoralHead(keras.layers.Layer):
    """Features (batch, features) to class probabilities, float32 (batch, classes).

    The probability of a class is the difference of two neighbouring cumulative probabilities,
    sigmoid(score + bias). The paper shows that trained biases end up in order; here each is below
    the previous one by the softplus of a weight, so that no difference is ever negative. Each row
    sums to 1.

    Args:
      classes: K, 2 or more.
      kernel_initializer: of the one weight vector.
      kernel_regularizer: of the same vector, if any.
      name: of the head.
    """

    def __init__(
        self,
        classes: int,
        kernel_initializer: str | keras.Initializer,
        kernel_regularizer: keras.Regularizer | None = None,
        *,
        name: str,
    ) -> None:
        # float32 also under mixed precision, as the softmax heads.
        super().__init__(name=name, dtype="float32")
        self.units = classes
        self.kernel_initializer = keras.initializers.get(kernel_initializer)
        self.kernel_regularizer = kernel_regularizer

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Called by Keras. At a score of 0 every class is as likely as any other."""
        self.kernel = self.add_weight(
            shape=(input_shape[-1], 1),
            initializer=self.kernel_initializer,
            regularizer=self.kernel_regularizer,
            name="kernel",
        )
        above = 1 - np.arange(1, self.units) / self.units  # P(class > k) for k = 0 .. K - 2.
        biases = np.log(above / (1 - above))
        self.bias = self.add_weight(
            shape=(1,), initializer=keras.initializers.Constant(biases[0]), name="bias"
        )
        self.gaps = None  # Before the softplus; two classes have one bias and no gap.
        if self.units > 2:
            gaps = np.log(np.expm1(-np.diff(biases)))
            self.gaps = self.add_weight(
                shape=(self.units - 2,), initializer=keras.initializers.Constant(gaps), name="gaps"
            )

    def call(self, features: keras.KerasTensor) -> keras.KerasTensor:
        """Called by Keras.

        With a > b, sigmoid(a) - sigmoid(b) is sigmoid(a) * sigmoid(-b) * (1 - exp(b - a)): a
        product keeps small probabilities exact, which a difference of numbers near 1 loses.
        """
        score = ops.matmul(features, self.kernel) + self.bias
        if self.gaps is None:
            return ops.concatenate([ops.sigmoid(-score), ops.sigmoid(score)], axis=1)
        gaps = ops.softplus(self.gaps)
        below = ops.concatenate([ops.zeros((1,)), ops.cumsum(gaps)])
        logits = score - below  # (batch, K - 1), falling along each row.
        above, not_above = ops.sigmoid(logits), ops.sigmoid(-logits)
        between = above[:, :-1] * not_above[:, 1:] * -ops.expm1(-gaps)
        return ops.concatenate([not_above[:, :1], between, above[:, -1:]], axis=1)


def pair_heads(features: keras.KerasTensor, spec: ModelSpec) -> dict[str, keras.KerasTensor]:
    """One dense layer `pair` for all classes of all heads, with a slice a head, in their order.

    Returns:
      Head name to probabilities, float32 (batch, classes), each row summing to 1.
    """
    size = sum(classes for _, classes in spec.heads)
    last = layers.Dense(size, kernel_regularizer=l2_penalty(spec), dtype="float32", name="pair")
    vector = seeded(last, spec.seed)(features)
    return {
        head: layers.Activation(shares, dtype="float32", name=head)(vector[:, start:stop])
        for head, (start, stop) in parts(spec.heads).items()
    }


def training_form(model: keras.Model, spec: ModelSpec) -> keras.Model:
    """The model for training: same layers and weights, with scores as outputs of a two-hot pair.

    The loss of a two-hot vector treats each element independently, which probabilities that sum to
    1 do not allow. The largest probability has the largest score, too.

    Returns:
      `model` itself, or with `net.pair` two_hot a model to {head: scores, any float}.
    """
    if spec.net.pair != "two_hot":
        return model
    outputs = {head: model.get_layer(head).input for head, _ in spec.heads}
    return keras.Model(model.input, outputs, name=model.name)
