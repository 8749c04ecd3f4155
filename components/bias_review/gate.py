"""The gate: rules that end as met, failed or not decidable, from the bounds of an interval.

A rule about several groups is met if it holds for each, by its one-sided 95 % bound; none needs a
correction, since all must pass. It has failed if a bound that is corrected for the number of groups
(Bonferroni) shows one that it does not hold for. Between the two, the faces do not decide.
"""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Literal, NamedTuple, Protocol

from components.bias_review.changes import Compared
from components.bias_review.gaps import accuracy, badness
from components.bias_review.groups import Group
from components.bias_review.measures import intervals
from components.bias_review.plain_words import class_title, column_title
from schemas.config.blocks import EvaluateConfig
from schemas.labels.classes import UNKNOWN

TAIL = 0.05  # One-sided.
TRAINING, HELD_OUT = "training", "the held-out folds"
_CONSEQUENCES = {
    TRAINING: "the model cannot have learned them",
    HELD_OUT: "the model was never tested on them",
}


class Outcome(StrEnum):
    """Of a rule."""

    MET = "met"
    FAILED = "failed"
    UNDECIDABLE = "not decidable"
    OFF = "off"


class Check(NamedTuple):
    """One rule of the gate."""

    name: str
    outcome: Outcome
    sentence: str


class Verdict(NamedTuple):
    """Whether the model may be released."""

    state: Literal["released", "refused", "undecidable"]
    checks: tuple[Check, ...]

    @property
    def released(self) -> bool:
        """Whether the model is blessed and pushed."""
        return self.state == "released"

    @property
    def failed(self) -> tuple[Check, ...]:
        """The failed rules."""
        return tuple(check for check in self.checks if check.outcome is Outcome.FAILED)

    @property
    def open(self) -> tuple[Check, ...]:
        """The rules that the faces do not decide."""
        return tuple(check for check in self.checks if check.outcome is Outcome.UNDECIDABLE)

    @property
    def reasons(self) -> tuple[str, ...]:
        """Sentences of the failed rules, or else of the undecided ones, or else of all."""
        return tuple(
            f"{check.name[0].upper()}{check.name[1:]}: {check.sentence}"
            if check.outcome is Outcome.OFF
            else check.sentence
            for check in self.failed or self.open or self.checks
        )


class Bounded(Protocol):
    """A difference that a rule limits: a gap, or a change since the last model."""

    @property
    def group(self) -> Group:
        """Whose difference."""

    @property
    def value(self) -> float:
        """The difference; above 0 is worse."""

    def bounds(self, tail: float) -> tuple[float, float]:
        """Its bounds with `tail` beyond each."""


class HeadFacts(NamedTuple):
    """What the rules ask of one head."""

    overall: Group
    people: Sequence[Group]  # All groups of people, judged or not.
    gaps: Sequence[Bounded]
    compared: Compared | None  # None: no model was pushed before.
    missing: Mapping[str, Sequence[str]]  # {TRAINING or HELD_OUT: classes without a face}.


def decide(heads: Mapping[str, HeadFacts], config: EvaluateConfig) -> Verdict:
    """Apply every rule to every head."""
    limits = config.thresholds
    checks = []
    for head, facts in heads.items():
        judged = [group for group in facts.people if group.judged]
        checks.append(floor_check(f"overall accuracy, {head}", [facts.overall], limits.accuracy))
        if judged or not limits.worst_group_accuracy:
            checks.append(floor_check(f"worst group, {head}", judged, limits.worst_group_accuracy))
        checks += [*_untested_checks(head, facts.people), *_missing_checks(head, facts.missing)]
        if limits.gap is not None and judged:
            checks.append(
                ceiling_check(f"largest gap, {head}", facts.gaps, limits.gap, "the other faces")
            )
        if limits.change is not None:
            checks.append(_change_check(f"change, {head}", facts.compared, limits.change))
    return Verdict(_state(checks, config.undecidable), tuple(checks))


def floor_check(name: str, groups: Sequence[Group], threshold: float) -> Check:
    """The rule that every group's accuracy is at or above a threshold; at least one group."""
    if threshold == 0:
        return Check(name, Outcome.OFF, "This check is off: at 0 % no model can fail.")
    corrected = TAIL / len(groups)
    below, undecided = [], []
    for group in groups:
        estimate = accuracy(group)
        if intervals.share_of_size(estimate, corrected)[1] < threshold:
            below.append(group)
        elif intervals.share_of_size(estimate, TAIL)[0] < threshold:
            undecided.append(group)
    bar = f"{100 * threshold:g} %"
    if below:
        return Check(
            name, Outcome.FAILED, f"{_listed(below)}: below {bar}{_beyond_chance(groups)}."
        )
    if undecided:
        return Check(name, Outcome.UNDECIDABLE, _undecided(groups, undecided, threshold, corrected))
    return Check(name, Outcome.MET, f"{_subject(groups)} at or above {bar}, by 95 % confidence.")


