"""The text files of the data set: label files, demo.yaml and README.md."""

import shlex
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from pipelines.demo.plan import (
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
TITLE = "# Facefold demo data set"  # First line of README.md, which identifies a data set.
GENDER_WORDS = {"m": "men", "f": "women"}
DRAWN = (
    "Drawn from seed {seed}: {faces} faces ({rows} rows with the repeated ones) of {people} "
    "subjects by {users} photographers, in {folds} folds that share no subject and no "
    "photographer. No real person is shown. The layout is that of Adience: "
    "`folds/fold_0_data.txt` to `folds/fold_4_data.txt`, and "
    "`faces/<user_id>/landmark_aligned_face.<face_id>.<original_image>`, 816 x 816 pixels."
)
RUN = (
    "Run it: `{command}`{hint}. The run folder, `runs/demo`, is made in the folder where the "
    "command is started."
)
DEFECTS = (
    "The shares follow the real files. Labels: `age None` has no age (and mostly no gender); "
    "some exact ages replace a class; `(25, 23)` is a typo for `(25, 32)`; `u` is an undecided "
    "gender. A repeated row is the same line twice. One image is missing, one ends after half its "
    "bytes, one is empty; their labels are valid."
)
FEW_FACES = (
    f"demo.yaml judges groups of {JUDGED_FACES} images or more in a fold: draw more faces to see "
    "the bias in the review."
)
DEMO_YAML = """\
# A whole run of Facefold on drawn faces: minutes on a laptop, no download.
name: demo
# The layout of Adience; both paths are relative to this file.
data: {dataset: adience, labels: folds/fold_*_data.txt, images: faces, synthetic: true}
# Same seed, same weights, order and intervals.
seed: 0
# The planted bias concerns the age; the default policy repairs some of the defective labels.
labels: {target: age, policy: repaired}
# Small, for speed; the features that depend on the age are drawn large.
images: {side: 64}
# One held-out fold: its people are in no training or validation batch.
folds: {test: [fold_4], validation_share: 0.1}
# Enough for an accuracy clearly above chance.
train: {model: xception, epochs: 10, batch_size: 32, learning_rate: 1.0e-3}
# Groups are small here, so they are judged from 8 images of 3 subjects on. The rule on the worst
# group is off (0.0): the review is to name the planted group, and the model is to be released.
evaluate: {min_images: 8, min_subjects: 3, thresholds: {accuracy: 0.4, worst_group_accuracy: 0.0}}
"""


def planted_text() -> str:
    """Description of the planted group."""
    return f"{GENDER_WORDS[PLANTED.gender]} of {ADIENCE8[PLANTED.age].name}"


def label_file(rows: Iterable[tuple[Face, Shot]]) -> str:
    """One fold's label file: the header and a line for each row."""
    lines = ["\t".join(HEADER)]
    for face, shot in rows:
        person = face.person
        names = (face.user_id, face.original_image, face.face_id)
        labels = (person.age_text, person.gender_text)
        values = (*names, *labels, *shot.box, shot.tilt, shot.yaw, shot.score)
        lines.append("\t".join(str(value) for value in values))
    return "\n".join(lines) + "\n"


def readme(folder: Path, faces: list[Face], rows: int, seed: int, defects: dict[str, int]) -> str:
    """README.md: the data set, the command that runs it, the planted bias and the defects."""
    people = len({face.face_id for face in faces})
    users = len({face.user_id for face in faces})
    drawn = DRAWN.format(
        seed=seed, faces=len(faces), rows=rows, people=people, users=users, folds=FOLDS
    )
    table = [f"| {kind} | {number} |" for kind, number in defects.items()]
    sections = [
        [TITLE, "", drawn, "", _run_sentence(folder)],
        _planted_section(faces),
        ["## Intended defects", "", "| defect | faces |", "| --- | ---: |", *table],
        [DEFECTS],
        ["## Faces with valid labels and images", "", *_table(faces)],
    ]
    return "\n\n".join("\n".join(lines) for lines in sections) + "\n"


def _run_sentence(folder: Path) -> str:
    """The command names the folder as given, but no absolute path: a data set may be moved."""
    given = not folder.is_absolute() and str(folder).isprintable()
    config = (folder if given else Path("DIR")) / "demo.yaml"
    command = shlex.join(["facefold", "run", str(config)])
    return RUN.format(command=command, hint="" if given else ", with DIR for this folder")


def _planted_section(faces: list[Face]) -> list[str]:
    lines = ["## Planted bias", ""]
    planted = [face for face in faces if face.person.kind == PLANTED_KIND]
    if not planted:
        return [*lines, "None: every group is drawn by the same rules (`--no-plant`)."]
    by_fold = [[face for face in planted if face.person.fold == fold] for fold in range(FOLDS)]
    images = ", ".join(str(len(part)) for part in by_fold)
    people = ", ".join(str(len({face.face_id for face in part})) for part in by_fold)
    looks = ", ".join(ADIENCE8[age].name for age in PLANTED_LOOKS)
    few = min(map(len, by_fold)) < JUDGED_FACES
    return [
        *lines,
        f"The group is {planted_text()}. It is the rarest of all groups of gender and age "
        f"({len(planted)} faces), and it is drawn with the features of the female faces of "
        f"{looks}, who are more frequent. So a model predicts younger classes, whichever fold is "
        "held out, and the review shows it. "
        f"Images by fold: {images}. Subjects by fold: {people}. None of them has a defect."
        + (f" {FEW_FACES}" if few else ""),
    ]


def _table(faces: list[Face]) -> list[str]:
    valid = [face.person for face in faces if face.person.kind in (PLAIN, PLANTED_KIND)]
    counts = Counter((person.age_text, person.gender_text) for person in valid)
    lines = [
        "| age | " + " | ".join(age.name for age in ADIENCE8) + " |",
        "| --- |" + " ---: |" * len(ADIENCE8),
    ]
    for gender in ("m", "f"):
        cells = [str(counts[age.text, gender]) for age in ADIENCE8]
        lines.append(f"| {GENDER_WORDS[gender]} | " + " | ".join(cells) + " |")
    return lines
