"""Vocabularies as tables: how data sets write their labels, and the meaning of each text.

A vocabulary is a row of VOCABULARIES. It is applied before the policy: a text becomes years, a
range of years, a class or missing. A text that it does not know is left as it is.
"""

import json
import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple

from schemas.labels.classes import GENDERS, RACE_NAMES, RACES

LABELS = ("age", "gender", "race")
MISSING = ""  # Meaning of a missing label.

_YEARS = r"[0-9]{1,3}"
_EXACT = re.compile(rf"(?P<low>{_YEARS})")
_COMPLETED = re.compile(rf"(?P<low>{_YEARS})\.[0-9]{{1,20}}")
_PAIR = re.compile(rf"\((?P<low>{_YEARS}), (?P<high>{_YEARS})\)")
_LIST = re.compile(rf"\( ?(?P<low>{_YEARS}) ?, ?(?P<high>{_YEARS}) ?\)")
_CLOSED = re.compile(rf"\[ ?(?P<low>{_YEARS}) ?, ?(?P<high>{_YEARS}) ?\]")
_RANGE = re.compile(rf"(?P<low>{_YEARS})(?: ?- ?| to )(?P<high>{_YEARS})")
_FROM = re.compile(rf"(?P<low>{_YEARS})(?: ?\+| (?:and|or) (?:more|older|over|above))")
_MORE = re.compile(rf"(?:more than|>=) ?(?P<low>{_YEARS})")  # FairFace: 60-69, more than 70.

_DASHES = str.maketrans("\u2010\u2011\u2012\u2013\u2014\u2212", "------")


def _as_written(text: str) -> str:
    return text


def folded(text: str) -> str:
    """The text without case, outer and repeated spaces, and kinds of dashes."""
    return " ".join(text.casefold().translate(_DASHES).split())


class Vocabulary(NamedTuple):
    """The texts of one data set; a text of a table comes before the forms of ages."""

    texts: Mapping[str, Mapping[str, str]]  # {label: {text: meaning}}, texts as `fold` gives them.
    age_forms: tuple[re.Pattern[str], ...]  # With `low`, and `high` unless exact.
    open_forms: tuple[re.Pattern[str], ...] = ()  # `low` or more.
    fold: Callable[[str], str] = _as_written


def _same(names: tuple[str, ...]) -> dict[str, str]:
    return {name: name for name in names}


def _numbered(names: tuple[str, ...]) -> dict[str, str]:
    return {str(number): name for number, name in enumerate(names)}


def _missing(*texts: str) -> dict[str, str]:
    return dict.fromkeys(texts, MISSING)


_NOTHING = _missing(
    "", "none", "nan", "na", "n/a", "#n/a", "<na>", "null", "nil", "?", "-", "-1", "-1.0", "unknown"
)  # fmt: skip

_FAIRFACE_RACES = {
    "white": "white",
    "black": "black",
    "latino_hispanic": "latino_hispanic",
    "east asian": "east_asian",
    "southeast asian": "southeast_asian",
    "indian": "indian",
    "middle eastern": "middle_eastern",
}

# Every vocabulary reads the texts of the class tables: `35`, `(25, 32)`, `m`, `white`.
_OWN_AGES = (_EXACT, _PAIR)
_OWN_GENDERS = _same(GENDERS)
_OWN_RACES = _same(RACE_NAMES)

