"""The command in a data set's README.md."""

from pathlib import Path

import pytest

from pipelines.demo.pages import readme
from pipelines.demo.plan import least_faces, plan


@pytest.mark.parametrize(
    ("folder", "command"),
    [
        ("demo", "`facefold run demo/demo.yaml`."),
        ("../faces of 2026", "`facefold run '../faces of 2026/demo.yaml'`."),
        (".", "`facefold run demo.yaml`."),
        ("/data/demo", "`facefold run DIR/demo.yaml`, with DIR for this folder."),
        ("\udcff", "`facefold run DIR/demo.yaml`, with DIR for this folder."),
    ],
    ids=["relative", "with spaces", "current folder", "absolute", "not text"],
)
def test_the_command_names_the_folder_as_given_if_relative(folder: str, command: str) -> None:
    faces = plan(least_faces(), 0, plant=True)

    page = readme(Path(folder), faces, len(faces), 0, {})

    assert f"Run it: {command}" in page
    assert page.encode()
    assert "/data" not in page
