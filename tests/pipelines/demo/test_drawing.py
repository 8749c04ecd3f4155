"""The drawn data set, read back with plain csv and file tools."""

import csv
import hashlib
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest
import yaml

from pipelines.demo import drawing
from pipelines.demo.drawing import DemoSummary, draw
from pipelines.demo.plan import least_faces, plan

LEAST = least_faces()
HEADER = [
    "user_id", "original_image", "face_id", "age", "gender", "x", "y", "dx", "dy",
    "tilt_ang", "fiducial_yaw_angle", "fiducial_score",
]  # fmt: skip
CLASSES = [
    "(0, 2)", "(4, 6)", "(8, 12)", "(15, 20)", "(25, 32)", "(38, 43)", "(48, 53)", "(60, 100)",
]  # fmt: skip
REAL_AGE_TEXTS = {  # All 31 age texts of the real files.
    *CLASSES, "None", "(25, 23)", "(27, 32)", "(38, 42)", "(38, 48)", "(8, 23)",
    "35", "13", "22", "34", "23", "45", "55", "36", "57", "3", "29", "58", "32", "2", "56", "42",
    "46",
}  # fmt: skip
STALE = Path("faces", "1@N00", "landmark_aligned_face.1.1_a_o.jpg")
Row = dict[str, str]


class Demo(NamedTuple):
    """A drawing of the least size."""

    folder: Path
    summary: DemoSummary
    folds: list[list[Row]]

    @property
    def rows(self) -> list[Row]:
        """Of all folds."""
        return [row for fold in self.folds for row in fold]


@pytest.fixture(scope="module")
def drawn_again(
    drawn_demo: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, DemoSummary]:
    """The same data set, drawn over an earlier one and an unrelated file."""
    folder = tmp_path_factory.mktemp("drawn")
    (folder / STALE).parent.mkdir(parents=True)
    (folder / STALE).write_bytes(b"left by an earlier drawing")
    (folder / "folds").mkdir()
    (folder / "folds" / "fold_7_data.txt").write_text("left")
    (folder / "README.md").write_bytes((drawn_demo / "README.md").read_bytes())
    (folder / "notes.txt").write_text("of somebody else")
    return folder, draw(folder, faces=LEAST, seed=3)


@pytest.fixture(scope="module")
def demo(drawn_demo: Path, drawn_again: tuple[Path, DemoSummary]) -> Demo:
    folds = [read_fold(drawn_demo, number) for number in range(5)]
    return Demo(drawn_demo, drawn_again[1], folds)


def read_fold(folder: Path, number: int) -> list[Row]:
    with (folder / "folds" / f"fold_{number}_data.txt").open(newline="", encoding="ascii") as file:
        return list(csv.DictReader(file, delimiter="\t"))


def image_path(row: Row) -> str:
    name = f"landmark_aligned_face.{row['face_id']}.{row['original_image']}"
    return f"faces/{row['user_id']}/{name}"


def unreadable(demo: Demo) -> dict[str, list[str]]:
    """Paths of the unreadable images by fault, detected from their bytes."""
    result = defaultdict(list)
    for path in sorted({image_path(row) for row in demo.rows}):
        file = demo.folder / path
        if not file.exists():
            result["missing"].append(path)
        elif not file.read_bytes():
            result["empty"].append(path)
        elif not file.read_bytes().endswith(b"\xff\xd9"):
            result["truncated"].append(path)
    return dict(result)


