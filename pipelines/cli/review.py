"""`facefold review`: the review page and its verdict."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", metavar="RUN_DIR", type=click.Path(path_type=Path))
def command(directory: Path) -> int:
    """Print the path of the review page, its verdict, and a person's decision on it."""
    from pipelines.local.run_folder.layout import check_kinds
    from pipelines.local.summary.published_review import decision, reviewed_folder
    from schemas.artifact_files import PAGE_FILE, REVIEW_FILE
    from schemas.release.blessing import RELEASED
    from schemas.release.review_record import read_review

    folder = reviewed_folder(directory)
    check_kinds(folder)
    review, signed = read_review(folder.review / REVIEW_FILE), decision(folder)
    print(folder.review / PAGE_FILE, review["verdict"], *review["reasons"], sep="\n")
    if signed:
        print(f"{signed.decision} by {signed.by} on {signed.date[:10]}: {signed.because}")
    elif folder.approval.exists():
        print(f"{folder.approval.name} is about another review or model and has no effect")
    return 0 if review["verdict"] == RELEASED else 3
