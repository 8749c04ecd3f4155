"""Fixtures of several component folders."""

from pathlib import Path

import pytest

from tests.conftest import Once


@pytest.fixture(scope="session")
def transform_output(once: Once) -> Path:
    """The folder of a transform graph with both heads, age and gender."""

    def write(folder: Path) -> None:
        from tests.components.trainer.small_faces import write_transform_output

        write_transform_output(folder, target="age_gender")

    return once("transform_output", write)
