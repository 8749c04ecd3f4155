"""What the page says of where a model comes from."""

from components.bias_review.notes import origin_notes
from tests.training_records import CONTENT, make_record


def test_plain_training_needs_no_word() -> None:
    assert list(origin_notes(make_record())) == []


def test_phases_inputs_and_the_earlier_model_are_told_each() -> None:
    second = {"first_epoch": 6, "last_epoch": 7, "learning_rate": 1e-5, "trainable": 1234567}
    seen = [
        {"dataset": "adience", "cut": "adience", "folds": ["fold_0", "fold_1"]},
        {"dataset": "utkface", "cut": "utkface in i", "folds": ["fold_2"]},
    ]
    training = make_record(
        phases=[*CONTENT["phases"], second],
        inputs=["age", "gender"],
        started_from={"folder": "runs/whole", "seen": seen},
    )

    phases, inputs, started = origin_notes(training)

    assert phases == (
        "trained in 2 phases: epochs 1 to 5 with 4,098 trainable weights, learning rate 0.001; "
        "epochs 6 to 7 with 1,234,567 trainable weights, learning rate 1e-05"
    )
    assert inputs == "the model is told age and gender beside each picture"
    assert started == (
        "started from the weights of runs/whole, trained on fold_0, fold_1 of adience; "
        "fold_2 of utkface"
    )
