"""Label lines of all layouts through `facefold labels`, against outcomes known when drawn."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from pipelines.validate_labels import run_labels
from schemas.config.blocks import ColumnsConfig, Config, DataConfig, LabelsConfig
from tests.components.ingest import small_data
from tests.fuzz import drawn_lines
from tests.fuzz.drawn_lines import Line
from tests.fuzz.guarded import CRASHED, HUNG, Guarded
from tests.fuzz.report import Tally

SECONDS = 60.0  # For a file of BLOCK lines.
BLOCK = 50

_FILES = {
    "csv": ("labels.csv", b"file,age,gender,race\n"),
    "fairface": ("fairface_label_train.csv", b"file,age,gender,race,service_test\n"),
    "adience": (
        "fold_0_data.txt",
        small_data.HEADER + b"\n",
    ),
}
_COLUMNS = {"csv": ColumnsConfig("file", "age", "gender", "race")}


def outcomes(order: tuple[str, str]) -> list[tuple[int, str]]:
    """Called in a child process: (line, `age gender` or reason) of every row of a folder's file."""
    layout, folder = order
    data = DataConfig(layout, folder, columns=_COLUMNS.get(layout, ColumnsConfig()))
    config = Config("fuzz", (data,), labels=LabelsConfig("age_gender"), output=f"{folder}/runs")
    files = run_labels(config, labels_only=True).files
    accepted = pq.read_table(files["manifest"], columns=["line", "age", "gender"]).to_pylist()
    rejects = pq.read_table(files["rejects"], columns=["line", "reason"]).to_pylist()
    return [
        *((row["line"], f"{row['age']} {row['gender']}") for row in accepted),
        *((row["line"], row["reason"]) for row in rejects),
    ]


def run(count: int, seed: int, folder: Path) -> Iterator[Tally]:
    """Draw `count` lines from a seed; yields the outcomes of each layout."""
    lines = list(drawn_lines.draw(count, seed))
    with Guarded(outcomes, SECONDS) as guarded:
        for layout in dict.fromkeys(line.layout for line in lines):
            of_layout = [line for line in lines if line.layout == layout]
            names: defaultdict[str, list[str]] = defaultdict(list)
            for number in range(0, len(of_layout), BLOCK):
                block = of_layout[number : number + BLOCK]
                place = folder / f"{layout} {number}"
                _judge(block, guarded((layout, _write(block, place))), names)
            yield _tally(f"{layout} lines", len(of_layout), names)


def _write(block: Sequence[Line], place: Path) -> str:
    place.mkdir()
    name, header = _FILES[block[0].layout]
    (place / name).write_bytes(header + b"".join(line.content + b"\n" for line in block))
    return str(place)


def _judge(block: Sequence[Line], result: Any, names: defaultdict[str, list[str]]) -> None:
    """Add each line to the lists that it belongs to."""
    if result in (CRASHED, HUNG):
        names[result].append(f"{block[0].name} to {block[-1].name}")
        return
    found = dict(result)
    counts = Counter(number for number, _ in result)
    for number, line in enumerate(block, start=2):
        if counts[number] != 1:
            names["lost"].append(f"{line.name} ({counts[number]} rows)")
            continue
        outcome = found[number]
        names["accepted" if " " in outcome else "rejected"].append(line.name)
        if line.expected is None:
            names["undecided"].append(line.name)
        elif outcome != line.expected:
            wrong = "wrongly accepted" if " " in outcome else "wrongly rejected"
            names[wrong].append(f"{line.name} ({outcome}, expected {line.expected})")


def _tally(kind: str, inputs: int, names: defaultdict[str, list[str]]) -> Tally:
    return Tally(
        kind,
        inputs,
        len(names["accepted"]),
        len(names["rejected"]),
        len(names["undecided"]),
        tuple(names["lost"]),
        tuple(names[CRASHED]),
        tuple(names[HUNG]),
        tuple(names["wrongly accepted"]),
        tuple(names["wrongly rejected"]),
    )
