"""`facefold approve`: a person's decision on a review."""

from pathlib import Path

import click

from schemas.errors import ConfigError


@click.command()
@click.argument("directory", metavar="RUN_DIR", type=click.Path(path_type=Path))
@click.option("--by", required=True, metavar="NAME", help="Who decides.")
@click.option("--because", required=True, metavar="TEXT", help="Why.")
@click.option("--refuse", is_flag=True, help="Refuse the model instead.")
def command(directory: Path, by: str, because: str, refuse: bool) -> int:
    """Sign the last review of a run, for its model alone.

    With `push.needs_approval: true` the next `facefold run` pushes the model. An approval
    overrides no rule of the review.
    """
    from pipelines.local.decision import decide
    from schemas.release.approval import APPROVED, REFUSED

    for option, text in (("--by", by), ("--because", because)):
        if not text.strip():
            raise ConfigError(f"{option} is empty, expected text.")
    path = decide(directory, REFUSED if refuse else APPROVED, by.strip(), because.strip())
    print(path)
    return 0
