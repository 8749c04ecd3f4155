"""The files of a review."""

import csv
import html
import io
import json
import re
from collections.abc import Callable
from typing import NamedTuple

import pyarrow as pa
import pytest

from components.bias_review.output import filters
from components.bias_review.output.html import render
from components.bias_review.plain_words import column_title
from components.bias_review.review import Review, review
from components.bias_review.run_info import RunInfo
from schemas.config.blocks import EvaluateConfig
from schemas.metrics import METRICS
from schemas.row_counts import RowCounts

Tables = Callable[..., pa.Table]
RunInfos = Callable[..., RunInfo]
Heads = dict[str, tuple[str, ...]]
CONFIG = EvaluateConfig(min_images=8, min_subjects=3)
FOLDS = ("fold_0", "fold_1", "fold_2")
PAGES = ("data_card.html", "index.html", "model_card.html")
VOID = {"meta", "line", "circle", "br", "col", "link", "input", "path", "polyline", "img"}


class Page(NamedTuple):
    """The tags and the visible text of a page."""

    tags: list[str]
    text: str  # With every run of white space as one space.


def parsed(page: str) -> Page:
    """Read a page whose tags are all closed in the order in which they were opened."""
    tags: list[str] = []
    text: list[str] = []
    still_open: list[str] = []
    page = re.sub(r"<script>.*?</script>|<!--.*?-->", "", page, flags=re.DOTALL)
    for tag, content in re.findall(r"<(/?[a-z][^>]*)>|([^<]+)", page):
        name = tag.split()[0] if tag else ""
        if content:
            text.append(html.unescape(content))
        elif name.startswith("/"):
            assert still_open.pop() == name[1:]
        else:
            tags.append(name)
            if name not in VOID and not tag.endswith("/"):
                still_open.append(name)
    assert still_open == []
    return Page(tags, re.sub(r"\s+", " ", " ".join(text)))


@pytest.fixture
def reviewed(crowd: Tables, run_info: RunInfos, heads: Heads) -> Review:
    return review([crowd(3)], run_info(held_out=FOLDS), CONFIG, heads, seed=0)


def test_pages_are_whole_and_fetch_nothing(reviewed: Review) -> None:
    files = render(reviewed)

    assert sorted(files) == [*PAGES, "review.json", "slices.csv"]
    for name in PAGES:
        page = parsed(files[name])
        assert not {"link", "img", "iframe"} & set(page.tags)
        assert not re.search(r"https?:|src=|@import|url\(|fetch|XMLHttp", files[name])
        assert files[name].count("<script") == (name == "index.html")


def test_page_shows_every_group_with_its_size_and_interval(reviewed: Review) -> None:
    text = parsed(render(reviewed)["index.html"]).text

    for group in reviewed.groups:
        by = column_title(group.columns)
        shown = f"{group.title} {by} {group.images:,} {group.subjects:,}"
        if group.accuracy is None:
            assert f"{shown} no image" in text
        else:
            assert group.accuracy.low is not None
            assert group.accuracy.high is not None
            low, high = 100 * group.accuracy.low, 100 * group.accuracy.high
            assert f"{shown} {100 * group.accuracy.value:.1f} {low:.1f} to {high:.1f}" in text
        if not group.judged:
            assert f"{group.title} , {group.images:,} image" in text


def test_page_marks_the_worst_group_of_each_head_once(reviewed: Review) -> None:
    page = render(reviewed)["index.html"]

    marked = re.findall(r'<tr class="worst" [^>]*>(.*?)</tr>', page, re.DOTALL)

    assert len(marked) == len(reviewed.heads)
    for row, head in zip(marked, reviewed.heads, strict=True):
        assert head.worst is not None
        assert parsed(row).text.strip().startswith(head.worst.title)
        assert "worst group" in row


def test_page_describes_and_never_absolves(reviewed: Review) -> None:
    for name in PAGES:
        text = parsed(render(reviewed)[name]).text.lower()
        assert not re.search(r"\b(fair|fairness|unfair|unbiased|bias-free)\b", text)
        assert "subjects" in text


