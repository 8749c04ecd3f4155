"""From the best epochs of the folds' models to one number."""

import math
import statistics
from collections.abc import Mapping

from schemas.training_record import ChosenEpochs

RULE = "the median of the folds' best epochs, a half rounded up"


def choose_epochs(best: Mapping[str, int]) -> ChosenEpochs:
    """The median of the best epochs: one fold that ran away moves it little.

    A half is rounded up, since the last model sees more faces than any of the folds' models.

    Args:
      best: {held-out fold: best epoch of its model, from 1}; one fold at least.
    """
    epochs = math.ceil(statistics.median(best.values()))
    return ChosenEpochs(epochs=epochs, epochs_rule=RULE, best_epochs=dict(best))
