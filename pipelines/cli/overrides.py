"""CONFIG and its `key=value` overrides: a config file or a shipped config, with changed keys."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from schemas.errors import ConfigError

if TYPE_CHECKING:
    from schemas.config.blocks import Config

_OVERRIDE = re.compile(r"[A-Za-z_][\w.-]*=.*", re.DOTALL)
_CONFIGS = Path(__file__).resolve().parent.parent / "configs"


HELP = (
    "CONFIG is a YAML file or the name of a shipped config. key=value changes one of its keys, "
    "such as train.epochs=3. Arguments and options may stand in any order."
)


class ConfigSource(NamedTuple):
    """A config by path or name, and its overrides."""

    name: str
    overrides: tuple[str, ...]


def takes_config(function: Callable[..., Any]) -> Callable[..., Any]:
    """Add CONFIG and overrides to a command, which receives them as `source`."""
    return click.argument(
        "source",
        nargs=-1,
        type=click.UNPROCESSED,
        metavar="CONFIG [key=value ...]",
        callback=_split,
    )(function)


def _split(ctx: click.Context, _: click.Parameter, args: tuple[str, ...]) -> ConfigSource:
    """Overrides may stand anywhere, before CONFIG too."""
    overrides = tuple(arg for arg in args if _OVERRIDE.fullmatch(arg))
    names = [arg for arg in args if arg not in overrides]
    if not names and not ctx.resilient_parsing:
        raise click.UsageError("Missing CONFIG: a YAML file or a shipped config's name.", ctx)
    if len(names) > 1:
        raise click.UsageError(
            f"Unexpected argument {names[1]!r}: expected one CONFIG and key=value overrides, "
            "such as train.epochs=3.",
            ctx,
        )
    return ConfigSource("".join(names), overrides)


def shipped_configs() -> dict[str, Path]:
    """Shipped configs by name, such as `adience` and `studies/levi_hassner_age`."""
    paths = sorted(_CONFIGS.rglob("*.yaml"), key=lambda path: (path.parent != _CONFIGS, path))
    return {path.relative_to(_CONFIGS).with_suffix("").as_posix(): path for path in paths}


def load_config(source: ConfigSource, *, resolve: bool = True) -> "Config":
    """Read the config with its overrides.

    The `data.*` paths of a shipped config are relative to the current folder: no data lie beside
    the installed package. Without `resolve` paths stay as written: they are a container's.
    """
    from pipelines.config.known_names import did_you_mean
    from pipelines.config.load import read_config

    name, overrides = source
    shipped = shipped_configs()
    # A folder may have the name of a shipped config; what else is no file is refused by its kind.
    if os.path.isfile(name) or (os.path.exists(name) and name not in shipped):
        return read_config(Path(name), overrides, resolve=resolve)
    if name in shipped:
        return read_config(shipped[name], overrides, base=Path.cwd(), resolve=resolve)
    raise ConfigError(
        f"config {name!r} is neither a file nor a shipped config{did_you_mean(name, shipped)}. "
        f"Shipped: {', '.join(shipped)}."
    )
