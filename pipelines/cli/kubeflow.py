"""`facefold kubeflow`: the pipeline on Kubeflow."""

import datetime
import functools
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.overrides import HELP, ConfigSource, load_config, takes_config

if TYPE_CHECKING:
    from pipelines.kubeflow.server.connection import Access
    from schemas.config.blocks import Config

_NOT_RELEASED = 3


def takes_access(function: Callable[..., int]) -> Callable[..., int]:
    """Add the options that name the server and the user, as one argument `access`."""

    @click.option("--host", metavar="URL", help="Of the server; KF_PIPELINES_ENDPOINT by default.")
    @click.option("--token", metavar="TOKEN", help="Of the user.")
    @click.option("--namespace", metavar="NAME", help="Of the user, on a server of several.")
    @click.option("--insecure", is_flag=True, help="Send a token over plain http.")
    @functools.wraps(function)
    def command(
        *arguments: Any,
        host: str | None,
        token: str | None,
        namespace: str | None,
        insecure: bool,
        **given: Any,
    ) -> int:
        from pipelines.kubeflow.server.connection import Access

        dry_run = given.pop("dry_run", False)
        access = Access(host, token, namespace, insecure=insecure, dry_run=dry_run)
        return function(*arguments, access=access, **given)

    return command


_dry_run = click.option("--dry-run", is_flag=True, help="Print the requests, and send none.")


@click.group(no_args_is_help=False)
def command() -> None:
    """Run the pipeline on Kubeflow."""


@command.command("compile", epilog=HELP)
@takes_config
@click.option(
    "-o", "--package", type=click.Path(path_type=Path), default="pipeline.yaml", metavar="FILE"
)
@click.option("--image", help="Image of every step, in place of kubeflow.image.", metavar="IMAGE")
def compile_package(source: ConfigSource, package: Path, image: str | None) -> int:
    """Write the KFP v2 package; no data are read."""
    config = _checked(source, image)
    from pipelines.kubeflow.paths import check_package
    from pipelines.terminal import redirect_output

    check_package(package)
    with redirect_output(Path(os.devnull)):
        from pipelines.kubeflow.compile import write_package

        write_package(config, package)
    print(f"{package}: {config.name}, every step in {config.kubeflow.image}")
    return 0


def _checked(source: ConfigSource, image: str | None = None) -> "Config":
    """The config, with every check that needs no TFX."""
    config = load_config(source, resolve=False)
    from pipelines.config.checks import check_run_config
    from pipelines.config.checks.fold_checks import check_folds
    from pipelines.kubeflow.names import check_name
    from pipelines.kubeflow.paths import FOLDS, check_cluster_paths
    from pipelines.kubeflow.settings import check_kubeflow

    if image:
        config = replace(config, kubeflow=replace(config.kubeflow, image=image))
    check_run_config(config)
    check_folds(config, FOLDS)
    check_name(config)
    check_kubeflow(config)
    check_cluster_paths(config)
    return config


@command.command("submit", epilog=HELP)
@takes_config
@takes_access
@_dry_run
@click.option("--wait", "waits", is_flag=True, help="Follow the run; exit with its status.")
@click.option("--experiment", metavar="NAME", help="The config's name by default.")
@click.option(
    "--data-root",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where the data of the container's / are here: unchanged data are then not read again.",
)
def submit(
    source: ConfigSource,
    access: "Access",
    waits: bool,
    experiment: str | None,
    data_root: Path | None,
) -> int:
    """Start one run."""
    config = _checked(source)
    from pipelines.kubeflow.server.connection import check_access, connect
    from pipelines.kubeflow.server.data_root import fingerprint_below
    from pipelines.kubeflow.server.packages import compiled
    from pipelines.kubeflow.server.runs import start, upload

    host = check_access(access)
    fingerprint = fingerprint_below(config, data_root) if data_root else ""
    with compiled(config, fingerprint) as package:
        client = connect(access)
        submitted = upload(client, package, config.name, experiment or config.name)
    run = start(client, submitted, config.name)
    if access.dry_run:
        return 0
    print(f"run {run} of {config.name}: {host}/#/runs/details/{run}")
    return _follow(client, run, config) if waits else 0