VOCABULARIES: dict[str, Vocabulary] = {
    # Adience's files; `None` is a missing age, nothing a missing gender.
    "adience": Vocabulary(
        {
            "age": _missing("", "None"),
            "gender": _OWN_GENDERS | _missing("", "None"),
            "race": _OWN_RACES | _missing(""),
        },
        _OWN_AGES,
    ),
    # UTKFace: gender 0 is male, 1 female; races 0 to 4.
    "utkface": Vocabulary(
        {
            "age": _missing("", "None"),
            "gender": _OWN_GENDERS | _numbered(GENDERS) | _missing("", "None"),
            "race": _OWN_RACES | _numbered(RACES) | _missing(""),
        },
        _OWN_AGES,
    ),
    # FairFace (Karkkainen and Joo 2021): nine age bands, the last `more than 70`, seven races.
    "fairface": Vocabulary(
        {
            "age": _NOTHING,
            "gender": _OWN_GENDERS | {"male": "m", "female": "f"} | _NOTHING,
            "race": _OWN_RACES | _FAIRFACE_RACES | _NOTHING,
        },
        (*_OWN_AGES, _RANGE),
        (_MORE,),
        fold=folded,
    ),
    # The texts of all data sets that are not ambiguous: 0 and 1 are no genders here.
    "common": Vocabulary(
        {
            "age": _NOTHING,
            "gender": {
                **_OWN_GENDERS,
                "male": "m", "man": "m", "boy": "m",
                "female": "f", "woman": "f", "girl": "f",
            } | _NOTHING,
            "race": {
                **_OWN_RACES,
                **_FAIRFACE_RACES,
                **{name.replace("_", " "): name for name in RACE_NAMES},
                "latino": "latino_hispanic", "hispanic": "latino_hispanic",
                "others": "other",
            } | _NOTHING,
        },
        (*_OWN_AGES, _COMPLETED, _LIST, _CLOSED, _RANGE),
        (_FROM, _MORE),
        fold=folded,
    ),
}  # fmt: skip


class Reading(NamedTuple):
    """What a vocabulary reads in a label text."""

    written: str
    # `35`, `(25, 32)`, `(70, inf)`, a gender, a name of RACE_NAMES, MISSING, or `written` itself.
    meaning: str
    known: bool


class _CustomVocabulary(NamedTuple):
    """A user's texts, and the vocabulary of all others."""

    base: str  # A key of VOCABULARIES.
    texts: Mapping[str, Mapping[str, str]]  # {label: {text: meaning}}.
    folded_texts: Mapping[str, Mapping[str, str]]

    def read(self, label: str, written: str) -> Reading:
        """Read a text: as the user wrote it, as the base knows it, or folded."""
        if (meaning := self.texts[label].get(written)) is not None:
            return Reading(written, meaning, known=True)
        reading = read_label(self.base, label, written)
        meaning = self.folded_texts[label].get(folded(written))
        if reading.known or meaning is None:
            return reading
        return Reading(written, meaning, known=True)


@lru_cache
def _custom(vocabulary: str) -> _CustomVocabulary:
    raw = json.loads(vocabulary)
    texts = {label: raw[label] for label in LABELS}
    by_fold = {
        label: {folded(text): meaning for text, meaning in meanings.items()}
        for label, meanings in texts.items()
    }
    return _CustomVocabulary(raw["base"], texts, by_fold)


def for_source(vocabulary: str | None, own: str) -> str:
    """The vocabulary of a source: a key of VOCABULARIES, or a custom one as JSON.

    Args:
      vocabulary: `labels.vocabulary` of the config; null is the source's own.
      own: of the source, which also is the base of a custom one that names none.
    """
    if vocabulary is None or not vocabulary.startswith("{"):
        return vocabulary or own
    raw = json.loads(vocabulary)
    return json.dumps(raw | {"base": raw["base"] or own}, sort_keys=True, ensure_ascii=False)


@lru_cache(maxsize=1 << 14)
def read_label(vocabulary: str, label: str, written: str) -> Reading:
    """Read a text of a label; `vocabulary` is one that `for_source` gives."""
    if vocabulary not in VOCABULARIES:
        return _custom(vocabulary).read(label, written)
    known = VOCABULARIES[vocabulary]
    text = known.fold(written)
    meaning = known.texts[label].get(text)
    if meaning is None and label == "age":
        meaning = _years(known, text)
    return Reading(written, written if meaning is None else meaning, meaning is not None)


def _years(vocabulary: Vocabulary, text: str) -> str | None:
    """The meaning of an age that matches a form, in the form of Adience's texts."""
    for form in vocabulary.open_forms:
        if match := form.fullmatch(text):
            return f"({match['low']}, inf)"
    for form in vocabulary.age_forms:
        if match := form.fullmatch(text):
            years = match.groupdict()
            if "high" not in years:
                return years["low"]
            if form is not _PAIR and int(years["low"]) > int(years["high"]):
                return None  # In Adience's own form the policy knows one such text.
            return f"({years['low']}, {years['high']})"
    return None
