"""The review's note on a sweep."""

from components.bias_review.notes import sweep_notes
from tests.training_records import make_record


def test_a_sweep_is_told_with_its_values_and_on_whom_they_were_chosen() -> None:
    values = {"learning_rate": 0.001, "units": 64, "layers": 2}
    training = make_record(validation_subjects=22, sweep={"trials": 6, "values": values})

    [note] = sweep_notes(training)

    assert note == (
        "learning_rate 0.001, units 64, layers 2: the best of 6 trials by the validation loss of "
        "the same 22 subjects; no held-out face was looked at"
    )


def test_without_a_sweep_nothing_is_said() -> None:
    assert sweep_notes(make_record()) == ()
