"""`facefold review`: the review page and its verdict."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", metavar="RUN_DIR", type=click.Path(path_type=Path))
def command(directory: Path) -> int:
    """Print the path of the review page and its verdict."""
    from pipelines.local.summary.verdict import read_review

    review = read_review(directory)
    print(review.text)
    return 0 if review.blessed else 3
