"""Custom vocabularies: YAML files of label texts and their meanings."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipelines.config.known_names import check_known, did_you_mean
from pipelines.config.parsing import build, load_yaml
from pipelines.config.year_spans import Span, check_gap, check_overlap, read_span
from schemas.config.serialization import Block, one_line
from schemas.errors import ConfigError
from schemas.labels.classes import GENDERS, RACE_NAMES
from schemas.labels.policies import NO_END
from schemas.labels.vocabularies import MISSING, VOCABULARIES, folded

_MISSING = "missing"
_OPEN = re.compile(r"([0-9]{1,3})\+")
_AGES = f"years such as 25, 20-29 or 70+, or {_MISSING}"

Texts = dict[str, str | int]


@dataclass(frozen=True)
class _VocabularyFile(Block):
    """Texts by label; `age_bands` are a scale, in which each year stands once."""

    extends: str | None = None  # A key of VOCABULARIES; null: the source's own.
    age: Texts | None = None
    age_bands: Texts | None = None
    between: tuple[str | int, ...] = ()  # Years of no band.
    gender: Texts | None = None
    race: Texts | None = None


def read_vocabulary(path: Path) -> str:
    """Read and check a vocabulary; as JSON.

    Raises:
      ConfigError: a meaning that the label does not have, a text with two meanings, or bands of
        ages with a gap or an overlap, with the place.
    """
    raw = load_yaml(path, "`age:`, `gender:` or `race:`")
    _check_texts(path, raw)
    file = build(_VocabularyFile, raw, source=str(path))
    if file.extends is not None:
        check_known(f"{path}: extends", file.extends, VOCABULARIES)
    ages = _meanings(path, "age", file.age, _age)
    bands = _meanings(path, "age_bands", file.age_bands, _age)
    _check_bands(path, file)
    if both := {*map(folded, ages)} & {*map(folded, bands)}:
        raise ConfigError(f"{path}: {min(both)!r} stands below age and age_bands; remove one.")
    genders = _meanings(path, "gender", file.gender, _one_of(GENDERS))
    races = _meanings(path, "race", file.race, _one_of(RACE_NAMES))
    if not (ages or bands or genders or races):
        raise ConfigError(f"{path} has no text, expected one or more below age, gender or race.")
    ages |= bands
    return one_line(
        {"name": path.name, "base": file.extends, "age": ages, "gender": genders, "race": races}
    )


def _check_texts(path: Path, raw: Mapping[str, Any]) -> None:
    """Raise ConfigError for a text that YAML reads as a truth value, a date or nothing."""
    for block, texts in raw.items():
        counts = Counter(map(str, texts)) if isinstance(texts, dict) else {}
        for text in texts if counts else ():
            if counts[str(text)] > 1:
                raise ConfigError(f"{path}: {block} has the text {str(text)!r} twice; remove one.")
            if isinstance(text, bool) or not isinstance(text, str | int | float):
                raise ConfigError(
                    f"{path}: {block} has the text {text!r} as YAML reads it, expected the text of "
                    "the label files; write it in quotes."
                )


def _meanings(
    path: Path, label: str, texts: Texts | None, read: Callable[[Path, str, str], str]
) -> dict[str, str]:
    """{text: meaning}. Raises ConfigError if case and spaces alone tell two meanings apart."""
    meanings: dict[str, str] = {}
    by_fold: dict[str, str] = {}
    for text, value in (texts or {}).items():
        place = f"{label}.{text}"
        meanings[text] = MISSING if value == _MISSING else read(path, place, str(value))
        before = by_fold.setdefault(folded(text), text)
        if meanings[before] != meanings[text]:
            raise ConfigError(
                f"{path}: an overlap: {label}.{before} and {place} differ in case or spaces alone, "
                "but in their meaning too; give them one meaning."
            )
    return meanings


def _age(path: Path, place: str, value: str) -> str:
    span = _span(path, place, value)
    if span.high == NO_END:
        return f"({span.low}, inf)"
    return str(span.low) if span.low == span.high else f"({span.low}, {span.high})"


def _span(path: Path, place: str, value: str) -> Span:
    """The years of `25`, `20-29` or `70+`."""
    if match := _OPEN.fullmatch(value):
        return Span(int(match[1]), NO_END, place)
    try:
        return read_span(path, place, f"{value}-{value}" if value.isdecimal() else value)
    except ConfigError as error:
        raise ConfigError(f"{path}: {place} is {value!r}, expected {_AGES}.") from error


def _one_of(names: tuple[str, ...]) -> Callable[[Path, str, str], str]:
    def read(path: Path, place: str, value: str) -> str:
        if value not in names:
            raise ConfigError(
                f"{path}: {place} is {value!r}{did_you_mean(value, names)}, expected one of "
                f"{', '.join((*names, _MISSING))}."
            )
        return value

    return read


def _check_bands(path: Path, file: _VocabularyFile) -> None:
    """Raise ConfigError if the bands of ages have a gap or an overlap."""
    spans = [
        _span(path, f"age_bands.{text}", str(value))
        for text, value in (file.age_bands or {}).items()
        if value != _MISSING
    ]
    spans += [read_span(path, f"between.{i}", item) for i, item in enumerate(file.between)]
    check_overlap(path, spans)
    check_gap(path, spans)
