"""Who is in the demo: how many faces of which class, their people, photographers and photos."""

from collections.abc import Iterator
from itertools import count, cycle
from typing import NamedTuple

import numpy as np

from pipelines.demo import defects
from schemas.labels.classes import ADIENCE8, GENDERS

FOLDS = 5
LEAST_PEOPLE = 3  # In each fold and crossed group, so that a group can be judged.
LEAST_FACES = 4  # In each fold and crossed group but the planted one: at least one more than it.
JUDGED_FACES = 8  # From so many in a fold on, a crossed group is judged.
PHOTOS = 2.7  # Of one person, on average.
PLANTED_PHOTOS = 1.4  # Of one person of the planted group: more people, so chance weighs less.
ODD_PHOTOS = 3  # Of one person with an odd label, at most.
GROUP_PHOTO = 0.12  # Share of faces that stand in the same photo as another face.
# Frequencies of the classes; the real files have the same order at the top, but wider gaps.
CLASS_WEIGHTS = (0.9, 1.0, 1.0, 1.0, 1.6, 1.15, 1.1, 0.9)


class Cell(NamedTuple):
    """A crossed group: class of age 0 to 7, and gender m or f."""

    age: int
    gender: str


CELLS = tuple(Cell(age, gender) for gender in GENDERS for age in range(len(ADIENCE8)))
PLANTED = Cell(6, "f")
PLANTED_LOOKS = (2, 3, 4)  # Classes whose features the planted group is drawn with, in turn.
PLANTED_SPREAD = 0.3  # Noise of their features: typical faces, far from their own class.
PLAIN, PLANTED_KIND = "plain", "planted"


class Person(NamedTuple):
    """One person to be drawn, and how their faces are labelled."""

    kind: str  # `plain`, `planted`, or the name of the defect.
    fold: int
    drawn: Cell
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
        """Where the image is, relative to the image folder."""
        return f"{self.user_id}/landmark_aligned_face.{self.face_id}.{self.original_image}"


