"""What is trained and on whom: the training folds, divided by subject."""

from typing import NamedTuple

from components.trainer.data import dataset
from components.trainer.data.dataset import Faces
from components.trainer.data.split import check_disjoint, validation_subjects
from components.trainer.models.spec import ModelSpec
from schemas.config.train import TrainConfig
from schemas.errors import DataError
from schemas.training_record import SplitCounts


class Task(NamedTuple):
    """What is trained, on whom, and who must not be seen."""

    config: TrainConfig
    spec: ModelSpec
    training: Faces  # Every face of the training folds.
    # Every face of the held-out folds: only looked at to keep it out. None: nobody is held out,
    # the last model of a cross-validation.
    held_out: Faces | None
    validation_share: float  # Of the training folds' images, by subject.
    start: str | None = None  # Folder of an earlier model, whose weights to start from.
    title: str = ""  # Told before the epoch in the progress, such as `trial 2 of 6`.

    @property
    def heads(self) -> list[str]:
        """Names of the heads."""
        return [head for head, _ in self.spec.heads]


class Sides(NamedTuple):
    """The training folds, divided by subject."""

    training: Faces
    validation: Faces  # Nobody where nobody is held out.
    training_images: int
    validation_images: int
    counts: SplitCounts


def divide(task: Task) -> Sides:
    """Split the training folds by subject, and check that nobody stands on two sides.

    Where nobody is held out, everybody trains and nobody validates.

    Raises:
      DataError: a leak, or too few faces.
    """
    images = dataset.count_subjects(task.training)
    chosen: frozenset[str] = frozenset()
    if task.held_out is not None:
        chosen = validation_subjects(images, task.validation_share, task.spec.seed)
    training = Faces(task.training.files, frozenset(images) - chosen)
    validation = Faces(task.training.files, chosen)
    if task.held_out is not None:
        _check_leaks(training, validation, task.held_out)
    validating = sum(images[subject] for subject in chosen)
    trained = images.total() - validating
    if trained < task.config.batch_size:
        raise DataError(
            f"{trained} training images, fewer than train.batch_size={task.config.batch_size}. "
            "Lower the batch size or give more data."
        )
    counts = SplitCounts(
        training_images=trained,
        training_subjects=len(training.subjects or ()),
        validation_images=validating,
        validation_subjects=len(chosen),
    )
    return Sides(training, validation, trained, validating, counts)


def _check_leaks(training: Faces, validation: Faces, held_out: Faces) -> None:
    strangers = dataset.people(held_out)
    if not strangers.subjects:
        raise DataError(
            "the held-out folds show nobody, expected one face or more: a leak could not be seen. "
            "Hold out other folds (folds.test)."
        )
    check_disjoint(dataset.people(training), dataset.people(validation), strangers)
