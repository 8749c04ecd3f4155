"""The name that a missing path probably means."""

import unicodedata

import pytest

from components.ingest.images.near_names import NearNames

NAMES = NearNames(["a/1.jpg", "a/2.png", "b/1.jpg", "b/3.JPG", "b/\u00e9.jpg", "deep/er/4.jpg"])


@pytest.mark.parametrize(
    ("path", "name", "difference"),
    [
        (r"a\1.jpg", "a/1.jpg", "backslashes"),
        ("./a/1.jpg", "a/1.jpg", "'./' or an extra '/'"),
        ("a//1.jpg", "a/1.jpg", "'./' or an extra '/'"),
        (" a/1.jpg ", "a/1.jpg", "spaces around it"),
        ("A/1.JPG", "a/1.jpg", "case or Unicode form"),
        (unicodedata.normalize("NFD", "b/\u00e9.jpg"), "b/\u00e9.jpg", "case or Unicode form"),
        ("faces/a/1.jpg", "a/1.jpg", "the folders 'faces' in front"),
        ("data/faces/a/1.jpg", "a/1.jpg", "the folders 'data/faces' in front"),
        ("a/1", "a/1.jpg", "the ending"),
        ("a/2.jpg", "a/2.png", "the ending"),
        ("b/3", "b/3.JPG", "the ending"),
        (r"C:\x\b\3", "b/3.JPG", "backslashes and the folders 'c:/x' in front and the ending"),
        (r".\A\1.jpg", "a/1.jpg", "backslashes and './' or an extra '/' and case or Unicode form"),
        ("4.jpg", "deep/er/4.jpg", "the folder"),
        ("other/4.jpg", "deep/er/4.jpg", "the folder"),
    ],
)  # fmt: skip
def test_the_near_name_and_the_difference_are_found(path: str, name: str, difference: str) -> None:
    assert NAMES.find(path) == (name, difference)


@pytest.mark.parametrize("path", ["", ".", "/", "5.jpg", "1.jpg", "a", "c/1.jpg", "..", "jpg"])
def test_a_path_without_one_near_name_has_none(path: str) -> None:
    assert NAMES.find(path) is None
