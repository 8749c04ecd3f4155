"""The texts beside the pictures: label files, demo.yaml and README.md."""

from collections.abc import Iterable

from pipelines.demo.plan import (
    CELLS,
    FOLDS,
    JUDGED_FACES,
    PLAIN,
    PLANTED,
    PLANTED_KIND,
    PLANTED_LOOKS,
    Face,
)
from pipelines.demo.traits import Shot
from schemas.labels.classes import ADIENCE8

HEADER = (
    "user_id", "original_image", "face_id", "age", "gender", "x", "y", "dx", "dy",
    "tilt_ang", "fiducial_yaw_angle", "fiducial_score",
)  # fmt: skip
TITLE = "# Facefold demo data set"  # First line of README.md: by it a drawing is known again.
GENDER_WORDS = {"m": "men", "f": "women"}
DRAWN = (
    "Drawn from seed {seed}: {faces} faces ({rows} rows with the repeated ones) of {people} "
    "subjects by {users} photographers, in {folds} folds that share no subject and no "
    "photographer. No real person is shown. The layout is that of Adience: "
    "`folds/fold_0_data.txt` to `folds/fold_4_data.txt`, and "
    "`faces/<user_id>/landmark_aligned_face.<face_id>.<original_image>`, 816 x 816 pixels."
)
WRONG = (
    "The shares follow the real files. Labels: `age None` has no age (and mostly no gender); "
    "exact ages stand in place of a class; `(25, 23)` is a slip for `(25, 32)`; `u` is a gender "
    "that was not decided. A repeated row is the same line twice. One image is missing, one ends "
    "at half its bytes, one is empty; their labels are good."
)
FEW_FACES = (
    f"So few are below the {JUDGED_FACES} images from which demo.yaml judges a group: "
    "draw more faces to see the bias in the review."
)
DEMO_YAML = """\
# A whole run of Facefold on drawn faces: minutes on a laptop, no download.
name: demo
# The layout of Adience; both paths stand beside this file.
data: {dataset: adience, labels: folds/fold_*_data.txt, images: faces}
# Same seed, same weights, order and intervals.
seed: 0
# Age is what the planted bias is about; the default policy repairs what the odd labels allow.
labels: {target: age, policy: repaired}
# Small, for speed: what tells the age is drawn large.
images: {side: 64}
# One held-out fold: its people are in no training or validation batch.
folds: {test: [fold_4], validation_share: 0.1}
# Enough to be clearly above chance; more epochs change little.
train: {model: xception, epochs: 10, batch_size: 32, learning_rate: 1.0e-3}
# Cells are small here, so groups are judged from 8 images of 3 subjects on. The worst group's
# threshold is 0.0: the planted group is there to be found by the review, not to block the demo.
evaluate: {min_images: 8, min_subjects: 3, thresholds: {accuracy: 0.4, worst_group_accuracy: 0.0}}
"""


def planted_text() -> str:
    """The planted group in words."""
    who = GENDER_WORDS[PLANTED.gender]
    return f"{who} of {ADIENCE8[PLANTED.age].name}"


def label_file(rows: Iterable[tuple[Face, Shot]]) -> str:
    """One fold's label file: the header, then a line for each row."""
    lines = ["\t".join(HEADER)]
    for face, shot in rows:
        person = face.person
        named = (face.user_id, face.original_image, face.face_id)
        labels = (person.age_text, person.gender_text)
        values = (*named, *labels, *shot.box, shot.tilt, shot.yaw, shot.score)
        lines.append("\t".join(str(value) for value in values))
    return "\n".join(lines) + "\n"


def readme(faces: list[Face], rows: int, seed: int, defects: dict[str, int]) -> str:
    """README.md: what was drawn, what was planted and what is wrong on purpose."""
    people = len({face.face_id for face in faces})
    users = len({face.user_id for face in faces})
    drawn = DRAWN.format(
        seed=seed, faces=len(faces), rows=rows, people=people, users=users, folds=FOLDS
    )
    table = [f"| {kind} | {number} |" for kind, number in defects.items()]
    parts = [
        [TITLE, "", drawn, "", "Run it: `facefold run demo.yaml` in this folder."],
        _planted_section(faces),
        ["## What is wrong on purpose", "", "| defect | faces |", "| --- | ---: |", *table],
        [WRONG],
        ["## Faces with good labels and images", "", *_table(faces)],
    ]
    return "\n\n".join("\n".join(part) for part in parts) + "\n"


def _planted_section(faces: list[Face]) -> list[str]:
    lines = ["## What was planted", ""]
    planted = [face for face in faces if face.person.kind == PLANTED_KIND]
    if not planted:
        return [*lines, "Nothing: every group is drawn by the same rules (`--no-plant`)."]
    by_fold = [[face for face in planted if face.person.fold == fold] for fold in range(FOLDS)]
    images = ", ".join(str(len(part)) for part in by_fold)
    people = ", ".join(str(len({face.face_id for face in part})) for part in by_fold)
    looks = ", ".join(ADIENCE8[age].name for age in PLANTED_LOOKS)
    few = min(map(len, by_fold)) < JUDGED_FACES
    return [
        *lines,
        f"A bias: {planted_text()}. They are the rarest of all groups of gender and age "
        f"({len(planted)} faces), and they are drawn with the features of the female faces of "
        f"{looks}, who are more frequent. So a model takes them for younger, whichever fold is "
        "held out, and the review has to show it. "
        f"Images by fold: {images}. Subjects by fold: {people}. None of them has a defect."
        + (f" {FEW_FACES}" if few else ""),
    ]


def _table(faces: list[Face]) -> list[str]:
    good = [face.person for face in faces if face.person.kind in (PLAIN, PLANTED_KIND)]
    lines = [
        "| age | " + " | ".join(age.name for age in ADIENCE8) + " |",
        "| --- |" + " ---: |" * len(ADIENCE8),
    ]
    for gender in ("m", "f"):
        texts = [ADIENCE8[cell.age].text for cell in CELLS if cell.gender == gender]
        counts = [
            sum(person.age_text == text and person.gender_text == gender for person in good)
            for text in texts
        ]
        lines.append(f"| {GENDER_WORDS[gender]} | " + " | ".join(map(str, counts)) + " |")
    return lines