def cell_faces(faces: int, *, plant: bool) -> dict[Cell, int]:
    """Good faces of each crossed group in one fold; what is over goes to the largest groups."""
    room = (faces - defects.odd_faces(faces)) // FOLDS
    others = [cell for cell in CELLS if not (plant and cell == PLANTED)]
    weights = np.array([CLASS_WEIGHTS[cell.age] for cell in others])
    sizes = np.floor(room * weights / weights.sum()).astype(int)
    if plant:
        rare = max(LEAST_PEOPLE, min(JUDGED_FACES, sizes.min() - 2), sizes.min() // 2)
        sizes = np.floor((room - rare) * weights / weights.sum()).astype(int)
        return {**dict(zip(others, sizes.tolist(), strict=True)), PLANTED: int(rare)}
    return dict(zip(others, sizes.tolist(), strict=True))


def least_faces() -> int:
    """The smallest number of faces that fills every fold and crossed group."""
    return next(
        faces
        for faces in count(FOLDS * len(CELLS))
        if all(
            size >= LEAST_FACES or (plant and cell == PLANTED and size >= LEAST_PEOPLE)
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
    people = [*good_people(faces, rng, plant=plant), *odd_people(faces)]
    return list(photograph(people, rng))


def good_people(faces: int, rng: np.random.Generator, *, plant: bool) -> list[Person]:
    """The people of all crossed groups and folds, with good labels; their faces fill `faces`."""
    sizes = cell_faces(faces, plant=plant)
    left = faces - defects.odd_faces(faces) - FOLDS * sum(sizes.values())
    spare = sorted((cell for cell in CELLS if cell != PLANTED), key=_weight, reverse=True)
    people = []
    for fold in range(FOLDS):
        extra = left // FOLDS + (fold < left % FOLDS)
        for cell in CELLS:
            more = _count_of(cell, spare, extra)
            people += _cell_people(cell, fold, sizes[cell] + more, rng, plant=plant)
    return people


def odd_people(faces: int) -> list[Person]:
    """The people with odd labels, dealt to the folds in turn, and those with a faulty image."""
    turn = count()
    people = []
    for odd in defects.ODD_LABELS:
        rest = defects.share(odd.real_rows, faces)
        while rest:
            photos = min(rest, ODD_PHOTOS)
            rest -= photos
            drawn = Cell(odd.age, odd.gender)
            fold = next(turn) % FOLDS
            people.append(Person(odd.kind, fold, drawn, odd.age_text, odd.gender_text, photos))
    for fault in defects.IMAGE_FAULTS:
        text = defects.AGE_TEXTS[fault.age]
        drawn = Cell(fault.age, fault.gender)
        people.append(Person(fault.kind, fault.fold, drawn, text, fault.gender, 1))
    return people


def photograph(people: list[Person], rng: np.random.Generator) -> Iterator[Face]:
    """Give the people to photographers of their own fold, and number users, people and photos."""
    numbers, face_ids, names = count(), count(1), _Names(rng)
    for fold in range(FOLDS):
        mine = [person for person in people if person.fold == fold]
        mine = [mine[place] for place in rng.permutation(len(mine))]
        while mine:
            size = int(rng.integers(4, 10))
            album, mine = mine[:size], mine[size:]
            yield from _album(album, numbers, face_ids, names)


class _Names:
    """Unique user ids and photo names in the manner of the real ones."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.rng = rng
        self._given: set[int] = set()

    def user(self) -> str:
        """Such as `30601258@N03`."""
        return f"{self._fresh(7_000_000, 120_000_000)}@N0{self.rng.integers(0, 9)}"

    def photo(self) -> str:
        """Such as `10399646885_67c7d20df9_o.jpg`."""
        secret = "".join("0123456789abcdef"[digit] for digit in self.rng.integers(0, 16, 10))
        return f"{self._fresh(8_000_000_000, 12_100_000_000)}_{secret}_o.jpg"

    def _fresh(self, low: int, high: int) -> int:
        while (number := int(self.rng.integers(low, high))) in self._given:
            continue
        self._given.add(number)
        return number


def _album(
    people: list[Person], numbers: "count[int]", face_ids: "count[int]", names: _Names
) -> Iterator[Face]:
    """One photographer's faces, shuffled; some of them share a photo with the face before."""
    user, rng = names.user(), names.rng
    numbered = [(next(face_ids), person) for person in people]
    faces = [(face_id, person) for face_id, person in numbered for _ in range(person.photos)]
    photo, shown = "", set[int]()
    for place in rng.permutation(len(faces)):
        face_id, person = faces[place]
        if not photo or face_id in shown or rng.random() >= GROUP_PHOTO:
            photo, shown = names.photo(), set()
        shown.add(face_id)
        yield Face(next(numbers), face_id, user, photo, person)


def _weight(cell: Cell) -> float:
    return CLASS_WEIGHTS[cell.age]


def _count_of(cell: Cell, spare: list[Cell], extra: int) -> int:
    """How many of `extra` faces come to the cell when they are dealt over `spare` in turn."""
    if cell not in spare:
        return 0
    return len(range(spare.index(cell), extra, len(spare)))


def _cell_people(
    cell: Cell, fold: int, faces: int, rng: np.random.Generator, *, plant: bool
) -> list[Person]:
    """Deal a cell's faces to at least three people."""
    planted = plant and cell == PLANTED
    people = max(LEAST_PEOPLE, round(faces / (PLANTED_PHOTOS if planted else PHOTOS)))
    photos = 1 + rng.multinomial(faces - people, [1 / people] * people)
    kind = PLANTED_KIND if planted else PLAIN
    text = defects.AGE_TEXTS[cell.age]
    looks = PLANTED_LOOKS if planted else (cell.age,)
    return [
        Person(kind, fold, Cell(look, cell.gender), text, cell.gender, int(number))
        for number, look in zip(photos, cycle(looks), strict=False)
    ]
