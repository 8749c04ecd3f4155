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


def test_page_asks_for_nothing_outside_itself(small_run: SmallRun) -> None:
    for name in ("index.html", "model_card.html"):
        text = (small_run.folder / "review" / name).read_text(encoding="utf-8")

        assert not re.search(r"""(?:src|href)\s*=\s*["'](?!#)""", text)
        assert "@import" not in text
        assert "url(" not in text