def ceiling_check(name: str, differences: Sequence[Bounded], threshold: float, than: str) -> Check:
    """The rule that no difference is above a threshold; `than` is whom a group falls short of."""
    if not differences:
        return Check(
            name, Outcome.UNDECIDABLE, f"No group of people could be compared with {than}."
        )
    corrected = TAIL / len(differences)
    above = [each for each in differences if each.bounds(corrected)[0] > threshold]
    undecided = [each for each in differences if each.bounds(TAIL)[1] > threshold]
    bar = f"{100 * threshold:g} points"
    if above:
        texts = (f"{each.group.title} ({100 * each.value:.1f} points)" for each in above)
        sentence = (
            f"Short of {than}: {'; '.join(texts)}; more than {bar}{_beyond_chance(differences)}."
        )
        return Check(name, Outcome.FAILED, sentence)
    if undecided:
        count = f"{len(undecided)} of {len(differences)} groups"
        widest = max(undecided, key=lambda each: each.bounds(TAIL)[1])
        sentence = (
            f"{count} may fall short of {than} by more than {bar}: {widest.group.title} by up to "
            f"{100 * widest.bounds(TAIL)[1]:.1f} points. Their faces are too few to rule it out."
        )
        return Check(name, Outcome.UNDECIDABLE, sentence)
    sentence = f"No group falls short of {than} by more than {bar}, by 95 % confidence."
    return Check(name, Outcome.MET, sentence)


def _untested_checks(head: str, people: Sequence[Group]) -> Iterator[Check]:
    """A rule that is not decidable for each slice of people of which nobody could be judged."""
    slices: dict[tuple[str, ...], list[Group]] = {}
    for group in people:
        if UNKNOWN not in group.values:
            slices.setdefault(group.columns, []).append(group)
    name = f"people who were compared, {head}"
    if not slices:
        sentence = "No slice names people by a known gender, age or race: nobody was compared."
        yield Check(name, Outcome.UNDECIDABLE, sentence)
    for columns, groups in slices.items():
        if not any(group.judged for group in groups):
            what = column_title(columns).lower()
            sentence = f"No group by {what} has enough images and subjects to be judged."
            yield Check(name, Outcome.UNDECIDABLE, sentence)


def _missing_checks(head: str, missing: Mapping[str, Sequence[str]]) -> Iterator[Check]:
    """A failed rule for each place where classes of a head have no face."""
    for where, classes in missing.items():
        if classes:
            names = ", ".join(class_title(head, name) for name in classes)
            sentence = f"No face of {head} {names} in {where}: {_CONSEQUENCES[where]}."
            yield Check(f"every class, {head}", Outcome.FAILED, sentence)


def _change_check(name: str, compared: Compared | None, threshold: float) -> Check:
    if compared is None:
        return Check(name, Outcome.OFF, "This check is off: no model was pushed before.")
    if compared.why_none:
        return Check(name, Outcome.UNDECIDABLE, f"Nothing to compare: {compared.why_none}.")
    check = ceiling_check(name, compared.changes, threshold, "the last pushed model")
    if not compared.unseen or check.outcome is Outcome.FAILED:
        return check
    titles = "; ".join(group.title for group in compared.unseen)
    sentence = f"The last pushed model predicted no face of {titles}: there is no change to judge."
    if check.outcome is Outcome.UNDECIDABLE:
        sentence = f"{check.sentence} {sentence}"
    return Check(name, Outcome.UNDECIDABLE, sentence)


def _state(
    checks: Sequence[Check], undecidable: Literal["refuse", "release"]
) -> Literal["released", "refused", "undecidable"]:
    outcomes = {check.outcome for check in checks}
    if Outcome.FAILED in outcomes:
        return "refused"
    if Outcome.UNDECIDABLE in outcomes and undecidable == "refuse":
        return "undecidable"
    return "released"


def _listed(groups: Sequence[Group]) -> str:
    """`Women, 48-53 (12.5 %, at most 47.1 %)`."""
    return "; ".join(f"{group.title} ({_interval(group)})" for group in groups)


def _interval(group: Group) -> str:
    estimate = accuracy(group)
    low, high = intervals.share_of_size(estimate, intervals.TAIL)
    return f"{100 * estimate.value:.1f} %, between {100 * low:.1f} and {100 * high:.1f} %"


def _beyond_chance(compared: Sequence[object]) -> str:
    count = len(compared)
    return "" if count == 1 else f", by more than chance among {count} groups"


def _subject(groups: Sequence[Group]) -> str:
    if len(groups) == 1:
        return f"{groups[0].title} ({_interval(groups[0])}):"
    return f"All {len(groups)} judged groups are"


def _undecided(
    groups: Sequence[Group], undecided: Sequence[Group], threshold: float, corrected: float
) -> str:
    """How many groups do not decide, and about how many images of the worst of them would."""
    worst = min(undecided, key=badness)
    estimate = accuracy(worst)
    tail = TAIL if estimate.value >= threshold else corrected
    needed = intervals.images_to_decide(estimate, worst.images, threshold, tail)
    enough = (
        "its accuracy is the threshold itself, which no number of images decides"
        if needed is None
        else f"about {needed:,} images of such people would decide it, {worst.images:,} were there"
    )
    bar, title = f"{100 * threshold:g} %", f"{worst.title} ({_interval(worst)})"
    if len(groups) == 1:
        return f"Too few people to tell whether {title} is at or above {bar}: {enough}."
    return (
        f"Too few people in {len(undecided)} of {len(groups)} groups to tell whether they reach "
        f"{bar}. The worst is {title}: {enough}."
    )
