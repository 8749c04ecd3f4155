"""Notes of the page on the training of the pushed model."""

from collections.abc import Iterator

from schemas.sweep import format_values
from schemas.training_record import TrainingRecord


def training_notes(training: TrainingRecord, *, evaluated: bool) -> Iterator[str]:
    """Validation, sweep, phases, inputs and origin of the weights, each only if it applies.

    Args:
      training: of the pushed model.
      evaluated: whether the page is about that model; a cross-validation evaluates others.
    """
    if evaluated:
        yield _validation_note(training)
        yield from _sweep_notes(training)
    phases = training.result.phases
    if len(phases) > 1:
        texts = (
            f"epochs {phase.first_epoch} to {phase.last_epoch} with {phase.trainable:,} "
            f"trainable weights, learning rate {phase.learning_rate:g}"
            for phase in phases
        )
        yield f"trained in {len(phases)} phases: {'; '.join(texts)}"
    if inputs := training.description.inputs:
        yield f"the model's inputs beside the image: {' and '.join(inputs)}"
    if started := training.started_from:
        seen = (f"{', '.join(source.folds)} of {source.dataset}" for source in started.seen)
        # Without its folder: the review is the same wherever the files lie.
        yield f"started from the weights of an earlier model, trained on {'; '.join(seen)}"


def _validation_note(training: TrainingRecord) -> str:
    split, result = training.split, training.result
    return (
        f"trained on {split.training_images} images of {split.training_subjects} "
        f"subjects, best epoch {result.best_epoch} of {result.epochs_run} chosen on "
        f"{split.validation_images} images of {split.validation_subjects} other "
        "subjects of the training folds"
    )


def _sweep_notes(training: TrainingRecord) -> Iterator[str]:
    if sweep := training.sweep:
        yield (
            f"{format_values(sweep.values)}: the best of {sweep.trials} trials by the validation "
            f"loss of the same {training.split.validation_subjects} subjects; no held-out face was "
            "used"
        )
