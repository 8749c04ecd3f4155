"""Fold names, and folds that share people."""

import pytest

from schemas.folds import fold_name, fold_names, people_of


def test_folds_are_numbered_from_0() -> None:
    assert fold_names(3) == ("fold_0", "fold_1", "fold_2")
    assert fold_name(4) == "fold_4"


@pytest.mark.parametrize(
    ("fold", "people"),
    [("val", "train"), ("train_subset", "train"), ("train", "train"), ("test", "test")],
)
def test_only_the_folds_cut_from_train_share_its_people(fold: str, people: str) -> None:
    assert people_of(fold) == people
