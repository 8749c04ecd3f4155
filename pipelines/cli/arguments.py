"""The words of the command line: commands, options, and overrides in any order."""

import argparse
import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from schemas.errors import ConfigError

_OVERRIDE = re.compile(r"[A-Za-z_][\w.-]*=.*", re.DOTALL)
_CONFIGS = Path(__file__).resolve().parent.parent / "configs"

EXPORTS = ("csv", "parquet", "npz", "two_hot")  # The keys of pipelines.export_labels.FORMS.

_OVERRIDES_HELP = "a config key and its value, such as train.epochs=3"


def shipped_configs() -> dict[str, Path]:
    """Shipped configs by name, such as `adience` and `studies/levi_hassner_age`."""
    found = sorted(_CONFIGS.rglob("*.yaml"), key=lambda path: (path.parent != _CONFIGS, path))
    return {path.relative_to(_CONFIGS).with_suffix("").as_posix(): path for path in found}


class _Parser(argparse.ArgumentParser):
    """Raises ConfigError where argparse would print and exit, so that one place does both."""

    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message}. See `{self.prog} --help`.")


def parse(words: Sequence[str]) -> argparse.Namespace:
    """Read the command line; `key=value` words may stand anywhere after the command.

    Raises:
      ConfigError: an unknown command, option or word.
    """
    overrides = [word for word in words if _OVERRIDE.fullmatch(word)]
    found = _make_parser().parse_args([word for word in words if word not in overrides])
    if overrides and not found.takes_overrides:
        raise ConfigError(
            f"unexpected word {overrides[0]!r}: this command takes no key=value. "
            "See `facefold --help`."
        )
    found.overrides = overrides
    return found


def _make_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="facefold",
        description="Label files and face images in; an evaluated, reviewed classifier out.",
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_data_commands(commands)
    _add_run_commands(commands)
    kubeflow = _add(commands, "kubeflow", "the same pipeline on Kubeflow")
    actions = kubeflow.add_subparsers(dest="action", required=True, metavar="ACTION")
    compiled = _add_config(actions, "compile", "write the KFP v2 package; touches no data")
    compiled.add_argument("-o", "--package", default="pipeline.yaml", metavar="FILE")
    compiled.add_argument("--image", help="container image of every step", metavar="IMAGE")
    return parser


def _epilog() -> str:
    """The shipped configs and the exit statuses, in paragraphs."""
    names = list(shipped_configs())
    plain = [name for name in names if "/" not in name]
    studies = [name for name in names if "/" in name]
    return "\n\n".join(
        textwrap.fill(text, 79, subsequent_indent="  ", break_on_hyphens=False)
        for text in (
            f"CONFIG is a YAML file or one of: {', '.join(plain)};",
            f"or a published study, by its name: {', '.join(studies)}.",
            "Exit status: 0 done, 1 failed, 2 wrong usage or config, 3 done but not blessed.",
        )
    )


def _add_data_commands(commands: "argparse._SubParsersAction[_Parser]") -> None:
    demo = _add(commands, "demo", "draw a synthetic data set in Adience's layout")
    demo.add_argument("directory", metavar="DIR", help="folder to draw into")
    demo.add_argument("--faces", type=int, default=1500, metavar="N")
    demo.add_argument("--seed", type=int, default=0, metavar="S")
    demo.add_argument("--no-plant", action="store_true", help="plant no bias")
    labels = _add_config(commands, "labels", "read and judge the labels, without training")
    labels.add_argument("--labels-only", action="store_true", help="look for no images")
    labels.add_argument("--json", action="store_true", help="print one JSON object")
    labels.add_argument("--export", metavar="DIR", help="write the accepted labels there as well")
    labels.add_argument("--as", dest="form", choices=EXPORTS, help="as what; csv by default")


def _add_run_commands(commands: "argparse._SubParsersAction[_Parser]") -> None:
    run = _add_config(commands, "run", "run the whole pipeline on this machine")
    run.add_argument("--from", dest="start", metavar="NODE", help="run it and all after it anew")
    run.add_argument("--to", dest="stop", metavar="NODE", help="run it and what it needs")
    run.add_argument("--no-cache", action="store_true", help="reuse nothing")
    review = _add(commands, "review", "where the review page is, and its verdict")
    review.add_argument("directory", metavar="RUN_DIR")
    prune = _add(commands, "prune", "remove artifacts that the last good run does not use")
    prune.add_argument("directory", metavar="RUN_DIR")
    prune.add_argument("--dry-run", action="store_true", help="only tell")
    models = _add(commands, "models", "the model zoo")
    models.add_argument("--json", action="store_true", help="print a JSON list")


def _add(commands: "argparse._SubParsersAction[_Parser]", name: str, text: str) -> _Parser:
    parser = commands.add_parser(name, help=text, description=text, allow_abbrev=False)
    parser.set_defaults(takes_overrides=False)
    return parser


def _add_config(commands: "argparse._SubParsersAction[_Parser]", name: str, text: str) -> _Parser:
    parser = _add(commands, name, text)
    parser.usage = f"{parser.prog} CONFIG [key=value ...] [options]"
    parser.add_argument("config", metavar="CONFIG", help="a YAML file or a shipped config's name")
    parser.epilog = f"key=value: {_OVERRIDES_HELP}"
    parser.set_defaults(takes_overrides=True)
    return parser
