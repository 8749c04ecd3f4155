"""Class tables: the names of the classes of each label, in the order of their index."""

from typing import NamedTuple

UNKNOWN = "unknown"  # Written where a label text is missing; its class index is -1.
MISSING_CLASS = -1


class AgeClass(NamedTuple):
    """One age class: its printed name and its bounds in years, both inside the class."""

    name: str
    low: int
    high: int

    @property
    def text(self) -> str:
        """The class as the Adience files write it, such as `(25, 32)`."""
        return f"({self.low}, {self.high})"


# Adience's eight classes (Eidinger, Enbar, Hassner 2014); the years between them belong to none.
ADIENCE8 = tuple(
    AgeClass(f"{low}-{high}", low, high)
    for low, high in ((0, 2), (4, 6), (8, 12), (15, 20), (25, 32), (38, 43), (48, 53), (60, 100))
)

AGE_TABLES: dict[str, tuple[AgeClass, ...]] = {"adience8": ADIENCE8}

GENDERS = ("m", "f")
RACES = ("white", "black", "asian", "indian", "other")  # UTKFace codes 0 to 4.

# What each target trains: (head, which is also the label it needs).
TARGETS: dict[str, tuple[str, ...]] = {
    "age": ("age",),
    "gender": ("gender",),
    "age_gender": ("age", "gender"),
    "race": ("race",),
}


def class_names(label: str, table: str) -> tuple[str, ...]:
    """Names of the classes of one label (`age`, `gender`, `race`), in index order.

    Args:
      label: a head of TARGETS.
      table: a key of AGE_TABLES; only `age` looks at it.
    """
    if label == "age":
        return tuple(age.name for age in AGE_TABLES[table])
    return {"gender": GENDERS, "race": RACES}[label]


def heads(target: str, table: str) -> tuple[tuple[str, int], ...]:
    """(head name, number of classes) of each head that the target trains."""
    return tuple((label, len(class_names(label, table))) for label in TARGETS[target])
