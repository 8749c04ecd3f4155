"""The mark of a blessed model, on a folder of the disk."""

from pathlib import Path

import pytest

from schemas.release.blessing import BLESSED_PROPERTY, bless, is_blessed
from tests.schemas.release.disk import Disk


class Blessing:
    """An artifact as far as a blessing is concerned."""

    def __init__(self, folder: Path) -> None:
        self.uri = str(folder)
        self.properties: dict[str, int] = {}

    def set_int_custom_property(self, name: str, value: int) -> None:
        """Called by `bless`."""
        self.properties[name] = value


@pytest.mark.parametrize("verdict", [True, False])
def test_a_verdict_is_read_back_as_it_was_written(tmp_path: Path, verdict: bool) -> None:
    blessing = Blessing(tmp_path / "blessing")

    bless(blessing, Disk, blessed=verdict)

    assert is_blessed(blessing, Disk) is verdict
    assert blessing.properties == {BLESSED_PROPERTY: int(verdict)}
    name = "BLESSED" if verdict else "NOT_BLESSED"  # The names that TFX's own Pusher looks for.
    assert [path.name for path in Path(blessing.uri).iterdir()] == [name]


def test_a_folder_without_a_mark_is_not_blessed(tmp_path: Path) -> None:
    assert not is_blessed(Blessing(tmp_path / "none"), Disk)
