"""Small stored faces, written once for all tests of the trainer.

TensorFlow is imported inside the fixtures: the pure tests of this folder do without it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from tests.components.trainer.small_faces import DrawnFace


class StoredFaces(NamedTuple):
    """Faces on disk, with what was drawn."""

    folder: Path  # Holds Split-<fold>/*.gz.
    faces: "list[DrawnFace]"

    def files(self, *folds: str) -> list[str]:
        """The record files of some folds."""
        from tests.components.trainer.small_faces import shards_of

        return shards_of(self.folder, *folds)


@pytest.fixture(scope="session")
def stored(tmp_path_factory: pytest.TempPathFactory) -> StoredFaces:
    """Forty faces: four folds of three subjects each."""
    from tests.components.trainer.small_faces import draw_faces, write_faces

    folder = tmp_path_factory.mktemp("examples")
    faces = draw_faces()
    write_faces(folder, faces)
    return StoredFaces(folder, faces)


@pytest.fixture
def half_precision() -> Iterator[None]:
    """Build layers in mixed float16 precision."""
    import keras

    keras.config.set_dtype_policy("mixed_float16")
    yield
    keras.config.set_dtype_policy("float32")
