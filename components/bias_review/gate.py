"""The gate: thresholds on overall and worst-group accuracy, and the Evaluator's blessing.

The point estimate is compared with the threshold; the interval is reported beside it.
"""

from collections.abc import Mapping
from typing import NamedTuple

from components.bias_review.gaps import accuracy
from components.bias_review.groups import Group
from components.bias_review.intervals import Estimate
from schemas.config.blocks import ThresholdsConfig


class Check(NamedTuple):
    """One condition of the gate."""

    name: str
    passed: bool
    sentence: str


class Verdict(NamedTuple):
    """Whether the model may be used."""

    blessed: bool  # The AND of all checks.
    checks: tuple[Check, ...]

    @property
    def reasons(self) -> tuple[str, ...]:
        """Sentences of the failed checks, or of all checks if none failed."""
        failed = tuple(check.sentence for check in self.checks if not check.passed)
        return failed or tuple(check.sentence for check in self.checks)


def decide(
    overall: Mapping[str, Group],
    worst: Mapping[str, Group | None],
    thresholds: ThresholdsConfig,
    evaluator_blessed: bool,
    folds: Mapping[str, bool] | None = None,
) -> Verdict:
    """Apply every threshold to every head: the lowest head decides.

    Args:
      overall: {head: all its faces}.
      worst: {head: its worst judged group; None if no group of people could be judged}.
      thresholds: accuracies in [0, 1]; an accuracy that equals its threshold passes.
      evaluator_blessed: whether the Evaluator blessed the model; in a cross-validation, every
        fold's model.
      folds: in a cross-validation, {fold: whether the Evaluator blessed the model tested on it}.

    The threshold of the overall accuracy is applied twice on purpose: by the Evaluator to each
    model alone, through TFMA, and here to the predictions of all models together.
    """
    checks = [_overall_check(group, thresholds.accuracy) for group in overall.values()]
    checks += [
        _worst_check(head, group, thresholds.worst_group_accuracy) for head, group in worst.items()
    ]
    checks.append(_evaluator_check(evaluator_blessed, folds or {}))
    return Verdict(all(check.passed for check in checks), tuple(checks))


def _overall_check(group: Group, threshold: float) -> Check:
    estimate = accuracy(group)
    sentence = _sentence(f"Overall accuracy of the {group.head} head", estimate, threshold)
    return Check(f"overall accuracy, {group.head}", estimate.value >= threshold, sentence)


def _worst_check(head: str, group: Group | None, threshold: float) -> Check:
    name = f"worst group, {head}"
    if group is None:
        return Check(
            name,
            False,
            f"No group of people could be judged for the {head} head: every one is too small or "
            "unknown, or no slice is of people only (gender, age, race). A model whose groups "
            "nobody could judge is not blessed.",
        )
    estimate = accuracy(group)
    subject = f"Accuracy of the worst group of the {head} head, {group.name},"
    return Check(name, estimate.value >= threshold, _sentence(subject, estimate, threshold))


def _evaluator_check(blessed: bool, folds: Mapping[str, bool]) -> Check:
    verb = "blessed" if blessed else "did not bless"
    where = "the model on the held-out folds"
    if folds:
        refused = [fold for fold, passed in folds.items() if not passed]
        where = "each fold's model, on that fold alone"
        if refused:
            where = f"the model tested on {', '.join(refused)}: each fold alone must pass"
    return Check("evaluator", blessed, f"The Evaluator {verb} {where}.")


def _sentence(subject: str, estimate: Estimate, threshold: float) -> str:
    value, bar = _distinct(estimate.value, threshold)
    side = "at or above" if estimate.value >= threshold else "below"
    if estimate.low is None or estimate.high is None:
        interval = f"no interval: {estimate.method}"
    else:
        interval = f"95 % interval {100 * estimate.low:.1f} to {100 * estimate.high:.1f} %"
    return f"{subject} is {value} % ({interval}), {side} the threshold of {bar} %."


def _distinct(value: float, threshold: float) -> tuple[str, str]:
    """Both as percentages, with enough decimals to differ in print."""
    for decimals in (1, 2, 3, 4):
        texts = f"{100 * value:.{decimals}f}", f"{100 * threshold:.{decimals}f}"
        if texts[0] != texts[1]:
            break
    else:
        texts = f"{100 * value:.1f}", f"{100 * threshold:.1f}"
    return texts
