"""The review page in a real browser."""

import re
import shutil
import subprocess
from pathlib import Path

import cv2
import pytest

from tests.e2e.conftest import SmallRun

pytestmark = [pytest.mark.tf, pytest.mark.e2e]

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--hide-scrollbars", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> str:
    """Path of a Chromium."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on PATH")
    return found


@pytest.mark.parametrize("width", [1200, 500])
def test_page_shows_itself_at_any_width(
    width: int, browser: str, small_run: SmallRun, tmp_path: Path
) -> None:
    page = small_run.folder / "review" / "index.html"
    picture = tmp_path / "page.png"

    subprocess.run(
        [browser, *FLAGS, f"--user-data-dir={tmp_path / 'profile'}", f"--screenshot={picture}",
         f"--window-size={width},1600", page.as_uri()],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip

    drawn = cv2.imread(str(picture))
    assert drawn.shape[1] == width
    assert drawn.std() > 20  # Something is written on it.
    right_edge = drawn[:, -4:]
    assert (right_edge == right_edge[0, 0]).all()  # Nothing runs out of the window.


def test_page_loads_nothing_and_links_to_its_neighbours_alone(small_run: SmallRun) -> None:
    folder = small_run.folder / "review"
    for name in ("index.html", "model_card.html"):
        text = (folder / name).read_text(encoding="utf-8")
        links = re.findall(r"""href\s*=\s*["']([^"'#]+)""", text)

        assert not re.search(r"\bsrc\s*=|<link|<script|@import|url\(", text)
        assert all((folder / link).is_file() for link in links)
