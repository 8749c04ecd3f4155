"""`facefold prune`: remove unused artifacts."""

from pathlib import Path

import click


@click.command()
@click.argument("directory", metavar="RUN_DIR", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Only list the folders.")
def command(directory: Path, dry_run: bool) -> int:
    """Remove artifacts of earlier runs.

    Those of the last whole run and of the last blessed one stay.
    """
    from pipelines.local.run_folder.prune import prune

    pruned = prune(directory, dry_run=dry_run)
    for folder in pruned.folders:
        print(folder)
    for folder, names in pruned.added.items():
        print(f"kept {folder}: no step wrote {', '.join(names)} in it")
    verb = "would free" if dry_run else "freed"
    print(f"{len(pruned.folders)} artifact folders, {verb} {pruned.size / 2**20:.1f} MiB")
    return 0
