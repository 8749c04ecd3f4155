"""Notes on the training of the pushed model."""

from typing import Any

import pytest

from components.bias_review.notes import training_notes
from tests.training_records import CONTENT, make_record


def test_plain_training_has_a_note_on_its_validation_alone() -> None:
    plain = make_record()

    assert list(training_notes(plain, evaluated=True)) == [
        (
            "trained on 90 images of 9 subjects, best epoch 3 of 5 chosen on 10 images of 1 other "
            "subjects of the training folds"
        )
    ]
    assert list(training_notes(plain, evaluated=False)) == []


def test_phases_inputs_and_the_earlier_model_have_a_note_each() -> None:
    second = {"first_epoch": 6, "last_epoch": 7, "learning_rate": 1e-5, "trainable": 1234567}
    seen = [
        {
            "dataset": "adience",
            "people": "adience",
            "cut": "adience",
            "folds": ["fold_0", "fold_1"],
        },
        {"dataset": "utkface", "people": "utkface", "cut": "utkface in i", "folds": ["fold_2"]},
    ]
    training = make_record(
        phases=[*CONTENT["phases"], second],
        inputs=["age", "gender"],
        started_from={"folder": "runs/whole", "seen": seen},
    )

    phases, inputs, started = training_notes(training, evaluated=False)

    assert phases == (
        "trained in 2 phases: epochs 1 to 5 with 4,098 trainable weights, learning rate 0.001; "
        "epochs 6 to 7 with 1,234,567 trainable weights, learning rate 1e-05"
    )
    assert inputs == "the model's inputs beside the image: age and gender"
    assert started == (
        "started from the weights of an earlier model, trained on fold_0, fold_1 of adience; "
        "fold_2 of utkface"
    )


@pytest.mark.parametrize("evaluated", [True, False])
def test_a_sweep_has_a_note_with_its_values_and_subjects_if_its_model_was_evaluated(
    evaluated: bool,
) -> None:
    values = {"learning_rate": 0.001, "units": 64, "layers": 2}
    sweep: dict[str, Any] = {"trials": 6, "values": values}
    training = make_record(validation_subjects=22, sweep=sweep)

    notes = list(training_notes(training, evaluated=evaluated))

    expected = (
        "learning_rate 0.001, units 64, layers 2: the best of 6 trials by the validation loss of "
        "the same 22 subjects; no held-out face was used"
    )
    assert notes[1:] == ([expected] if evaluated else [])