def _follow(client: Any, run: str, config: "Config") -> int:
    from pipelines.kubeflow.kept import read_outcome
    from pipelines.kubeflow.server.packages import task_names
    from pipelines.kubeflow.server.runs import wait

    wait(client, run, task_names(config), print)
    store = config.kubeflow.store
    outcome = read_outcome(Path(store), run) if store else None
    if outcome is None:
        print(
            "verdict unknown: kubeflow.store is not mounted here; the page of the run has the "
            "output metrics of bias-review"
        )
        return 0
    print(outcome.verdict, outcome.version or f"nothing pushed: {outcome.why_not}", sep="\n")
    return 0 if outcome.version else _NOT_RELEASED


@command.command("schedule", epilog=HELP)
@takes_config
@takes_access
@_dry_run
@click.option("--cron", metavar="CRON", help='Five fields in UTC, such as "0 6 * * 1-5".')
@click.option("--every", metavar="TIME", help="An interval, such as 6h.")
@click.option("--start", metavar="TIME", help="The first time, such as 2026-12-01T06:00.")
@click.option("--name", metavar="NAME", help="The config's name by default.")
@click.option("--experiment", metavar="NAME", help="The config's name by default.")
def schedule(  # noqa: PLR0913 - click hands options over one by one.
    source: ConfigSource,
    access: "Access",
    cron: str | None,
    every: str | None,
    start: str | None,
    name: str | None,
    experiment: str | None,
) -> int:
    """Start runs at fixed times; replaces a schedule of the same name."""
    config = _checked(source)
    from pipelines.kubeflow.server.connection import check_access, connect
    from pipelines.kubeflow.server.packages import compiled
    from pipelines.kubeflow.server.runs import upload
    from pipelines.kubeflow.server.schedules import schedule as make
    from pipelines.kubeflow.server.timetable import read_timetable

    timetable = read_timetable(cron, every, start)
    check_access(access)
    with compiled(config) as package:
        client = connect(access)
        submitted = upload(client, package, config.name, experiment or config.name)
    replaced = make(client, submitted, name or config.name, timetable)
    made = "not made" if access.dry_run else "updated" if replaced else "made"
    print(f"schedule {name or config.name} {made}; the next times:")
    for time in timetable.times(datetime.datetime.now(datetime.UTC)):
        print(f"  {time:%Y-%m-%d %H:%M:%S} UTC")
    return 0


@command.command("schedules")
@takes_access
def schedules(access: "Access") -> int:
    """List the schedules of the server."""
    from pipelines.kubeflow.server.connection import connect
    from pipelines.kubeflow.server.schedules import schedules as listed

    found = listed(connect(access))
    for each in found:
        print(f"{each.name:<32} {'on' if each.enabled else 'paused':<8} {each.when}")
    if not found:
        print("the server has no schedule")
    return 0


def _change(name: str, access: "Access", change: str, done: str) -> int:
    from pipelines.kubeflow.server import schedules as server
    from pipelines.kubeflow.server.connection import connect

    getattr(server, change)(connect(access), name)
    print(f"schedule {name} {done}")
    return 0


@command.command("pause")
@click.argument("name", metavar="NAME")
@takes_access
def pause(name: str, access: "Access") -> int:
    """Start no more runs of a schedule."""
    return _change(name, access, "pause", "paused")


@command.command("resume")
@click.argument("name", metavar="NAME")
@takes_access
def resume(name: str, access: "Access") -> int:
    """Start runs of a paused schedule again."""
    return _change(name, access, "resume", "resumed")


@command.command("delete")
@click.argument("name", metavar="NAME")
@takes_access
def delete(name: str, access: "Access") -> int:
    """Remove a schedule."""
    return _change(name, access, "delete", "deleted")
