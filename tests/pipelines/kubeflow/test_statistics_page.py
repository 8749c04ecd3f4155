"""TFDV's statistics as a page of their own."""

from pathlib import Path

import pandas as pd
import pytest
import tensorflow_data_validation as tfdv

from pipelines.kubeflow.statistics_page import statistics_page

pytestmark = pytest.mark.tf


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder = tmp_path_factory.mktemp("statistics")
    rows = pd.DataFrame({"age": [1.0, 2.0, None], "gender": ["<b>", "<b>", "m"]})
    for split in ("fold_0", "fold_1"):
        (folder / f"Split-{split}").mkdir()
        statistics = tfdv.generate_statistics_from_dataframe(rows)
        path = folder / f"Split-{split}" / "FeatureStats.pb"
        path.write_bytes(statistics.SerializeToString())
    return statistics_page(folder)


def test_each_split_has_a_table(page: str) -> None:
    assert page.count("<table>") == 2
    assert "<caption>fold_0: 3 faces</caption>" in page


def test_numbers_have_a_range_and_texts_their_most_frequent(page: str) -> None:
    assert '<th scope="row">age</th><td class="number">2</td>' in page
    assert "1 to 2, mean 1.5" in page
    assert '<td class="number">3</td><td class="number">2</td><td>&lt;b&gt; (2), m (1)</td>' in page


def test_the_page_loads_nothing(page: str) -> None:
    assert "<b>" not in page
    assert not any(word in page for word in ("http", "src=", "<script", "<link", "url("))


def test_no_statistics_give_a_page_without_tables(tmp_path: Path) -> None:
    assert "<table" not in statistics_page(tmp_path)
