"""What a review must know and cannot see in the predictions: the run, the model, the rows."""

from dataclasses import dataclass

from schemas.accounting import Account


@dataclass(frozen=True)
class ReviewFacts:
    """Plain values about one run."""

    run: str
    model: str  # A key of MODELS in schemas/zoo.py.
    parameters: int | None  # Of the model; None where nobody counted them.
    side: int  # Input height and width, in pixels.
    target: str  # A key of TARGETS in schemas/classes.py.
    policy: str  # A key of POLICIES in schemas/labels.py.
    datasets: tuple[str, ...]  # `adience`, `utkface`: DataConfig.dataset of each source.
    names_subjects: bool  # Whether every source says who is shown; else folds may share people.
    held_out: tuple[str, ...]  # Folds whose predictions are reviewed.
    training: tuple[str, ...]  # Folds trained on.
    evaluator_blessed: bool  # By the overall accuracy.
    accounting: tuple[Account, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a stage whose rows do not add up: such a page would hide what was lost."""
        for account in self.accounting:
            account.check()
