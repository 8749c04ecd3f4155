"""The number of epochs of the last training, from the best epochs of the folds' models."""

import math
import statistics
from collections.abc import Mapping

from schemas.training_record import ChosenEpochs

RULE = "the median of the folds' best epochs, a half rounded up"


def choose_epochs(best: Mapping[str, int]) -> ChosenEpochs:
    """The median of the best epochs, which is robust to one outlying fold.

    A half is rounded up, since the last model sees more faces than any of the folds' models.

    Args:
      best: {held-out fold: best epoch of its model, from 1}; one fold at least.
    """
    epochs = math.ceil(statistics.median(best.values()))
    return ChosenEpochs(epochs=epochs, epochs_rule=RULE, best_epochs=dict(best))
