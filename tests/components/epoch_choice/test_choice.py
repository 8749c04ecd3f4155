"""How long the last model trains."""

import pytest

from components.epoch_choice.choice import RULE, choose_epochs
from schemas.training_record import ChosenEpochs


@pytest.mark.parametrize(
    ("best", "epochs"),
    [
        ([7], 7),
        ([3, 9, 4, 50, 5], 5),  # One fold that ran away moves it little.
        ([3, 4], 4),  # A half is rounded up.
        ([3, 5], 4),
        ([1, 1, 1, 1, 2], 1),
    ],
)
def test_the_median_of_the_best_epochs_is_chosen(best: list[int], epochs: int) -> None:
    by_fold = {f"fold_{number}": epoch for number, epoch in enumerate(best)}

    chosen = choose_epochs(by_fold)

    assert chosen == ChosenEpochs(epochs, RULE, by_fold)
