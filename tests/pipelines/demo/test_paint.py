"""Drawn faces agree with their labels."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from pipelines.demo.paint import draw_face, encode
from pipelines.demo.traits import GENDER_LOOKS, LOOKS, Identity, Shot, sample_identity, sample_shot

FRONTAL = {"turn": 0.0, "lean": 0.0, "light": (1.0, 0.0, 0.0), "exposure": 1.0, "grain": 0.0}


def person(age: int, gender: str, seed: int = 0) -> Identity:
    return sample_identity(np.random.default_rng([seed, age]), age, gender)


def shot(**changes: object) -> Shot:
    plain = sample_shot(np.random.default_rng(1))._asdict()
    return Shot(**(plain | FRONTAL | {"centre": (0.5, 0.46), "blur": 0.0} | changes))


def picture(who: Identity, how: Shot) -> npt.NDArray[np.int16]:
    return draw_face(who, how, np.random.default_rng(2)).astype(np.int16)


def test_tables_have_a_row_for_each_of_the_eight_classes() -> None:
    assert len(LOOKS) == 8
    for table in GENDER_LOOKS.values():
        for column in (table.long_hair, table.beard, table.makeup, table.brow, table.bald):
            assert len(column) == 8


@pytest.mark.parametrize("age", range(8))
@pytest.mark.parametrize("gender", ["m", "f"])
def test_every_class_and_gender_can_be_drawn(age: int, gender: str) -> None:
    image = draw_face(person(age, gender), shot(), np.random.default_rng(0))

    assert image.shape == (816, 816, 3)
    assert image.dtype == np.uint8
    assert cv2.imdecode(np.frombuffer(encode(image), np.uint8), cv2.IMREAD_COLOR) is not None


def test_eyes_move_to_the_right_when_the_face_turns_right() -> None:
    who = person(4, "m")._replace(iris=(255, 0, 255), glasses=False, spots=(), beard=0.0)

    def iris_column(turn: float) -> float:
        blue, green, red = np.moveaxis(picture(who, shot(turn=turn)), -1, 0)
        return float(np.nonzero((red - green > 90) & (blue - green > 90))[1].mean())

    assert iris_column(-30.0) + 25 < iris_column(0.0) < iris_column(30.0) - 25


def test_older_people_are_drawn_with_lighter_hair_of_the_same_colour() -> None:
    dark = [sample_identity(np.random.default_rng([seed, 0]), 4, "f").hair for seed in range(40)]
    grey = [sample_identity(np.random.default_rng([seed, 0]), 7, "f").hair for seed in range(40)]

    assert np.mean(grey) > np.mean(dark) + 80


def test_photos_of_one_person_differ_and_the_same_shot_repeats() -> None:
    who = person(5, "f")

    first, second = picture(who, shot()), picture(who, shot(turn=20.0))

    assert np.array_equal(first, picture(who, shot()))
    assert np.abs(first - second).mean() > 2


def test_drawn_pose_follows_the_labelled_pose() -> None:
    shots = [sample_shot(np.random.default_rng([7, number])) for number in range(400)]

    assert {each.yaw for each in shots} == set(range(-45, 46, 15))
    assert max(abs(each.turn - each.yaw) for each in shots) <= 6
    assert np.mean([each.score for each in shots if each.yaw == 0]) > np.mean(
        [each.score for each in shots if abs(each.yaw) >= 30]
    )
