"""`facefold run`: the whole pipeline on this machine."""

import click

from pipelines.cli.overrides import HELP, ConfigSource, load_config, takes_config


@click.command(epilog=HELP)
@takes_config
@click.option("--from", "start", metavar="NODE", help="Run this node and its descendants again.")
@click.option("--to", "stop", metavar="NODE", help="Run this node and its ancestors only.")
@click.option("--no-cache", is_flag=True, help="Reuse nothing.")
def command(source: ConfigSource, start: str | None, stop: str | None, no_cache: bool) -> int:
    """Run the whole pipeline on this machine."""
    config = load_config(source)
    from pipelines.local.preflight import RunOptions
    from pipelines.local.run import RunFailedError, run

    try:
        outcome = run(config, RunOptions(start, stop, cache=not no_cache))
    except RunFailedError as error:
        click.echo(f"facefold: {error}", err=True)
        return error.status
    print(outcome.summary)
    return 3 if outcome.released is False else 0
