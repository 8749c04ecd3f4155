"""What several test folders need."""

from pathlib import Path

import pytest

_SHARED = Path(__file__).parents[2] / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real inputs beside the repository."""
    if not _SHARED.is_dir():
        pytest.skip("the real inputs (../shared/data) are not beside the repository")
    return _SHARED