def digests(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_same_seed_gives_the_same_bytes_over_an_earlier_data_set(
    demo: Demo, drawn_again: tuple[Path, DemoSummary]
) -> None:
    folder, _ = drawn_again

    files = digests(folder)

    assert files.pop("notes.txt") == hashlib.sha256(b"of somebody else").hexdigest()
    assert files == digests(demo.folder)
    assert not (folder / STALE).parent.exists()


def test_another_seed_gives_other_people_and_faces(demo: Demo) -> None:
    other = plan(LEAST, 4, plant=True)

    names = {row["original_image"] for row in demo.rows}
    assert not names & {face.original_image for face in other}
    ours = plan(LEAST, 3, plant=True)[0]
    assert drawing.image_of(ours, 3) != drawing.image_of(ours, 4)


def test_label_files_have_the_columns_of_adience(demo: Demo) -> None:
    for number, fold in enumerate(demo.folds):
        text = (demo.folder / "folds" / f"fold_{number}_data.txt").read_bytes().decode("ascii")
        lines = text.split("\n")

        assert lines[0].split("\t") == HEADER
        assert lines[-1] == ""
        assert {line.count("\t") for line in lines[:-1]} == {11}
        assert len(lines) == len(fold) + 2


def test_rows_are_named_and_measured_like_the_real_ones(demo: Demo) -> None:
    for row in demo.rows:
        assert re.fullmatch(r"\d{7,9}@N0\d", row["user_id"])
        assert re.fullmatch(r"\d{10,11}_[0-9a-f]{10}_o\.jpg", row["original_image"])
        assert row["age"] in REAL_AGE_TEXTS
        assert row["gender"] in ("m", "f", "u", "")
        assert int(row["fiducial_yaw_angle"]) in range(-45, 46, 15)
        assert int(row["tilt_ang"]) % 5 == 0
        assert 5 <= int(row["fiducial_score"]) <= 221
        assert abs(int(row["dx"]) - int(row["dy"])) <= 1
        assert min(int(row["x"]), int(row["y"])) >= 0


def test_folder_contains_the_listed_files_alone(demo: Demo) -> None:
    result = set(digests(demo.folder))

    texts = {"README.md", "demo.yaml", *(f"folds/fold_{number}_data.txt" for number in range(5))}
    images = {image_path(row) for row in demo.rows}
    assert result - texts <= images
    assert len(images - result) == 1  # The missing image.
    assert demo.summary.images == len(result - texts)
    assert demo.summary.rows == len(demo.rows)
    assert demo.summary.subjects == len({row["face_id"] for row in demo.rows})


def test_images_are_faces_of_816_pixels_in_colour(demo: Demo) -> None:
    bad = {path for paths in unreadable(demo).values() for path in paths}
    good = sorted({image_path(row) for row in demo.rows} - bad)

    for path in good[::12]:
        image = cv2.imread(str(demo.folder / path))
        assert image is not None
        assert image.shape == (816, 816, 3)
        assert image.std() > 8
        assert 30_000 < (demo.folder / path).stat().st_size < 180_000


def test_no_two_images_are_equal(demo: Demo) -> None:
    counted = Counter(
        digest for path, digest in digests(demo.folder).items() if path.endswith(".jpg")
    )

    assert set(counted.values()) == {1}


@pytest.mark.parametrize("column", ["face_id", "user_id"])
def test_folds_share_no_subject_and_no_photographer(demo: Demo, column: str) -> None:
    folds = defaultdict(set)
    for number, fold in enumerate(demo.folds):
        for row in fold:
            folds[row[column]].add(number)

    assert {len(numbers) for numbers in folds.values()} == {1}


def test_a_subject_has_one_photographer_and_one_age_and_gender(demo: Demo) -> None:
    subjects = defaultdict(set)
    for row in demo.rows:
        subjects[row["face_id"]].add((row["user_id"], row["age"], row["gender"]))

    assert {len(values) for values in subjects.values()} == {1}


def test_every_fold_fills_every_group_with_three_subjects(demo: Demo) -> None:
    for fold in demo.folds:
        subjects = defaultdict(set)
        for row in fold:
            subjects[row["age"], row["gender"]].add(row["face_id"])

        for age in CLASSES:
            for gender in "mf":
                assert len(subjects[age, gender]) >= 3, (age, gender)


def test_every_kind_of_defect_occurs_and_is_counted(demo: Demo) -> None:
    ages = Counter(row["age"] for row in demo.rows)
    genders = Counter(row["gender"] for row in demo.rows)
    repeats = sum(count - 1 for count in Counter(tuple(row.values()) for row in demo.rows).values())

    assert set(ages) == REAL_AGE_TEXTS
    assert min(genders["u"], genders[""]) >= 1
    result = demo.summary.defects
    assert result["row repeated"] == repeats >= 1
    assert result["age None"] == ages["None"]
    assert result["gender u"] == genders["u"]
    assert result["exact age"] == sum(n for age, n in ages.items() if age.isdigit())
    page = (demo.folder / "README.md").read_text(encoding="utf-8")
    for kind, number in result.items():
        assert f"| {kind} | {number} |" in page


def test_one_image_is_missing_one_truncated_one_empty(demo: Demo) -> None:
    result = unreadable(demo)

    assert {kind: len(paths) for kind, paths in result.items()} == {
        "missing": 1,
        "truncated": 1,
        "empty": 1,
    }
    paths = {path for found_paths in result.values() for path in found_paths}
    broken = [row for row in demo.rows if image_path(row) in paths]
    assert len({row["face_id"] for row in broken}) == len(broken) == 3
    for row in broken:
        assert row["age"] in CLASSES
        assert row["gender"] in ("m", "f")
        assert (row["age"], row["gender"]) != ("(48, 53)", "f")


def test_truncated_image_ends_at_half_its_bytes(demo: Demo) -> None:
    (path,) = unreadable(demo)["truncated"]
    data = (demo.folder / path).read_bytes()
    (face,) = (face for face in plan(LEAST, 3, plant=True) if path.endswith(face.path))

    whole = drawing.image_of(face, 3)

    assert whole.startswith(data)
    assert len(data) == len(whole) // 2
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    lost = cv2.imdecode(np.frombuffer(whole, np.uint8), cv2.IMREAD_COLOR)
    assert picture is None or not np.array_equal(picture[-200:], lost[-200:])


def test_no_file_contains_an_absolute_path(demo: Demo) -> None:
    for file in demo.folder.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert str(demo.folder).encode() not in data, file
            if file.suffix != ".jpg":
                assert not re.search(rb"(^|[\s`'\"(])/[A-Za-z]", data), file


def test_config_names_the_drawn_files_and_small_groups(demo: Demo) -> None:
    config = yaml.safe_load((demo.folder / "demo.yaml").read_text(encoding="utf-8"))

    assert config["name"] == "demo"
    assert len(list(demo.folder.glob(config["data"]["labels"]))) == 5
    assert (demo.folder / config["data"]["images"]).is_dir()
    assert config["images"] == {"side": 64}
    assert isinstance(config["train"]["learning_rate"], float)
    assert config["evaluate"]["min_images"] == 8
    assert config["evaluate"]["thresholds"] == {"accuracy": 0.4, "worst_group_accuracy": 0.0}


def test_progress_counts_every_face(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing, "image_of", lambda face, seed: f"{seed} {face.path}".encode())
    seen: list[tuple[int, int]] = []

    draw(tmp_path, faces=LEAST, progress=lambda done, total: seen.append((done, total)))

    assert seen == [(number, LEAST) for number in range(1, LEAST + 1)]
