"""The command line: commands, messages and exit statuses.

A module of this package that defines `command` is a command of that name. Heavy imports stand
inside the commands' functions, so that `--help` and wrong usage answer at once.
"""

import atexit
import gc
import importlib
import os
import pkgutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from pipelines.cli import faults
from pipelines.cli.faults import flush, print_error
from pipelines.terminal import open_closed_streams
from schemas.errors import ConfigError
from schemas.files import is_plain_text

DONE, FAILED, USAGE, NOT_BLESSED = 0, 1, 2, 3
STATUSES = "0 done, 1 failed or interrupted, 2 wrong usage or config, 3 done but not released"


class LazyGroup(click.Group):
    """The commands of this package, each imported on use."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Called by click for `--help`."""
        names = (module.name for module in pkgutil.iter_modules(__path__))
        return [name for name in names if self.get_command(ctx, name)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Called by click with the first argument, and for each row of `--help`."""
        del ctx
        if cmd_name not in {module.name for module in pkgutil.iter_modules(__path__)}:
            return None
        command: click.Command | None = getattr(
            importlib.import_module(f"{__name__}.{cmd_name}"), "command", None
        )
        return command

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """Called by click, which suggests the nearest of eagerly loaded commands only."""
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:
            names = self.list_commands(ctx)
            raise click.exceptions.NoSuchCommand(
                error.command_name, possibilities=names, ctx=ctx
            ) from None

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Called by click for `--help`."""
        del ctx
        from pipelines.cli.overrides import shipped_configs

        names = list(shipped_configs())
        plain = ", ".join(name for name in names if "/" not in name)
        studies = ", ".join(name for name in names if "/" in name)
        for text in (
            f"CONFIG is a YAML file or one of: {plain};",
            f"or a published study, by its name: {studies}.",
            f"Exit status: {STATUSES}.",
        ):
            formatter.write_paragraph()
            formatter.write_text(text)


def _print_version(ctx: click.Context, option: click.Parameter, value: bool) -> None:
    del option
    if value and not ctx.resilient_parsing:
        from pipelines.cli.version import describe

        print(describe())
        ctx.exit()


@click.group(cls=LazyGroup, no_args_is_help=False)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Show the versions and devices that a bug report needs.",
)
def facefold() -> None:
    """Label files and face images in; an evaluated, reviewed classifier out."""


def main(args: Sequence[str] | None = None) -> int:
    """Run one command.

    Args:
      args: the arguments; those of the process by default.

    Returns:
      The exit status: see STATUSES.
    """
    open_closed_streams()
    # Otherwise the interpreter's last collections visit all of TensorFlow's objects, for 3 s.
    atexit.register(gc.freeze)
    with _terminable():
        status = _dispatch(sys.argv[1:] if args is None else args)
        error = flush(sys.stdout)
    if error is None:
        return status
    if not isinstance(error, BrokenPipeError):  # Its reader went away, as `| head` does.
        print_error(f"standard output cannot be written: {error.strerror}")
    return FAILED


def _dispatch(args: Sequence[str]) -> int:
    try:
        return _invoke(args)
    except click.exceptions.Exit as end:  # Of `--help` and `--version`.
        return end.exit_code
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "facefold"
        return _fail(f"{' '.join(error.format_message().split())} See `{path} --help`.", USAGE)
    except ConfigError as error:
        return _fail(str(error), USAGE)
    except BrokenPipeError:
        return FAILED
    except KeyboardInterrupt:
        return _fail("interrupted", FAILED)
    except Exception as error:  # noqa: BLE001 - the one place for what no command expects.
        return _fail(faults.describe(error), USAGE if faults.is_usage(error) else FAILED)


def _invoke(args: Sequence[str]) -> int:
    _check_words(args)
    with facefold.make_context("facefold", list(args)) as context:
        return int(facefold.invoke(context) or DONE)


def _check_words(args: Sequence[str]) -> None:
    """Raise ConfigError for an argument that is no text, or without a current folder."""
    for arg in args:
        if not is_plain_text(arg):
            raise ConfigError(f"the argument {arg!r} is not UTF-8, expected text without NUL.")
    try:
        os.getcwd()
    except FileNotFoundError as error:
        raise ConfigError(
            "the current folder was removed, expected an existing one; change to another folder."
        ) from error


@contextmanager
def _terminable() -> Iterator[None]:
    """Make SIGTERM an interrupt as Ctrl-C is, so that a command leaves no unfinished file."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _fail(message: str, status: int) -> int:
    print_error(message)
    return status
