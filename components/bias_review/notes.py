"""Where a model comes from and what it is given, in sentences for the page."""

from collections.abc import Iterator

from schemas.sweep import format_values
from schemas.training_record import TrainingRecord


def origin_notes(training: TrainingRecord) -> Iterator[str]:
    """Phases, inputs beside the image, and the earlier model: each only where there are any."""
    phases = training.result.phases
    if len(phases) > 1:
        told = (
            f"epochs {phase.first_epoch} to {phase.last_epoch} with {phase.trainable:,} "
            f"trainable weights, learning rate {phase.learning_rate:g}"
            for phase in phases
        )
        yield f"trained in {len(phases)} phases: {'; '.join(told)}"
    if inputs := training.description.inputs:
        yield f"the model is told {' and '.join(inputs)} beside each picture"
    if started := training.started_from:
        seen = (f"{', '.join(source.folds)} of {source.dataset}" for source in started.seen)
        yield f"started from the weights of {started.folder}, trained on {'; '.join(seen)}"


def sweep_notes(training: TrainingRecord) -> tuple[str, ...]:
    """The sweep that chose the hyperparameters; empty without one."""
    sweep = training.sweep
    if sweep is None:
        return ()
    note = (
        f"{format_values(sweep.values)}: the best of {sweep.trials} trials by the validation "
        f"loss of the same {training.split.validation_subjects} subjects; no held-out face was "
        "looked at"
    )
    return (note,)
