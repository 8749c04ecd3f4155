"""The plan of the data set: faces of each class, their people, photographers and photos."""

from collections.abc import Iterator
from itertools import count, cycle
from typing import NamedTuple

import numpy as np

from pipelines.demo import defects
from schemas.labels.classes import ADIENCE8, GENDERS

FOLDS = 5
MIN_PEOPLE = 3  # In each fold and crossed group, so that the review judges it.
MIN_FACES = 4  # In each fold and crossed group except the planted one, which has fewer.
JUDGED_FACES = 8  # The review judges crossed groups of this many faces or more in a fold.
PHOTOS = 2.7  # Mean of a person.
PLANTED_PHOTOS = 1.4  # Mean of a person of the planted group: more people reduce the variance.
DEFECTIVE_PHOTOS = 3  # Maximum of a person with a defective label.
GROUP_PHOTO = 0.12  # Share of faces in the same photo as another face.
# Relative frequencies of the classes; the real files have the same most frequent ones.
CLASS_WEIGHTS = (0.9, 1.0, 1.0, 1.0, 1.6, 1.15, 1.1, 0.9)


class CrossedGroup(NamedTuple):
    """A crossed group: age class 0 to 7, and gender m or f."""

    age: int
    gender: str


CELLS = tuple(CrossedGroup(age, gender) for gender in GENDERS for age in range(len(ADIENCE8)))
PLANTED = CrossedGroup(6, "f")
PLANTED_LOOKS = (2, 3, 4)  # Classes whose features the planted group is drawn with, in rotation.
PLANTED_SPREAD = 0.3  # Noise of their features, relative to other groups.
PLAIN, PLANTED_KIND = "plain", "planted"


class Person(NamedTuple):
    """One person to be drawn, with the labels of their faces."""

    kind: str  # `plain`, `planted`, or the name of the defect.
    fold: int
    drawn: CrossedGroup
    age_text: str
    gender_text: str
    photos: int


class Face(NamedTuple):
    """One face: a row of a label file and an image."""

    number: int  # 0 to faces - 1, in the order of the files.
    face_id: int
    user_id: str
    original_image: str
    person: Person

    @property
    def path(self) -> str:
        """Path of the image, relative to the image folder."""
        return f"{self.user_id}/landmark_aligned_face.{self.face_id}.{self.original_image}"


