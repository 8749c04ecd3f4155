"""`facefold models`: the model table; parameters are counted on built models."""

import json
import os
from pathlib import Path
from typing import Any

import click

_COLUMNS = ("name", "side", "classes", "parameters", "trainable")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON list.")
def command(as_json: bool) -> int:
    """List the models."""
    from pipelines.terminal import table

    rows = describe()
    cells = [[_cell(row[column]) for column in _COLUMNS] for row in rows]
    print(json.dumps(rows) if as_json else table([_COLUMNS, *cells]))
    return 0


def describe() -> list[dict[str, Any]]:
    """name, side, classes, parameters and trainable of every model; needs no weights."""
    from pipelines.terminal import redirect_output
    from schemas.zoo import MODELS

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


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "+".join(str(item) for item in value)
    return f"{value:,}" if isinstance(value, int) else str(value)
