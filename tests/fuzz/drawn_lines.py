"""Label lines of three layouts, whole and damaged, each with the outcome that it must have."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple, TypeVar

import numpy as np

T = TypeVar("T")
Random = np.random.Generator
Meaning = tuple[int, int] | str  # Years, or "missing" or "unknown"; for a gender m or f.

# Adience's classes; 60-100 has no upper end.
CLASSES = ((0, 2), (4, 6), (8, 12), (15, 20), (25, 32), (38, 43), (48, 53), (60, 100))
BANDS = ((0, 2), (3, 9), (10, 19), (20, 29), (30, 39), (40, 49), (50, 59), (60, 69))
MALFORMED = "malformed_line"
_OLDEST = 100
_MISSING = ("nan", "NaN", "NA", "n/a", "null", "?", "-1", "", "none")
_UNKNOWN = ("old", "abc", "25 years", "1000", "-7", "3/4", "Ωmega", "' OR 1", "=1+1", "m/f", "2")


class Line(NamedTuple):
    """One line of a label file."""

    name: str  # Number, layout and damage.
    layout: str
    content: bytes
    # `age gender`, or the reason of the rejection; None: the damage leaves it open.
    expected: str | None


def draw(count: int, seed: int) -> Iterator[Line]:
    """Draw lines; the first n are the same for every count of at least n."""
    layouts = list(LAYOUTS)
    for number in range(count):
        random = np.random.default_rng((seed, number))
        layout = layouts[number % len(layouts)]
        cells, outcome = LAYOUTS[layout](number, random)
        expected: str | None = outcome
        delimiter = "\t" if layout == "adience" else ","
        damage = _one_of([*["none"] * len(_DAMAGES), *_DAMAGES], random)
        content = delimiter.join(_quoted(cell, delimiter) for cell in cells).encode()
        if damage != "none":
            content, expected = _DAMAGES[damage](content, delimiter.encode(), random)
        name = f"{number} {layout} {damage.replace(' ', '_')}"
        yield Line(name, layout, content, expected)


def _one_of(values: Sequence[T], random: Random) -> T:
    return values[int(random.integers(len(values)))]


def _quoted(cell: str, delimiter: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if delimiter in cell else cell


def _outcome(age: Meaning, gender: str) -> str:
    """By the sets of years of the classes, not by their bounds."""
    if isinstance(age, str):
        return {"missing": "age_missing", "unknown": "age_unknown_text"}[age]
    low, high = age
    years = set(range(min(low, _OLDEST), min(high, _OLDEST) + 1))
    sets = {f"{first}-{last}": set(range(first, last + 1)) for first, last in CLASSES}
    inside = [name for name, members in sets.items() if years <= members]
    if not inside:
        touched = any(years & members for members in sets.values())
        return "age_spans_classes" if touched else "age_between_classes"
    if gender in ("missing", "unknown"):
        return f"gender_{gender}"
    return f"{inside[0]} {gender}"


def _years(random: Random) -> tuple[int, int]:
    low = int(random.integers(0, 120))
    return low, low + int(random.integers(0, 12))


def _common_age(random: Random) -> tuple[str, Meaning]:
    low, high = _years(random)
    forms: list[tuple[str, Meaning]] = [
        (f"{low}", (low, low)), (f" {low} ", (low, low)), (f"{low}.0", (low, low)),
        (f"{low}.75", (low, low)), (f"{low}-{high}", (low, high)),
        (f"{low} to {high}", (low, high)),
        (f"({low},{high})", (low, high)), (f"({low}, {high})", (low, high)),
        (f"[{low}, {high}]", (low, high)), (f"{low}\u2013{high}", (low, high)),
        (f"{low}+", (low, 999)), (f"more than {low}", (low, 999)),
        (_one_of(_MISSING, random), "missing"), (_one_of(_UNKNOWN[:-1], random), "unknown"),
        (f"{high + 1}-{low}", "unknown"),
    ]  # fmt: skip
    return _one_of(forms, random)


def _adience_age(random: Random) -> tuple[str, Meaning]:
    low, high = _years(random)
    forms: list[tuple[str, Meaning]] = [
        (f"{low}", (low, low)), (f"({low}, {high})", (low, high)), ("(25, 23)", (25, 32)),
        ("None", "missing"), ("", "missing"), (f"{low}-{high}", "unknown"), (f"{low}+", "unknown"),
        (f"{low}.0", "unknown"), (_one_of(_UNKNOWN[:-1], random), "unknown"), ("nan", "unknown"),
    ]  # fmt: skip
    return _one_of(forms, random)


def _csv(number: int, random: Random) -> tuple[list[str], str]:
    age, years = _common_age(random)
    genders = {
        "m": "m", "M": "m", "Male": "m", " m": "m", "f": "f", "FEMALE": "f", "woman": "f",
        "0": "unknown", "1": "unknown", "x": "unknown", "null": "missing", "": "missing",
    }  # fmt: skip
    gender = _one_of(list(genders), random)
    return [f"{number}.jpg", age, gender, "White"], _outcome(years, genders[gender])


def _adience(number: int, random: Random) -> tuple[list[str], str]:
    age, years = _adience_age(random)
    genders = {"m": "m", "f": "f", "u": "unknown", "Male": "unknown", "": "missing"}
    gender = _one_of(list(genders), random)
    cells = [f"u{number}", "a.jpg", f"{number}", age, gender, "1", "2", "3", "4", "-5", "15", "90"]
    return cells, _outcome(years, genders[gender])


def _fairface(number: int, random: Random) -> tuple[list[str], str]:
    ages: dict[str, Meaning] = {f"{low}-{high}": (low, high) for low, high in BANDS}
    ages |= {"more than 70": (70, 999), "": "missing", "nan": "missing", "70+": "unknown"}
    genders = {"Male": "m", "Female": "f", "": "missing", "0": "unknown"}
    age, gender = _one_of(list(ages), random), _one_of(list(genders), random)
    cells = [f"train/{number}.jpg", age, gender, "East Asian", "True"]
    return cells, _outcome(ages[age], genders[gender])


LAYOUTS: dict[str, Callable[[int, Random], tuple[list[str], str]]] = {
    "csv": _csv,
    "adience": _adience,
    "fairface": _fairface,
}

Damage = Callable[[bytes, bytes, Random], tuple[bytes, str | None]]


def _at_random(insert: bytes) -> Damage:
    def damage(content: bytes, _: bytes, random: Random) -> tuple[bytes, str | None]:
        at = int(random.integers(1, len(content)))
        return content[:at] + insert + content[at:], MALFORMED

    return damage


def _flip(content: bytes, _: bytes, random: Random) -> tuple[bytes, str | None]:
    at = int(random.integers(len(content)))
    byte = int(random.choice([value for value in range(1, 256) if value not in (10, 13)]))
    return content[:at] + bytes([byte]) + content[at + 1 :], None


def _noise(_: bytes, __: bytes, random: Random) -> tuple[bytes, str | None]:
    noise = random.integers(0, 256, int(random.integers(1, 200)), dtype=np.uint8).tobytes()
    return b"x" + noise.replace(b"\n", b"").replace(b"\r", b""), None


_DAMAGES: dict[str, Damage] = {
    "one cell more": lambda content, delimiter, _: (content + delimiter + b"x", MALFORMED),
    "last cell cut": lambda content, delimiter, _: (content.rpartition(delimiter)[0], MALFORMED),
    "invalid UTF-8": _at_random(b"\xff"),
    "NUL": _at_random(b"\0"),
    "open quote": lambda content, _, __: (b'"' + content.replace(b'"', b""), MALFORMED),
    "long": lambda content, _, __: (content.replace(b"\t", b"") + b"y" * (1 << 18), MALFORMED),
    "one byte changed": _flip,
    "noise": _noise,
}