def cell_faces(faces: int, *, plant: bool) -> dict[CrossedGroup, int]:
    """Faces without defects of each crossed group in one fold, before the remainder."""
    total = (faces - defects.defective_faces(faces)) // FOLDS
    others = [cell for cell in CELLS if not (plant and cell == PLANTED)]
    weights = np.array([CLASS_WEIGHTS[cell.age] for cell in others])
    sizes = np.floor(total * weights / weights.sum()).astype(int)
    if plant:
        rare = max(MIN_PEOPLE, min(JUDGED_FACES, sizes.min() - 2), sizes.min() // 2)
        sizes = np.floor((total - rare) * weights / weights.sum()).astype(int)
        return {**dict(zip(others, sizes.tolist(), strict=True)), PLANTED: int(rare)}
    return dict(zip(others, sizes.tolist(), strict=True))


def least_faces() -> int:
    """The smallest number of faces with enough in every fold and crossed group."""
    return next(
        faces
        for faces in count(FOLDS * len(CELLS))
        if all(
            size >= MIN_FACES or (plant and cell == PLANTED and size >= MIN_PEOPLE)
            for plant in (True, False)
            for cell, size in cell_faces(faces, plant=plant).items()
        )
    )


def plan(faces: int, seed: int, *, plant: bool) -> list[Face]:
    """All faces, in the order of the label files.

    Args:
      faces: at least `least_faces()`.
      seed: 0 or more.
      plant: whether the planted group is rare and drawn like another class.
    """
    rng = np.random.default_rng([seed, 0])
    people = [*ordinary_people(faces, rng, plant=plant), *defective_people(faces)]
    return list(photograph(people, rng))


def ordinary_people(faces: int, rng: np.random.Generator, *, plant: bool) -> list[Person]:
    """The people without defects of all crossed groups and folds."""
    sizes = cell_faces(faces, plant=plant)
    left = faces - defects.defective_faces(faces) - FOLDS * sum(sizes.values())
    spare = sorted((cell for cell in CELLS if cell != PLANTED), key=_weight, reverse=True)
    people = []
    for fold in range(FOLDS):
        extra = left // FOLDS + (fold < left % FOLDS)
        for cell in CELLS:
            more = _part_of(cell, spare, extra)
            people += _cell_people(cell, fold, sizes[cell] + more, rng, plant=plant)
    return people


def defective_people(faces: int) -> list[Person]:
    """The people with defective labels, distributed over the folds, and with image faults."""
    numbers = count()
    people = []
    for defect in defects.LABEL_DEFECTS:
        rest = defects.share(defect.real_rows, faces)
        while rest:
            photos = min(rest, DEFECTIVE_PHOTOS)
            rest -= photos
            drawn = CrossedGroup(defect.age, defect.gender)
            fold = next(numbers) % FOLDS
            texts = defect.age_text, defect.gender_text
            people.append(Person(defect.kind, fold, drawn, *texts, photos))
    for fault in defects.IMAGE_FAULTS:
        text = defects.AGE_TEXTS[fault.age]
        drawn = CrossedGroup(fault.age, fault.gender)
        people.append(Person(fault.kind, fault.fold, drawn, text, fault.gender, 1))
    return people


def photograph(people: list[Person], rng: np.random.Generator) -> Iterator[Face]:
    """Assign the people to photographers of their fold, and number users, people and photos."""
    numbers, face_ids, names = count(), count(1), _Names(rng)
    for fold in range(FOLDS):
        members = [person for person in people if person.fold == fold]
        members = [members[index] for index in rng.permutation(len(members))]
        while members:
            size = int(rng.integers(4, 10))
            album, members = members[:size], members[size:]
            yield from _album(album, numbers, face_ids, names)


class _Names:
    """Unique user ids and photo names in the format of the real ones."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self._used: set[int] = set()

    def user(self) -> str:
        """For example `30601258@N03`."""
        return f"{self._unique(7_000_000, 120_000_000)}@N0{self.rng.integers(0, 9)}"

    def photo(self) -> str:
        """For example `10399646885_67c7d20df9_o.jpg`."""
        secret = "".join("0123456789abcdef"[digit] for digit in self.rng.integers(0, 16, 10))
        return f"{self._unique(8_000_000_000, 12_100_000_000)}_{secret}_o.jpg"

    def _unique(self, low: int, high: int) -> int:
        while (number := int(self.rng.integers(low, high))) in self._used:
            continue
        self._used.add(number)
        return number


def _album(
    people: list[Person], numbers: "count[int]", face_ids: "count[int]", names: _Names
) -> Iterator[Face]:
    """One photographer's faces, shuffled; some share a photo with the previous face."""
    user, rng = names.user(), names.rng
    numbered = [(next(face_ids), person) for person in people]
    faces = [(face_id, person) for face_id, person in numbered for _ in range(person.photos)]
    photo, shown = "", set[int]()
    for index in rng.permutation(len(faces)):
        face_id, person = faces[index]
        if not photo or face_id in shown or rng.random() >= GROUP_PHOTO:
            photo, shown = names.photo(), set()
        shown.add(face_id)
        yield Face(next(numbers), face_id, user, photo, person)


def _weight(cell: CrossedGroup) -> float:
    return CLASS_WEIGHTS[cell.age]


def _part_of(cell: CrossedGroup, spare: list[CrossedGroup], extra: int) -> int:
    """The cell's part of `extra` faces that are distributed over `spare` in rotation."""
    if cell not in spare:
        return 0
    return len(range(spare.index(cell), extra, len(spare)))


def _cell_people(
    cell: CrossedGroup, fold: int, faces: int, rng: np.random.Generator, *, plant: bool
) -> list[Person]:
    """The people of a cell, at least three, who share its faces."""
    planted = plant and cell == PLANTED
    people = max(MIN_PEOPLE, round(faces / (PLANTED_PHOTOS if planted else PHOTOS)))
    photos = 1 + rng.multinomial(faces - people, [1 / people] * people)
    kind = PLANTED_KIND if planted else PLAIN
    text = defects.AGE_TEXTS[cell.age]
    looks = PLANTED_LOOKS if planted else (cell.age,)
    return [
        Person(kind, fold, CrossedGroup(look, cell.gender), text, cell.gender, int(number))
        for number, look in zip(photos, cycle(looks), strict=False)
    ]
