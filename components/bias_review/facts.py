"""What a review must know and cannot see in the predictions: the run, the model, the rows."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from schemas.accounting import Account


@dataclass(frozen=True)
class ReviewFacts:
    """Plain values about one run; they pass through JSON unchanged."""

    run: str
    model: str  # A key of MODELS in schemas/zoo.py.
    parameters: int | None  # Of the model; None where nobody counted them.
    side: int  # Input height and width, in pixels.
    target: str  # A key of TARGETS in schemas/classes.py.
    policy: str  # A key of POLICIES in schemas/labels.py.
    datasets: tuple[str, ...]  # `adience`, `utkface`: DataConfig.dataset of each source.
    held_out: tuple[str, ...]  # Folds whose predictions are reviewed.
    training: tuple[str, ...]  # Folds trained on; with several models, those of any of them.
    evaluator_blessed: bool  # The AND over the Evaluator's blessing of each held-out fold.
    accounting: tuple[Account, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a stage whose rows do not add up: such a page would hide what was lost."""
        for account in self.accounting:
            account.check()

    def to_json(self) -> str:
        """One JSON object; `from_json` reads it back to an equal value."""
        raw = asdict(self) | {"accounting": [account._asdict() for account in self.accounting]}
        return json.dumps(raw, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote."""
        raw: dict[str, Any] = json.loads(text)
        raw["accounting"] = [Account(**account) for account in raw["accounting"]]
        fixed: dict[str, Any] = {
            key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()
        }
        return cls(**fixed)
