"""Where a model comes from and what it is given, in sentences for the page."""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.sweep import format_values


def origin_notes(training: Mapping[str, Any]) -> Iterator[str]:
    """Phases, inputs beside the picture, and the earlier model: each only where there are any.

    Args:
      training: the facts that the Trainer wrote (FACTS_FILE).
    """
    phases = training["phases"]
    if len(phases) > 1:
        told = (
            f"epochs {phase['first_epoch']} to {phase['last_epoch']} with {phase['trainable']:,} "
            f"trainable weights, learning rate {phase['learning_rate']:g}"
            for phase in phases
        )
        yield f"trained in {len(phases)} phases: {'; '.join(told)}"
    if training["inputs"]:
        yield f"the model is told {' and '.join(training['inputs'])} beside each picture"
    if started := training["started_from"]:
        known = (f"{', '.join(one['folds'])} of {one['dataset']}" for one in started["seen"])
        yield f"started from the weights of {started['folder']}, trained on {'; '.join(known)}"


def sweep_notes(training: Mapping[str, Any]) -> tuple[str, ...]:
    """How a sweep chose what was trained; nothing where there was none.

    Args:
      training: how the model came about, as the Trainer wrote it.
    """
    if "sweep" not in training:
        return ()
    found = training["sweep"]
    note = (
        f"{format_values(found['values'])}: the best of {found['trials']} trials by the validation "
        f"loss of the same {training['validation_subjects']} subjects; no held-out face was "
        "looked at"
    )
    return (note,)
