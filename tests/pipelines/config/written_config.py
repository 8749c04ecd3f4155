"""A config file as a test writes and reads it."""

from pathlib import Path

from pipelines.config.checks import check_run_config
from pipelines.config.load import read_config
from schemas.config.blocks import Config

PLAIN = "name: a\ndata: {dataset: adience, labels: l, images: i}\n"


def read(folder: Path, text: str | bytes, *overrides: str) -> Config:
    path = folder / "c.yaml"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    config = read_config(path, overrides)
    check_run_config(config)
    return config
