"""Figures of a benchmark, with their bounds."""

import math
from typing import NamedTuple


class Figure(NamedTuple):
    """One line of a benchmark's table."""

    name: str
    value: float
    unit: str = ""
    low: float = -math.inf  # At most one bound; the value may equal it.
    high: float = math.inf
    note: str = ""

    @property
    def is_missed(self) -> bool:
        """Whether the value is beyond a bound; NaN, a skipped figure, never is."""
        return self.value < self.low or self.value > self.high

    def __str__(self) -> str:
        low = f">= {self.low:g}" if self.low > -math.inf else ""
        high = f"<= {self.high:g}" if self.high < math.inf else ""
        verdict = f"{low}{high} {'MISSED' if self.is_missed else 'met'}" if low or high else ""
        value = f"{self.value:>10.2f} {self.unit:<12}{verdict:<16}"
        return f"{self.name:<58}{value}{self.note}".rstrip()
