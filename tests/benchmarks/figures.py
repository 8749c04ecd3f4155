"""A figure of a benchmark: one line of its table, with a bound or without."""

import math
from typing import NamedTuple


class Figure(NamedTuple):
    """One line of the table."""

    name: str
    value: float
    unit: str = ""
    low: float = -math.inf  # One bound, or none; the value may equal it.
    high: float = math.inf
    note: str = ""

    @property
    def is_missed(self) -> bool:
        """Whether a bound is broken; what was skipped is no number and breaks none."""
        return self.value < self.low or self.value > self.high

    def __str__(self) -> str:
        low = f">= {self.low:g}" if self.low > -math.inf else ""
        high = f"<= {self.high:g}" if self.high < math.inf else ""
        verdict = f"{low}{high} {'MISSED' if self.is_missed else 'met'}" if low or high else ""
        value = f"{self.value:>10.2f} {self.unit:<12}{verdict:<16}"
        return f"{self.name:<58}{value}{self.note}".rstrip()
