"""The training folds split by subject into training and validation, never by row."""

from collections.abc import Mapping
from typing import NamedTuple

import xxhash

from components.trainer.data import dataset
from components.trainer.data.dataset import Faces, People
from components.trainer.data.job import TrainingJob
from schemas.errors import DataError
from schemas.training_record import SplitCounts


class SubjectSplit(NamedTuple):
    """The training folds, split by subject."""

    training: Faces
    validation: Faces  # Empty where nobody is held out.
    counts: SplitCounts


def split_by_subject(job: TrainingJob) -> SubjectSplit:
    """Split the training folds, and check that nobody is on two sides.

    Where nobody is held out, everybody trains and nobody validates.

    Raises:
      DataError: a leak, or too few faces.
    """
    images = dataset.count_subjects(job.training)
    chosen: frozenset[str] = frozenset()
    if job.held_out is not None:
        chosen = validation_subjects(images, job.validation_share, job.spec.seed)
    training = Faces(job.training.files, frozenset(images) - chosen)
    validation = Faces(job.training.files, chosen)
    if job.held_out is not None:
        _check_leaks(training, validation, job.held_out)
    validation_images = sum(images[subject] for subject in chosen)
    counts = SplitCounts(
        training_images=images.total() - validation_images,
        training_subjects=len(images) - len(chosen),
        validation_images=validation_images,
        validation_subjects=len(chosen),
    )
    if counts.training_images < job.config.batch_size:
        raise DataError(
            f"{counts.training_images} training images, fewer than train.batch_size="
            f"{job.config.batch_size}. Lower the batch size or give more data."
        )
    return SubjectSplit(training, validation, counts)


def _check_leaks(training: Faces, validation: Faces, held_out: Faces) -> None:
    held_out_people = dataset.people(held_out)
    if not held_out_people.subjects:
        raise DataError(
            "the held-out folds show nobody, expected one face or more: a leak could not be seen. "
            "Hold out other folds (folds.test)."
        )
    check_disjoint(dataset.people(training), dataset.people(validation), held_out_people)


def validation_subjects(images: Mapping[str, int], share: float, seed: int) -> frozenset[str]:
    """Choose subjects in a seeded order until they hold a share, in (0, 1), of all images.

    Raises:
      DataError: fewer than two subjects, so that one side would be empty.
    """
    if len(images) < 2:
        raise DataError(
            f"the training folds show {len(images)} subject(s), expected two or more: "
            "one validates, the others train. Hold out fewer folds (folds.test)."
        )
    ordered = sorted(images, key=lambda subject: _draw(subject, seed))
    wanted = share * sum(images.values())
    chosen: list[str] = []
    total = 0
    for subject in ordered[:-1]:  # At least one subject trains.
        chosen.append(subject)
        total += images[subject]
        if total >= wanted:
            break
    return frozenset(chosen)


def _draw(subject: str, seed: int) -> str:
    return xxhash.xxh3_128_hexdigest(f"{seed}:{subject}".encode())


def check_disjoint(training: People, validation: People, held_out: People) -> None:
    """Raise DataError if a held-out person trains or validates, or one subject does both."""
    for name, side in (("training", training), ("validation", validation)):
        for kind in People._fields:
            if shared := getattr(side, kind) & getattr(held_out, kind):
                raise DataError(
                    f"leak: {len(shared)} {kind} of the held-out folds appear in {name} batches, "
                    f"such as {min(shared)!r}; expected none. See `fold_conflict` in Rejects."
                )
    if both := training.subjects & validation.subjects:
        raise DataError(
            f"leak: {len(both)} subjects both train and validate, such as {min(both)!r}; "
            "expected none."
        )
