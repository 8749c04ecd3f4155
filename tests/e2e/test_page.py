"""The review page in a real browser: quiet, accessible, sortable, printable."""

import re
import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.conftest import SmallRun

pytestmark = [pytest.mark.tf, pytest.mark.e2e]

PAGES = ("index.html", "model_card.html", "data_card.html")
A4 = 688  # Pixels between the margins of 14 mm, at 96 dpi.


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium of this machine."""
    found = shutil.which("chromium") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("no Chromium on PATH")
    with sync_playwright() as started:
        chromium = started.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def open_page(browser: Browser, run: SmallRun, name: str = "index.html", **context: Any) -> Page:
    """A page of the review."""
    page = browser.new_context(**context).new_page()
    page.goto((run.folder / "review" / name).as_uri())
    return page


@pytest.mark.parametrize("name", PAGES)
def test_a_page_logs_nothing_and_asks_for_nothing(
    name: str, browser: Browser, small_run: SmallRun
) -> None:
    page = browser.new_context().new_page()
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text))
    page.on("pageerror", lambda error: seen.append(str(error)))
    page.on("request", lambda request: seen.append(request.url))
    address = (small_run.folder / "review" / name).as_uri()

    page.goto(address)

    assert seen == [address]


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_page_is_accessible_and_fits_the_window(
    width: int, scheme: str, name: str, browser: Browser, small_run: SmallRun
) -> None:
    size = {"width": width, "height": 900}
    page = open_page(browser, small_run, name, viewport=size, color_scheme=scheme)

    found = Axe().run(page)

    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def shown(page: Page) -> list[list[str]]:
    """The cells of the rows of groups that are shown."""
    rows: list[list[str]] = page.eval_on_selector_all(
        "table.sortable tbody tr:not([hidden])",
        "rows => rows.map(row => [...row.cells].map(cell => cell.dataset.value ?? cell.innerText))",
    )
    return rows


def test_groups_are_sorted_by_a_click_on_a_heading(browser: Browser, small_run: SmallRun) -> None:
    page = open_page(browser, small_run)
    before = shown(page)

    for descending in (False, True):
        page.click("table.sortable th button:text('Images')")

        images = [int(row[2]) for row in shown(page)]
        assert images == sorted(images, reverse=descending)
        direction = "descending" if descending else "ascending"
        assert page.locator(f"th[aria-sort={direction}]").inner_text().startswith("Images")
    assert sorted(before) == sorted(shown(page))


def test_groups_are_filtered_by_slice_size_and_verdict(
    browser: Browser, small_run: SmallRun
) -> None:
    page = open_page(browser, small_run)
    every = shown(page)

    page.select_option("select[name=slice]", "Gender")
    by_slice = shown(page)
    page.select_option("select[name=slice]", "")
    page.fill("input[name=images]", "8")
    by_size = shown(page)
    page.select_option("select[name=verdict]", "worst group")

    assert by_slice == [row for row in every if row[1] == "Gender"]
    assert by_size == [row for row in every if int(row[2]) >= 8]
    assert len(shown(page)) == 1
    assert page.inner_text("form.filters output") == f"1 of {len(every)} groups"


def test_every_row_is_there_without_the_script(browser: Browser, small_run: SmallRun) -> None:
    page = open_page(browser, small_run, java_script_enabled=False)

    accuracies = re.findall(r'<td class="n main" data-value="([\d.]+)"', page.content())

    assert len(accuracies) > 5
    assert page.locator("form.filters").is_hidden()


OVERLAPS = """() => {
  const found = [];
  for (const row of document.querySelectorAll("tr")) {
    const boxes = [...row.cells].map(cell => cell.getBoundingClientRect());
    boxes.slice(1).forEach((box, number) => {
      if (box.width && box.left < boxes[number].right - 1) found.push(row.innerText);
    });
  }
  let bottom = 0;
  for (const part of document.querySelectorAll("header > *, main > *")) {
    const box = part.getBoundingClientRect();
    if (box.height && box.top < bottom - 1) found.push(part.innerText);
    if (box.height) bottom = box.bottom;
  }
  return found;
}"""


def test_the_print_has_no_overlapping_boxes_and_fits_the_paper(
    browser: Browser, small_run: SmallRun
) -> None:
    page = open_page(browser, small_run, viewport={"width": A4, "height": 1000})
    page.emulate_media(media="print")

    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= A4
    assert len(page.pdf(format="A4", prefer_css_page_size=True)) > 10_000


def test_pages_link_to_their_neighbours_alone(small_run: SmallRun) -> None:
    folder = small_run.folder / "review"
    for name in PAGES:
        text = (folder / name).read_text(encoding="utf-8")
        links = re.findall(r"""href\s*=\s*["']([^"'#]+)""", text)

        assert not re.search(r"\bsrc\s*=|<link|@import|url\(", text)
        assert all((folder / link).is_file() for link in links)
        anchors = re.findall(r'href="#([^"]+)"', text)
        assert all(f'id="{anchor}"' in text for anchor in anchors)
