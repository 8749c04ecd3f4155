"""`facefold labels`: its two forms of output."""

import json
from pathlib import Path

import pytest

from pipelines.cli import main
from tests.pipelines.cli.test_cli import write_data


def test_labels_prints_one_json_object_and_keeps_the_account(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_data(tmp_path, rows=4)

    status = main(["labels", str(config), f"output={tmp_path / 'o'}", "--json", "--labels-only"])

    report = json.loads(capsys.readouterr().out)
    assert status == 0
    assert report["rows"] == 20
    assert report["accepted"] + sum(report["rejected"].values()) == 20
    assert report["table"]["f"]["25-32"] == report["accepted"]
    assert all(Path(path).is_file() for path in report["files"].values())


@pytest.mark.parametrize(
    "override",
    ["train.model=foo", "evaluate.slices=[foo]", "folds.test=[fold_9]", "images.side=8"],
)
def test_labels_asks_nothing_of_what_only_a_run_needs(
    override: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = write_data(tmp_path)

    assert main(["labels", str(config), override, f"output={tmp_path / 'o'}", "--labels-only"]) == 0
    assert capsys.readouterr().err == ""


def test_labels_text_shows_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = write_data(tmp_path, rows=4)

    assert main(["labels", str(config), f"output={tmp_path / 'o'}"]) == 1
    assert "image_missing" in capsys.readouterr().out  # No picture was drawn.
