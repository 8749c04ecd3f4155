"""What L2 adds to the loss, kept out of what validation says."""

import keras


class PenaltyApart(keras.callbacks.Callback):
    """Takes the penalty of the weights (L2) out of `val_loss`, and tells it as `penalty`.

    Keras adds it to the validation loss, too. There it says nothing of the faces, and as it shrinks
    or grows it could make another epoch the best one. It stands before every callback that reads
    `val_loss`. The weights rest during validation, so that what is left is the loss of the data.
    """

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002 - Keras passes it.
        """Called by Keras after an epoch's validation."""
        if logs is None or not self.model.losses:
            return
        logs["penalty"] = sum(float(penalty) for penalty in self.model.losses)
        if "val_loss" in logs:
            logs["val_loss"] -= logs["penalty"]
