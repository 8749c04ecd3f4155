"""Which folds and data sets share people."""

from schemas.folds import fold_name, people_of, whole_fold


def test_a_part_of_the_training_rows_shows_their_people() -> None:
    folds = ("train", "train_subset", "val", "test", fold_name(4))

    assert [whole_fold(fold) for fold in folds] == ["train", "train", "train", "test", "fold_4"]


def test_both_layouts_of_adience_show_the_same_people() -> None:
    assert people_of("levi_hassner") == people_of("adience") != people_of("utkface")
