"""Who is drawn: groups, subjects and folds of the plan."""

from collections import Counter, defaultdict

import pytest

from pipelines.demo.plan import Face, least_faces, plan

JUDGED_IMAGES, JUDGED_SUBJECTS = 8, 3  # Of demo.yaml.
CLASSES = [
    "(0, 2)", "(4, 6)", "(8, 12)", "(15, 20)", "(25, 32)", "(38, 43)", "(48, 53)", "(60, 100)",
]  # fmt: skip
PLANTED = ("(48, 53)", "f")
Groups = dict[tuple[int, str, str], list[Face]]


def groups(faces: list[Face]) -> Groups:
    """Faces with good labels and images, by fold, age text and gender."""
    result = defaultdict(list)
    for face in faces:
        person = face.person
        labelled = person.age_text in CLASSES and person.gender_text in ("m", "f")
        if labelled and not person.kind.startswith("image"):
            result[person.fold, person.age_text, person.gender_text].append(face)
    return dict(result)


@pytest.mark.parametrize("faces", [1500, 2500])
@pytest.mark.parametrize("plant", [True, False], ids=["planted", "not planted"])
def test_every_group_of_every_fold_is_large_enough_to_be_judged(faces: int, plant: bool) -> None:
    result = groups(plan(faces, 1, plant=plant))

    assert len(result) == 5 * 16
    for members in result.values():
        assert len(members) >= JUDGED_IMAGES
        assert len({face.face_id for face in members}) >= JUDGED_SUBJECTS


@pytest.mark.parametrize(("faces", "most"), [(1500, 0.7), (2500, 0.7), (least_faces(), 0.8)])
def test_planted_group_is_clearly_the_rarest(faces: int, most: float) -> None:
    totals: Counter[tuple[str, str]] = Counter()
    for (_, *group), members in groups(plan(faces, 0, plant=True)).items():
        totals[group[0], group[1]] += len(members)

    planted = totals.pop(PLANTED)

    assert planted <= most * min(totals.values())


def test_planted_group_is_drawn_as_younger_classes_of_its_gender() -> None:
    for plant in (True, False):
        drawn = {
            face.person.drawn
            for (_, *group), members in groups(plan(1500, 0, plant=plant)).items()
            if tuple(group) == PLANTED
            for face in members
        }
        assert drawn == ({(2, "f"), (3, "f"), (4, "f")} if plant else {(6, "f")})


def test_without_planting_the_group_is_as_frequent_as_the_men() -> None:
    result = groups(plan(1500, 0, plant=False))

    for fold in range(5):
        men, women = (len(result[fold, PLANTED[0], gender]) for gender in "mf")
        assert abs(men - women) <= 1


def test_classes_are_uneven_with_25_to_32_the_most_frequent() -> None:
    counted = Counter(face.person.age_text for face in plan(1500, 0, plant=True))

    assert counted.most_common(1)[0][0] == "(25, 32)"
    sizes = [counted[text] for text in CLASSES]
    assert max(sizes) < 3 * min(sizes)


@pytest.mark.parametrize("faces", [least_faces(), least_faces() + 1, 1000, 1500])
def test_plan_has_the_requested_number_of_faces(faces: int) -> None:
    for plant in (True, False):
        planned = plan(faces, 0, plant=plant)
        assert len(planned) == faces
        assert len({face.path for face in planned}) == faces
        assert [face.number for face in planned] == list(range(faces))


def test_some_photos_show_two_subjects_and_none_the_same_twice() -> None:
    photos = defaultdict(list)
    for face in plan(1500, 0, plant=True):
        photos[face.original_image].append((face.user_id, face.face_id))

    assert any(len(faces) > 1 for faces in photos.values())
    for faces in photos.values():
        assert len(set(faces)) == len(faces)
        assert len({user for user, _ in faces}) == 1


def test_defects_have_the_shares_of_the_real_files() -> None:
    faces = plan(1500, 0, plant=True)
    real_counts = {"None": 753, "35": 294, "13": 169, "22": 149, "(27, 32)": 77, "(25, 23)": 72}

    counted = Counter(face.person.age_text for face in faces)

    for text, real in real_counts.items():
        assert counted[text] == pytest.approx(1500 * real / 19_487, abs=1.01), text
    undecided = sum(face.person.gender_text == "u" for face in faces)
    assert undecided == pytest.approx(1500 * 1100 / 19_487, abs=1.01)
