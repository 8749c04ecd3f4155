"""Fold names, and folds that share people."""

import pytest

from schemas.folds import fold_name, fold_names, is_fold_name, people_of


def test_folds_are_numbered_from_0() -> None:
    assert fold_names(3) == ("fold_0", "fold_1", "fold_2")
    assert fold_name(4) == "fold_4"


@pytest.mark.parametrize("name", ["a", "7", "fold_0", "Fold-2", "x" * 40])
def test_a_fold_s_name_can_name_folders_splits_and_nodes(name: str) -> None:
    assert is_fold_name(name)


@pytest.mark.parametrize(
    "name",
    ["", " ", "..", ".", "/", "/../../x", "a/b", "train 2", "_a", "-a", "a.b", "é", "٣", "a\n",
     "\0", "*", "x" * 41],
)  # fmt: skip
def test_other_texts_are_no_folds(name: str) -> None:
    assert not is_fold_name(name)


@pytest.mark.parametrize(
    ("fold", "people"),
    [("val", "train"), ("train_subset", "train"), ("train", "train"), ("test", "test")],
)
def test_only_the_folds_cut_from_train_share_its_people(fold: str, people: str) -> None:
    assert people_of(fold) == people
