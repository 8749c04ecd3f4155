"""`facefold review`: the review page and its verdict."""

from pathlib import Path

import click

from schemas.errors import ConfigError


@click.command()
@click.argument("directory", metavar="RUN_DIR", type=click.Path(path_type=Path))
def command(directory: Path) -> int:
    """Print the path of the review page and its verdict."""
    from pipelines.local.run_folder.layout import RunFolder
    from schemas.files import read_json

    folder = RunFolder(directory.absolute())
    record = folder.review / "review.json"
    if not record.is_file():
        raise ConfigError(
            f"{directory} holds no review (no {record.relative_to(folder.path)}), expected a run "
            "folder such as runs/demo. `facefold run CONFIG` makes one."
        )
    review = read_json(record, "reasons")
    verdict = "blessed" if review["blessed"] else "NOT blessed"
    print(folder.review / "index.html", verdict, *review["reasons"], sep="\n")
    return 0 if review["blessed"] else 3
