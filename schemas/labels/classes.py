"""Class tables: the names of the classes of each label, in index order."""

import json
from functools import lru_cache
from typing import NamedTuple

UNKNOWN = "unknown"  # In place of a missing label text.
MISSING_CLASS = -1


class AgeClass(NamedTuple):
    """One age class: its name and its bounds in years, both inclusive."""

    name: str
    low: int
    high: int

    @property
    def text(self) -> str:
        """The class as the Adience files write it, such as `(25, 32)`."""
        return f"({self.low}, {self.high})"


# Adience's eight classes (Eidinger, Enbar, Hassner 2014), with gaps between them.
ADIENCE8 = tuple(
    AgeClass(f"{low}-{high}", low, high)
    for low, high in ((0, 2), (4, 6), (8, 12), (15, 20), (25, 32), (38, 43), (48, 53), (60, 100))
)

# Seven classes of a published study, which lists six of them; DECISIONS.md has the choice of the
# seventh.
SEVEN = tuple(
    AgeClass(f"{low}-{high}", low, high)
    for low, high in ((0, 3), (4, 6), (8, 13), (15, 23), (25, 33), (34, 54), (55, 100))
)

# FairFace's nine age bands (Karkkainen and Joo 2021), without gaps; the last is `more than 70`.
FAIRFACE9 = tuple(
    AgeClass(f"{low}-{high}", low, high)
    for low, high in (
        (0, 2), (3, 9), (10, 19), (20, 29), (30, 39), (40, 49), (50, 59), (60, 69), (70, 100)
    )
)  # fmt: skip

AGE_TABLES: dict[str, tuple[AgeClass, ...]] = {
    "adience8": ADIENCE8,
    "seven": SEVEN,
    "fairface9": FAIRFACE9,
}

GENDERS = ("m", "f")
RACES = ("white", "black", "asian", "indian", "other")  # UTKFace codes 0 to 4.

# Race table to its classes, each with the races that it contains. UTKFace describes its `other` as
# "like Hispanic, Latino, Middle Eastern".
RACE_TABLES: dict[str, dict[str, tuple[str, ...]]] = {
    "utkface5": {
        "white": ("white",),
        "black": ("black",),
        "asian": ("asian", "east_asian", "southeast_asian"),
        "indian": ("indian",),
        "other": ("other", "latino_hispanic", "middle_eastern"),
    },
    "fairface7": {
        name: (name,)
        for name in (
            "white", "black", "latino_hispanic", "east_asian", "southeast_asian", "indian",
            "middle_eastern",
        )
    },
}  # fmt: skip
DEFAULT_RACES = "utkface5"

_MEMBERS = (names for table in RACE_TABLES.values() for names in table.values())
# Every race that a text can mean, UTKFace's first.
RACE_NAMES = tuple(dict.fromkeys((*RACES, *(name for names in _MEMBERS for name in names))))

# Target to its heads; a head has the name of the label it needs.
TARGETS: dict[str, tuple[str, ...]] = {
    "age": ("age",),
    "gender": ("gender",),
    "age_gender": ("age", "gender"),
    "race": ("race",),
}

# Heads with ordered classes.
ORDERED = frozenset(("age",))


def class_tables(ages: str, races: str) -> str:
    """An age table and a race table as one text, which `class_names` and `heads` take.

    Args:
      ages: a key of AGE_TABLES, or a custom table as JSON.
      races: a key of RACE_TABLES; for the default the result is `ages` itself.
    """
    if races == DEFAULT_RACES:
        return ages
    return json.dumps({"ages": ages, "races": races}, sort_keys=True)


@lru_cache
def _tables(table: str) -> tuple[str, str]:
    """(age table, race table) of a text of `class_tables`."""
    if table.startswith("{") and "races" in (raw := json.loads(table)):
        return raw["ages"], raw["races"]
    return table, DEFAULT_RACES


@lru_cache
def age_table(table: str) -> tuple[AgeClass, ...]:
    """The classes of a table: a key of AGE_TABLES, or a custom table as JSON."""
    table, _ = _tables(table)
    if table in AGE_TABLES:
        return AGE_TABLES[table]
    return tuple(AgeClass(*item) for item in json.loads(table)["classes"])


def race_table(table: str) -> dict[str, tuple[str, ...]]:
    """The race classes of a text of `class_tables`, each with the races that it contains."""
    return RACE_TABLES[_tables(table)[1]]


def table_name(table: str) -> str:
    """Display name of a class table or policy: its key, or the file name of a custom one."""
    return str(json.loads(table)["name"]) if table.startswith("{") else table


def class_names(label: str, table: str) -> tuple[str, ...]:
    """Names of the classes of a head of TARGETS, in index order; see `class_tables`."""
    if label == "age":
        return tuple(age.name for age in age_table(table))
    return {"gender": GENDERS, "race": tuple(race_table(table))}[label]


def heads(target: str, table: str) -> tuple[tuple[str, int], ...]:
    """(head name, number of classes) of each head that the target trains."""
    return tuple((label, len(class_names(label, table))) for label in TARGETS[target])
