"""The parts of `review.json` that programs read."""

from pathlib import Path
from typing import Any

from schemas.errors import ConfigError
from schemas.files import read_json
from schemas.release.pushes import Push, last_other

COMPARED_WITH = "compared_with"  # Hash of the pushed model that a review compares with, or null.


def read_review(path: Path) -> dict[str, Any]:
    """A review with its verdict, reasons and model.

    Raises:
      ConfigError: the file is damaged.
    """
    review = read_json(path, "verdict")
    protocol = review.get("protocol")
    model = protocol.get("model_hash") if isinstance(protocol, dict) else None
    if not isinstance(model, str) or not isinstance(review.get("reasons"), list):
        raise ConfigError(
            f"{path} is damaged, expected a verdict, reasons and protocol.model_hash. Remove it "
            "and run `facefold run` again; unchanged steps are reused."
        )
    return review


def model_of(review: dict[str, Any]) -> str:
    """Hash of the reviewed model, of schemas.release.model_hash."""
    model: str = review["protocol"]["model_hash"]
    return model


def compares_with_last(review: dict[str, Any], log: list[Push]) -> bool:
    """Whether a review compares with the last pushed model other than its own."""
    last = last_other(log, model_of(review))
    wanted = last.model if last else None
    return COMPARED_WITH in review and review[COMPARED_WITH] == wanted