def test_page_separates_quality_slices_from_those_of_people(
    crowd: Tables, run_info: RunInfos, heads: Heads
) -> None:
    slices = ("gender", "blur", ("blur", "gender"), ("fold", "gender"), ("fold", "blur"))
    config = EvaluateConfig(slices=slices, min_images=150, min_subjects=3)

    result = review([crowd(3)], run_info(held_out=FOLDS), config, heads, seed=0)
    text = parsed(render(result)["index.html"]).text

    page = render(result)["index.html"]
    verdicts = dict.fromkeys(re.findall(r'data-slice="([^"]*)" data-verdict="([^"]*)"', page), True)
    assert ("Gender", "worst group") in verdicts
    of_people = {"Gender"}
    assert {by for by, verdict in verdicts if verdict in ("worst group", "judged")} <= of_people
    assert ("Fold and gender", "too few to judge") in verdicts
    assert "folds and picture quality are outside it" in text
    assert text.count("Sharpness : whole part of the variance of the Laplacian") == len(heads)
    assert "Age class: Sharpness: under 25 , 120 images of " in text  # Too small to judge.
    assert [head.worst and head.worst.slice for head in result.heads] == ["gender", "gender"]


HOSTILE = (
    "<script>alert('x')</script>",
    '"><img src=x>',
    "=1+1",
    "\u202egnp.exe",
    "@a\t{{ 7 * 7 }}",
)


@pytest.mark.parametrize("evil", HOSTILE)
def test_names_come_out_as_text(
    evil: str, people: Tables, run_info: RunInfos, heads: Heads
) -> None:
    everyone = [(evil + age, evil, age, 5, 4) for age in heads["age"]]
    table = people([*everyone, *[("b" + age, "m", age, 5, 4) for age in heads["age"]]])
    named = run_info(
        name=evil, model=evil, notes=(evil,), warnings=(evil,), policy=evil, datasets=(evil,),
        repaired={evil: 1},
    )  # fmt: skip

    files = render(review([table], named, CONFIG, {"age": heads["age"]}, seed=0))

    for name in PAGES:
        tags = set(parsed(files[name]).tags)
        assert "img" not in tags
        assert "<script>alert" not in files[name]
        assert evil in html.unescape(files[name])
        assert evil not in files[name] or html.escape(evil) == evil
    for row in csv.reader(io.StringIO(files["slices.csv"])):
        assert not any(re.match(r"[=@+\t\r]|-(?![\d.])", cell) for cell in row)
    assert json.loads(files["review.json"])["protocol"]["run"] == evil


def test_csv_has_one_row_a_group_and_head(reviewed: Review) -> None:
    rows = list(csv.DictReader(io.StringIO(render(reviewed)["slices.csv"])))

    groups = [group for head in reviewed.heads for group in head.groups]
    numbers = [f"{name}{end}" for name in METRICS for end in ("", "_low", "_high", "_method")]
    assert list(rows[0]) == [
        "slice", "group", "title", "head", "images", "subjects", *numbers, "effective_images",
        "confidence", "calibration_error", "false_positive_rate", "false_negative_rate",
        "selection_rate", "judged", "why_not",
    ]  # fmt: skip
    assert len(rows) == len({(row["group"], row["head"]) for row in rows}) == len(groups)
    assert [row["group"] for row in rows].count("overall") == len(reviewed.heads)
    for row, group in zip(rows, groups, strict=True):
        assert (row["group"], row["head"], row["images"]) == (
            group.name,
            group.head,
            str(group.images),
        )
        assert row["judged"] == str(group.judged).lower()
        assert (row["one_off"] == "") == ("one_off" not in group.metrics)


def test_json_has_the_content_of_the_page(reviewed: Review) -> None:
    record = json.loads(render(reviewed)["review.json"])

    assert {
        "verdict", "reasons", "worst_group", "gaps", "overall", "groups", "protocol", "thresholds",
    } <= set(record)  # fmt: skip
    assert record["verdict"] == reviewed.verdict.state
    assert [part["head"] for part in record["overall"]] == ["age", "gender"]
    assert record["overall"][0]["images"] == 600
    assert record["protocol"]["held_out_folds"] == list(FOLDS)
    assert record["protocol"]["subjects_shared"] is False
    assert record["thresholds"]["worst_group_accuracy"] == 0.2
    assert len(record["groups"]) == len(reviewed.groups)
    assert {gap["slice"] for gap in record["gaps"]} >= {"fold", "gender", "age"}
    assert {test["slice"] for test in record["worse_than_chance"]} == {
        "gender", "age", "gender x age",
    }  # fmt: skip
    assert sum(map(sum, record["confusion"]["age"]["counts"])) == 600


