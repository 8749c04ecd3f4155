"""A sweep in the summary of a run."""

from pathlib import Path

from pipelines.local.summary.trial_table import trial_table
from schemas.sweep import TRIALS_FILE, TrialResult, table


def write(folder: Path, *results: TrialResult) -> list[str]:
    (folder / TRIALS_FILE).write_text(table(results), encoding="utf-8")
    return trial_table(folder).splitlines()


def trial(number: int, loss: float | None) -> TrialResult:
    begun = TrialResult(number, {"dropout": 0.25, "units": 8}, 61.0)
    if loss is None:
        return begun._replace(failure="diverged")
    measures = {"val_age_accuracy": 0.5, "val_age_loss": 1.0}
    return begun._replace(loss=loss, measures=measures, best_epoch=2, parameters=1234)


def test_the_best_trial_stands_first_in_equal_columns(tmp_path: Path) -> None:
    lines = write(tmp_path, trial(1, 12.5), trial(2, 0.75))

    assert lines == [
        "2 trials, the best by its validation loss",
        "rank  trial  dropout  units  validation_loss  val_age_accuracy  best_epoch  seconds",
        "   1      2     0.25      8         0.750000          0.500000           2     61.0",
        "   2      1     0.25      8        12.500000          0.500000           2     61.0",
    ]


def test_failed_trials_are_counted_and_stay_in_the_file(tmp_path: Path) -> None:
    lines = write(tmp_path, trial(1, None), trial(2, 0.75), trial(3, None))

    assert lines[0] == "3 trials, the best by its validation loss; 2 failed"
    assert len(lines) == 3


def test_of_many_trials_ten_are_shown(tmp_path: Path) -> None:
    lines = write(tmp_path, *(trial(number, number / 100) for number in range(1, 14)))

    assert [line.split()[1] for line in lines[2:12]] == [str(number) for number in range(1, 11)]
    assert lines[12:] == ["and 3 more"]
