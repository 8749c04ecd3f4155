"""The model zoo as a table; parameters are counted on built models."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipelines.terminal import redirect_output
from schemas.zoo import MODELS

_COLUMNS = ("name", "side", "classes", "parameters", "trainable")


def describe() -> list[dict[str, Any]]:
    """name, side, classes, parameters and trainable of every model; needs no weights."""
    with redirect_output(Path(os.devnull)):
        from components.trainer.models.builders import count_parameters

        counts = {name: count_parameters(name) for name in MODELS}
    rows = []
    for name, model in MODELS.items():
        classes = [count for _, count in model.heads]
        rows.append(
            {
                "name": name,
                "side": model.side,
                "classes": classes[0] if len(classes) == 1 else classes,
                "parameters": counts[name].total,
                "trainable": counts[name].trainable,
            }
        )
    return rows


def table(rows: Sequence[dict[str, Any]]) -> str:
    """The rows in aligned columns."""
    lines = [_COLUMNS, *((*(_cell(row[column]) for column in _COLUMNS),) for row in rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(_COLUMNS))]
    return "\n".join(
        f"{line[0]:<{widths[0]}}  "
        + "  ".join(f"{cell:>{width}}" for cell, width in zip(line[1:], widths[1:], strict=True))
        for line in lines
    )


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "+".join(str(item) for item in value)
    return f"{value:,}" if isinstance(value, int) else str(value)
