"""The table of trials."""

import csv

from schemas.sweep import TrialResult, ranked, table

GOOD = TrialResult(1, {"units": 8, "layers": 2}, 12.34, 0.75, {"val_accuracy": 0.5}, 3, 99)
BETTER = GOOD._replace(number=3, loss=0.0, values={"units": 16, "layers": 2})
FAILED = TrialResult(2, GOOD.values, 12.34, failure='no "number", ever')


def test_a_loss_of_nothing_is_the_best_and_failures_come_last() -> None:
    same = GOOD._replace(number=4)

    assert ranked([same, FAILED, GOOD, BETTER]) == [BETTER, GOOD, same, FAILED]


def test_the_table_has_a_row_a_trial_with_all_that_it_found() -> None:
    rows = list(csv.reader(table([GOOD, FAILED, BETTER]).splitlines()))

    assert rows == [
        ["rank", "trial", "units", "layers", "validation_loss", "val_accuracy", "best_epoch",
         "parameters", "seconds", "failure"],
        ["1", "3", "16", "2", "0.000000", "0.500000", "3", "99", "12.3", ""],
        ["2", "1", "8", "2", "0.750000", "0.500000", "3", "99", "12.3", ""],
        ["", "2", "8", "2", "", "", "", "", "12.3", 'no "number", ever'],
    ]  # fmt: skip


def test_a_table_of_failures_alone_has_their_reasons() -> None:
    [_, row] = csv.reader(table([FAILED]).splitlines())

    assert row == ["", "2", "8", "2", "", "", "", "12.3", 'no "number", ever']
