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

AGE_TABLES: dict[str, tuple[AgeClass, ...]] = {"adience8": ADIENCE8, "seven": SEVEN}

GENDERS = ("m", "f")
RACES = ("white", "black", "asian", "indian", "other")  # UTKFace codes 0 to 4.

# Target to its heads; a head has the name of the label it needs.
TARGETS: dict[str, tuple[str, ...]] = {
    "age": ("age",),
    "gender": ("gender",),
    "age_gender": ("age", "gender"),
    "race": ("race",),
}

# Heads with ordered classes.
ORDERED = frozenset(("age",))


@lru_cache
def age_table(table: str) -> tuple[AgeClass, ...]:
    """The classes of a table: a key of AGE_TABLES, or a custom table as JSON."""
    if table in AGE_TABLES:
        return AGE_TABLES[table]
    return tuple(AgeClass(*item) for item in json.loads(table)["classes"])


def table_name(table: str) -> str:
    """Display name of a class table or policy: its key, or the file name of a custom one."""
    return str(json.loads(table)["name"]) if table.startswith("{") else table


def class_names(label: str, table: str) -> tuple[str, ...]:
    """Names of the classes of a head of TARGETS, in index order; only `age` reads the table."""
    if label == "age":
        return tuple(age.name for age in age_table(table))
    return {"gender": GENDERS, "race": RACES}[label]


def heads(target: str, table: str) -> tuple[tuple[str, int], ...]:
    """(head name, number of classes) of each head that the target trains."""
    return tuple((label, len(class_names(label, table))) for label in TARGETS[target])
