"""The head of CORAL: ordered classes by one score and its thresholds.

Source: Cao, Mirjalili and Raschka 2020, "Rank consistent ordinal regression for neural networks
with application to age estimation", Pattern Recognition Letters 140 (arXiv 1901.07884): K - 1
questions "is the class above k?" share one weight vector and have a bias each.
"""

import keras
import numpy as np
from keras import ops


class CoralHead(keras.layers.Layer):
    """Features (batch, features) to class probabilities, float32 (batch, classes).

    The probability of a class is the difference of two neighbouring cumulative ones, which are
    sigmoid(score + bias). The paper shows that trained biases end up in order; here each is below
    the one before it by construction, by the softplus of a weight, so that at no step a difference
    is negative. Each row sums to 1.

    Args:
      classes: K, 2 or more.
      kernel_initializer: of the one weight vector.
      kernel_regularizer: of the same; None: nothing is added to the loss.
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
        product keeps small probabilities exact, where a difference of numbers near 1 loses them.
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
