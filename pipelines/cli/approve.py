"""`facefold approve`: a person's decision on a review."""

from pathlib import Path

import click

from schemas.errors import ConfigError

MAX_LENGTH = 1000  # Characters of each text.


def _check_text(option: str, text: str) -> None:
    if not text:
        raise ConfigError(f"{option} is empty, expected text.")
    if len(text) > MAX_LENGTH:
        raise ConfigError(
            f"{option} has {len(text):,} characters, expected at most {MAX_LENGTH:,}. "
            "Say it shorter."
        )
    for character in text:
        if not character.isprintable():
            raise ConfigError(
                f"{option} holds the invisible character U+{ord(character):04X}, expected one line "
                "of printable text. Remove it."
            )


@click.command()
@click.argument("directory", metavar="RUN_DIR", type=click.Path(path_type=Path))
@click.option("--by", required=True, metavar="NAME", help="Who decides.")
@click.option("--because", required=True, metavar="TEXT", help="Why.")
@click.option("--refuse", is_flag=True, help="Refuse the model instead.")
def command(directory: Path, by: str, because: str, refuse: bool) -> int:
    """Sign the last review of a run, for its model alone.

    RUN_DIR is a run folder, or a review that a Kubeflow run kept, STORE/reviews/HASH.

    With `push.needs_approval: true` the next `facefold run` pushes the model. An approval
    overrides no rule of the review.
    """
    from pipelines.kubeflow.approvals import decide_kept, is_kept_review
    from pipelines.local.decision import decide_run
    from schemas.release.approval import APPROVED, REFUSED

    for option, text in (("--by", by), ("--because", because)):
        _check_text(option, text.strip())
    decide = decide_kept if is_kept_review(directory) else decide_run
    path = decide(directory, REFUSED if refuse else APPROVED, by.strip(), because.strip())
    print(path)
    return 0