def test_page_and_json_show_the_absolute_error_of_ordered_classes_alone(
    reviewed: Review,
) -> None:
    files = render(reviewed)
    age, gender = json.loads(files["review.json"])["overall"]
    overall = reviewed.heads[0].overall.metrics["absolute_error"]
    assert overall.low is not None
    assert overall.high is not None

    shown = f"{overall.value:.2f} {overall.low:.2f} to {overall.high:.2f}"
    text = parsed(files["index.html"]).text

    assert text.count("Mean absolute error, in classes") == 1
    assert f"Mean absolute error, in classes {shown}" in text
    assert age["absolute_error"] == pytest.approx(overall.value, abs=1e-6)
    assert age["absolute_error_low"] < age["absolute_error"] < age["absolute_error_high"]
    assert [gender[f"absolute_error{end}"] for end in ("", "_low", "_high")] == [None] * 3
    first = reviewed.heads[0].slices[0].groups[0]
    error, absolute = (first.metrics[name].value for name in ("error", "absolute_error"))
    assert f"{error:+.2f} {absolute:.2f} " in text


def page_of(people: Tables, run: RunInfo, heads: Heads) -> str:
    table = people([("a", "m", "4-6", 20, 9), ("b", "m", "4-6", 20, 9)], fold=run.held_out[0])
    return render(review([table], run, CONFIG, {"age": heads["age"]}, seed=0))["index.html"]


def test_published_numbers_stand_beside_their_protocol(
    people: Tables, run_info: RunInfos, heads: Heads
) -> None:
    every = tuple(f"fold_{number}" for number in range(5))

    whole = (RowCounts("label_validator", 19_487, 19_487, {}),)

    one_fold = page_of(people, run_info(accounting=whole), heads)
    all_folds = page_of(people, run_info(accounting=whole, held_out=every, policy="strict"), heads)
    other = page_of(people, run_info(accounting=whole, datasets=("utkface",)), heads)
    drawn = page_of(people, run_info(), heads)

    assert "50.7 ± 5.1" in one_fold
    assert "Not comparable." in one_fold
    assert "not held out: fold_0, fold_1, fold_2, fold_3" in one_fold
    assert "50.7 ± 5.1" in all_folds
    assert "Not comparable." not in all_folds
    assert "50.7" not in other
    assert "50.7" not in drawn  # In Adience's layout, but with other rows.
    assert "86.8" not in one_fold


def test_page_claims_no_disjoint_people_where_the_data_name_none(
    people: Tables, run_info: RunInfos, heads: Heads
) -> None:
    table = people([("a", "m", "4-6", 20, 9), ("b", "m", "4-6", 20, 9)])
    nameless = run_info(datasets=("utkface",), names_subjects=False)

    files = render(review([table], nameless, CONFIG, {"age": heads["age"]}, seed=0))

    assert json.loads(files["review.json"])["protocol"]["subjects_shared"] is None
    assert "not known: the data name no subjects" in files["index.html"]
    assert "not known: the data name no subjects" in files["model_card.html"]
    assert "all faces of a subject lie in one fold" not in files["index.html"]


def test_page_shows_where_rows_went(reviewed: Review) -> None:
    text = parsed(render(reviewed)["index.html"]).text

    assert "labels 10 7 3 age missing 2 , repeat of 1" in text


def test_confusion_shares_are_of_the_label(
    people: Tables, run_info: RunInfos, heads: Heads
) -> None:
    table = people([("a", "m", "4-6", 8, 6), ("b", "f", "8-12", 4, 0)])
    result = review([table], run_info(), CONFIG, {"age": heads["age"]}, seed=0)

    cells = filters.confusion_cells(result.heads[0])

    assert cells[1][1:3] == [(6, 0.75), (2, 0.25)]
    assert cells[2][3] == (4, 1.0)
    assert cells[0][0] == (0, None)
