"""Label texts without a class, as `facefold labels` prints them, and a vocabulary for them."""

import re
from collections.abc import Iterable, Iterator

import yaml

from components.label_validator.label_report import LabelCounts, TextCount
from components.label_validator.text_counts import LONGEST_TEXT
from pipelines.terminal import table
from schemas.labels.classes import GENDERS, RACE_NAMES
from schemas.labels.vocabularies import LABELS, MISSING, read_label

_PRINTED = 10
_RANGE = re.compile(r"\(([0-9]+), ([0-9]+|inf)\)")
_CHOICES = {
    "age": "25, 20-29, 70+ or missing",
    "gender": f"{', '.join(GENDERS)} or missing",
    "race": f"{', '.join(RACE_NAMES)} or missing",
}


def text_tables(report: LabelCounts) -> Iterator[str]:
    """The most frequent rejected and unknown texts, and the vocabulary that would map them."""
    for title, texts in (
        ("rejected texts", report.rejected_texts),
        ("unknown texts of accepted rows", report.unknown_texts),
    ):
        if texts:
            rows = [[title, "rows", "reason", "first"], *map(_cells, texts[:_PRINTED])]
            yield table(rows)
    if vocabulary := suggested_vocabulary(report):
        yield (
            "a vocabulary for the unknown texts; correct it, save it as mine.yaml, and set "
            f"labels.vocabulary=mine.yaml\n\n{vocabulary.rstrip()}"
        )


def _cells(text: TextCount) -> list[str]:
    rows = f"{text['rows']:,}"
    if text["at_most"] != text["rows"]:
        rows += f" to {text['at_most']:,}"
    place = f"{text['file']}:{text['line']}"
    return [f"  {text['label']} {text['text']!r}", rows, str(text["reason"]), place]


def suggested_vocabulary(report: LabelCounts) -> str:
    """A vocabulary as YAML with every unknown text of a report; empty without one.

    The meaning is that of the vocabulary `common`, or else `missing`, to be corrected.
    """
    unknown = [
        text
        for text in (*report.rejected_texts, *report.unknown_texts)
        if not text["known"] and len(str(text["text"])) <= LONGEST_TEXT
    ]
    lines = []
    for label in LABELS:
        if entries := list(_entries(label, unknown)):
            lines += [f"{label}:", *entries]
    return "".join(f"{line}\n" for line in lines)


def _entries(label: str, texts: Iterable[TextCount]) -> Iterator[str]:
    for written in dict.fromkeys(str(text["text"]) for text in texts if text["label"] == label):
        reading = read_label("common", label, written)
        quoted = yaml.safe_dump(written, default_style='"', allow_unicode=True, width=1000).strip()
        if reading.known and reading.meaning != MISSING:
            yield f"  {quoted}: {_value(reading.meaning)}"
        else:
            yield f"  {quoted}: missing # {_CHOICES[label]}"


def _value(meaning: str) -> str:
    """A meaning as a vocabulary file has it."""
    match = _RANGE.fullmatch(meaning)
    if match is None:
        return meaning
    return f"{match[1]}+" if match[2] == "inf" else f"{match[1]}-{match[2]}"
