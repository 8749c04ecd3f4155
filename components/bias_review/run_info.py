"""The run, the model and the rows behind the predictions under review."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple, Self

from components.bias_review.supply import Key, Supply
from schemas.config.serialization import Block
from schemas.row_counts import RowCounts
from schemas.training_record import TrainingRecord


@dataclass(frozen=True)
class ReviewProtocol(Block):
    """The folds of a run, as the pipeline hands them to the component."""

    held_out: tuple[tuple[str, ...], ...]  # Of each split, the folds that its model is tested on.
    training: tuple[str, ...]  # Folds that the pushed model is trained on.
    names_subjects: bool  # Whether every source names the subjects; else folds may share people.


class FoldModel(NamedTuple):
    """One of the models of a cross-validation."""

    fold: str  # Held out.
    training_images: int
    validation_images: int  # Of the training folds, by subject.
    best_epoch: int  # From 1.
    epochs_run: int

    @classmethod
    def of(cls, fold: str, training: TrainingRecord) -> Self:
        """The model of a training record."""
        split, result = training.split, training.result
        return cls(
            fold,
            split.training_images,
            split.validation_images,
            result.best_epoch or 0,
            result.epochs_run,
        )


class PushedModel(NamedTuple):
    """The last model of a cross-validation: trained on all folds, evaluated on none."""

    images: int
    subjects: int
    epochs: int
    rule: str  # How the epochs follow from the folds' models.

    @classmethod
    def of(cls, training: TrainingRecord) -> Self:
        """The model of a training record."""
        return cls(
            training.split.training_images,
            training.split.training_subjects,
            training.result.epochs_run,
            training.choice.epochs_rule if training.choice else "",
        )


class Identity(NamedTuple):
    """What was reviewed, when, and by which program; hashes are hex digits."""

    date: str  # Of the review, ISO 8601 in UTC.
    versions: tuple[tuple[str, str], ...]  # Package and version.
    model: str  # Hash of schemas.release.model_hash.
    data: str  # Of the sources' files; empty on a cluster.
    config: str  # Of the settings that the review reads.
    code: str  # Of the review's sources.


@dataclass(frozen=True)
class RunInfo:
    """Plain values about one run."""

    name: str
    model: str  # A key of MODELS in schemas/zoo.py.
    parameters: int | None  # Of the model; None: not counted.
    side: int  # Input height and width, in pixels.
    target: str  # A key of TARGETS in schemas/labels/classes.py.
    policy: str  # A key of POLICIES in schemas/labels/policies.py.
    datasets: tuple[str, ...]  # `adience`, `utkface`: DataConfig.dataset of each source.
    names_subjects: bool  # As in ReviewProtocol.
    held_out: tuple[str, ...]  # Folds whose predictions are reviewed.
    training: tuple[str, ...]  # Folds trained on; in a cross-validation, by the pushed model.
    # {head: classes without a face in training}.
    untrained: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    accounting: tuple[RowCounts, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()  # Classes with too few faces.
    fold_models: tuple[FoldModel, ...] = ()  # Of a cross-validation, one per fold.
    pushed: PushedModel | None = None  # Of a cross-validation.
    identity: Identity | None = None
    supply: Mapping[Key, Supply] = field(default_factory=dict)  # By group of people.
    repaired: Mapping[str, int] = field(default_factory=dict)  # Rows that each rule changed.
    synthetic: tuple[str, ...] = ()  # Those of `datasets` whose faces are drawn.

    def __post_init__(self) -> None:
        """Refuse a stage whose rows do not add up."""
        for account in self.accounting:
            account.check()
