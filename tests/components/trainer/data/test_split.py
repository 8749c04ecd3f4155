"""The split by subject."""

import random

import pytest

from components.trainer.data.dataset import People
from components.trainer.data.split import check_disjoint, validation_subjects
from schemas.errors import DataError

pytestmark = pytest.mark.tf

IMAGES = {f"person{number}": 1 + number % 7 for number in range(60)}


@pytest.mark.parametrize("share", [0.01, 0.1, 0.25, 0.5])
def test_validation_reaches_the_share_and_not_a_subject_more(share: float) -> None:
    for seed in range(20):
        chosen = validation_subjects(IMAGES, share, seed)
        held = sum(IMAGES[subject] for subject in chosen)

        assert held >= share * sum(IMAGES.values())
        # Each subject holds seven images at most, so the last one overshoots by less than that.
        assert held < share * sum(IMAGES.values()) + 7


def test_both_sides_keep_a_subject_even_where_one_person_has_nearly_all_images() -> None:
    for seed in range(20):
        for images in ({"a": 1000, "b": 1}, {"a": 1, "b": 1}, {"a": 1, "b": 1, "c": 1}):
            chosen = validation_subjects(images, 0.5, seed)

            assert chosen
            assert set(images) - chosen


def test_only_known_subjects_are_chosen() -> None:
    assert validation_subjects(IMAGES, 0.3, 0) < set(IMAGES)


def test_the_choice_depends_on_the_seed_and_not_on_the_order_of_reading() -> None:
    shuffled = list(IMAGES.items())
    random.Random(1).shuffle(shuffled)

    assert validation_subjects(dict(shuffled), 0.2, 5) == validation_subjects(IMAGES, 0.2, 5)


def test_another_seed_chooses_other_subjects() -> None:
    choices = {validation_subjects(IMAGES, 0.2, seed) for seed in range(10)}

    assert len(choices) == 10


def test_every_subject_validates_under_some_seed() -> None:
    chosen = [validation_subjects(IMAGES, 0.2, seed) for seed in range(60)]

    assert frozenset().union(*chosen) == set(IMAGES)


@pytest.mark.parametrize("images", [{}, {"only": 100}], ids=["nobody", "one_person"])
def test_fewer_than_two_subjects_are_an_error_that_names_the_fix(images: dict[str, int]) -> None:
    with pytest.raises(DataError, match=rf"{len(images)} subject.*folds\.test"):
        validation_subjects(images, 0.1, 0)


def people(name: str) -> People:
    return People({f"{name}-subject1", f"{name}-subject2"}, {f"{name}-camera"})


def test_disjoint_people_pass() -> None:
    check_disjoint(people("training"), people("validation"), people("held_out"))


def test_a_photographer_may_show_people_of_both_training_sides() -> None:
    check_disjoint(People({"a"}, {"camera"}), People({"b"}, {"camera"}), people("held_out"))


@pytest.mark.parametrize("kind", ["subjects", "photographers"])
@pytest.mark.parametrize("side", ["training", "validation"])
def test_a_held_out_person_that_trains_or_validates_is_an_error(side: str, kind: str) -> None:
    split = {name: people(name) for name in ("training", "validation")}
    leaked = f"{side}-subject2" if kind == "subjects" else f"{side}-camera"
    held_out = people("held_out")
    held_out = held_out._replace(**{kind: getattr(held_out, kind) | {leaked}})

    with pytest.raises(DataError, match=f"1 {kind} of the held-out.*{side}.*{leaked}"):
        check_disjoint(split["training"], split["validation"], held_out)


def test_a_subject_on_both_training_sides_is_an_error() -> None:
    with pytest.raises(DataError, match=r"1 subjects both train and validate.*'both'"):
        check_disjoint(People({"a", "both"}, {"x"}), People({"b", "both"}, {"y"}), people("far"))
