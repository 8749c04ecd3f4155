"""The label lines of the fuzz test: a small run, and the outcomes that it must notice."""

from collections import defaultdict
from pathlib import Path

from tests.fuzz import drawn_lines, label_lines
from tests.fuzz.drawn_lines import Line
from tests.fuzz.guarded import CRASHED


def test_a_small_run_loses_nothing_and_finds_every_outcome_right(tmp_path: Path) -> None:
    tallies = list(label_lines.run(60, 0, tmp_path))

    assert [tally.kind for tally in tallies] == ["csv lines", "adience lines", "fairface lines"]
    assert sum(tally.inputs for tally in tallies) == 60
    assert not any(tally.has_failed for tally in tallies)
    assert all(tally.accepted + tally.rejected == tally.inputs for tally in tallies)
    assert sum(tally.accepted for tally in tallies) > 0
    assert not any(tally.wrongly_accepted + tally.wrongly_rejected for tally in tallies)


def test_a_seed_draws_the_same_lines_whatever_their_number() -> None:
    some, more = list(drawn_lines.draw(20, seed=3)), list(drawn_lines.draw(300, seed=3))

    assert some == more[:20]
    assert some != list(drawn_lines.draw(20, seed=4))
    assert len({line.expected for line in more}) > 12
    assert not any(b"\n" in line.content for line in more)


def test_lost_repeated_and_wrong_rows_are_named() -> None:
    block = [Line(name, "csv", b"", "25-32 m") for name in ("a", "b", "c", "d", "e")]
    names: defaultdict[str, list[str]] = defaultdict(list)

    label_lines._judge(
        block, [(2, "25-32 m"), (3, "0-2 m"), (4, "age_missing"), (5, "25-32 m"), (5, "x")], names
    )
    label_lines._judge(block[:2], CRASHED, names)

    assert dict(names) == {
        "accepted": ["a", "b"],
        "rejected": ["c"],
        "wrongly accepted": ["b (0-2 m, expected 25-32 m)"],
        "wrongly rejected": ["c (age_missing, expected 25-32 m)"],
        "lost": ["d (2 rows)", "e (0 rows)"],
        CRASHED: ["a to b"],
    }
