"""The fingerprint of data that the submitting machine sees under another folder."""

from dataclasses import replace
from pathlib import Path

from components.ingest.fingerprints import fingerprint
from components.ingest.sources import registry
from schemas.config.blocks import Config
from schemas.errors import ConfigError


def fingerprint_below(config: Config, root: Path) -> str:
    """Hash of the sources, whose paths of the container lie below `root` here.

    Raises:
      ConfigError: they are not there.
    """
    if not root.is_dir():
        raise ConfigError(
            f"--data-root is {str(root)!r}, expected the folder here that is / in the container, "
            "with the data below it."
        )
    data = tuple(
        replace(each, labels=_below(root, each.labels), images=_below(root, each.images))
        for each in config.data
    )
    links = config.images.links
    moved = None if links is None else tuple(str(_below(root, link)) for link in links)
    registry.check_labels(data)
    return fingerprint(data, moved)


def _below(root: Path, path: str | None) -> str | None:
    return None if path is None else str(root.absolute() / path.lstrip("/"))
