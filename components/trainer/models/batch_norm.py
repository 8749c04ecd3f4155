"""Batch normalisation in one fused operation."""

import keras
import tensorflow as tf
from keras import ops

_CHANNELS_LAST = 4  # Rank of (batch, height, width, channels).


@keras.saving.register_keras_serializable(package="facefold")
class FusedBatchNormalization(keras.layers.BatchNormalization):
    """Keras' layer over the channels of images, with TensorFlow's fused operation in training.

    Keras computes mean, variance, scale and shift in separate passes over the layer's output, and
    as many for the gradient: a sixth of the small Xception's step on a CPU (DECISIONS.md). Weights,
    their names and the results are equal up to rounding; inference is Keras' own.
    """

    def call(
        self, inputs: tf.Tensor, training: bool | None = None, mask: tf.Tensor | None = None
    ) -> tf.Tensor:
        """Called by Keras: float (batch, height, width, channels) to the same."""
        if not (training and self.trainable):
            return super().call(inputs, training=training, mask=mask)
        if len(inputs.shape) != _CHANNELS_LAST or mask is not None:
            raise ValueError(
                f"{self.name} got inputs of shape {tuple(inputs.shape)} and mask {mask!r}, "
                "expected (batch, height, width, channels) and no mask. "
                "Take keras.layers.BatchNormalization."
            )
        outputs, mean, variance = tf.compat.v1.nn.fused_batch_norm(
            ops.cast(inputs, "float32"),  # As in Keras: half precision overflows in the sums.
            self.gamma,
            self.beta,
            epsilon=self.epsilon,
            is_training=True,
        )
        # The operation returns the sample variance, n - 1; Keras keeps that of the batch, n.
        count = tf.cast(tf.reduce_prod(tf.shape(inputs)[:-1]), tf.float32)
        self._move(self.moving_mean, mean)
        self._move(self.moving_variance, variance * (count - 1.0) / count)
        return ops.cast(outputs, self.compute_dtype)

    def _move(self, statistic: keras.Variable, value: tf.Tensor) -> None:
        statistic.assign(statistic * self.momentum + value * (1.0 - self.momentum))
