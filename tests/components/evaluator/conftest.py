"""One transform graph for all tests of the Evaluator."""

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def transform_output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a transform graph with both heads, age and gender."""
    from tests.components.trainer.small_faces import write_transform_output

    folder = tmp_path_factory.mktemp("transform_output")
    write_transform_output(folder, target="age_gender")
    return folder
