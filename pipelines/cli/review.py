"""`facefold review`: the review page and its verdict."""

from pathlib import Path

import click

from schemas.errors import ConfigError


@click.command()
@click.argument("directory", metavar="RUN_DIR", type=click.Path(path_type=Path))
def command(directory: Path) -> int:
    """Print the path of the review page, its verdict, and a person's decision on it."""
    from pipelines.local.run_folder.layout import RunFolder
    from pipelines.local.summary.published_review import decision
    from schemas.release.blessing import RELEASED
    from schemas.release.review_record import read_review

    folder = RunFolder(directory.absolute())
    record = folder.review / "review.json"
    if not record.is_file():
        raise ConfigError(
            f"{directory} holds no review (no {record.relative_to(folder.path)}), expected a run "
            "folder such as runs/demo. `facefold run CONFIG` makes one."
        )
    review, signed = read_review(record), decision(folder)
    print(folder.review / "index.html", review["verdict"], *review["reasons"], sep="\n")
    if signed:
        print(f"{signed.decision} by {signed.by} on {signed.date[:10]}: {signed.because}")
    elif folder.approval.exists():
        print(f"{folder.approval.name} is about another review or model and has no effect")
    return 0 if review["verdict"] == RELEASED else 3
