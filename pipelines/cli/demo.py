"""`facefold demo`: a synthetic data set."""

from pathlib import Path

import click

from pipelines.terminal import counting


@click.command()
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--faces", type=int, default=1500, metavar="N", show_default=True)
@click.option("--seed", type=int, default=0, metavar="S", show_default=True)
@click.option("--no-plant", is_flag=True, help="Plant no bias.")
def command(directory: Path, faces: int, seed: int, no_plant: bool) -> int:
    """Draw a synthetic data set in Adience's layout into DIR."""
    from pipelines.demo import drawing

    with counting("faces") as progress:
        summary = drawing.draw(
            directory, faces=faces, seed=seed, plant=not no_plant, progress=progress
        )
    print(f"{summary.images} images of {summary.subjects} subjects, {summary.rows} label rows")
    print(f"planted bias: {summary.planted or 'none'}")
    print(f"next: facefold run {directory / 'demo.yaml'}")
    return 0
