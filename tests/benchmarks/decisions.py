"""How often the review decides wrongly, on simulated people.

    python -m tests.benchmarks.decisions [--runs N] [--seed N]

Rules of the gate on groups of 30 images of 5 subjects, correlated by 0.2; then the comparison of
the worst group with chance, on data without a difference. Exits 1 where a rate is above its bound.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np

from components.bias_review.gate import Outcome, floor_check
from components.bias_review.groups import Group
from components.bias_review.measures import intervals
from components.bias_review.measures.clusters import ClusterSums
from components.bias_review.measures.permutation import worst_by_chance
from tests.benchmarks.people import beta, image_counts

IMAGES, SUBJECTS = 6, 5  # Images of each subject, subjects of each group.
CORRELATION = 0.2
Generator = np.random.Generator


class Case(NamedTuple):
    """A situation, the decision that would be wrong, and how often it may come."""

    name: str
    wrong: Callable[[Generator], bool]
    most: float
    times: int = 5  # As many runs: a rate near 1 % is known after ten thousand.


def gate(
    truths: Sequence[float], threshold: float, wrong: Outcome, judged: slice = slice(None)
) -> Callable[[Generator], bool]:
    """Whether the worst-group rule ends wrongly on one draw of groups with these accuracies.

    Args:
      truths: of the groups of a run.
      threshold: of the rule.
      wrong: the answer that would be wrong.
      judged: the groups that the rule is about; all of the run give the pooled correlation.
    """

    def run(rng: Generator) -> bool:
        return floor_check("", draw_groups(truths, rng)[judged], threshold).outcome is wrong

    return run


def draw_groups(truths: Sequence[float], rng: Generator) -> list[Group]:
    """Judged groups with the estimates of a review."""
    images = np.full((len(truths), SUBJECTS), IMAGES)
    chances = np.stack([beta(images[0], truth, CORRELATION, rng) for truth in truths])
    right = rng.binomial(images, chances).astype(np.float64)
    sizes = images.astype(np.float64)
    whole = ClusterSums(sizes.ravel(), right.ravel(), right.ravel())
    pooled = {"subject": float(intervals.pooled_correlation(whole))}
    sums = [ClusterSums(sizes[n], right[n], right[n]) for n in range(len(truths))]
    return [_group(n, intervals.share({"subject": each}, pooled)) for n, each in enumerate(sums)]


def _group(number: int, estimate: intervals.Estimate) -> Group:
    return Group(
        "age", ("age",), (str(number),), f"age={number}", "age", IMAGES * SUBJECTS, SUBJECTS,
        {"accuracy": estimate}, None, True, "",
    )  # fmt: skip


def no_difference(rng: Generator) -> bool:
    """Whether the worst of equal groups is called worse than chance; people as in Adience."""
    groups = int(rng.integers(2, 17))
    people = rng.integers(5, 40, groups)
    group_of = np.repeat(np.arange(groups), people)
    images = image_counts(group_of.shape, rng)
    right = rng.random(int(images.sum())) < np.repeat(beta(images, 0.8, 0.3, rng), images)
    subject = np.repeat(np.arange(len(images)), images)
    found = worst_by_chance(subject, np.repeat(group_of, images), right, rng)
    return found is not None and found.p < 0.05


def cases() -> Iterator[Case]:
    """The situations of which the review promises a rate."""
    met, failed = Outcome.MET, Outcome.FAILED
    yield Case("16 groups at 0.86, threshold 0.76: refused", gate([0.86] * 16, 0.76, failed), 0.01)
    one_bad = [0.86] * 15 + [0.5]
    yield Case("15 at 0.86, one at 0.50, threshold 0.60: passed", gate(one_bad, 0.6, met), 0.01)
    alone, run = slice(-1, None), [0.86] * 15
    name = "the same, the one alone judged: passed"
    yield Case(name, gate(one_bad, 0.6, met, alone), 0.01)
    name = "one group at 0.10 alone judged, threshold 0.20: passed"
    yield Case(name, gate([*run, 0.1], 0.2, met, alone), 0.01)
    yield Case(
        "equal groups: the worst called worse than chance (p < 0.05)", no_difference, 0.06, 1
    )


def main() -> int:
    """Print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--runs", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    missed = 0
    for number, case in enumerate(cases()):
        rng = np.random.default_rng([arguments.seed, number])
        runs = case.times * arguments.runs
        share = sum(case.wrong(rng) for _ in range(runs)) / runs
        missed += share > case.most
        mark = "!" if share > case.most else " "
        row = f"{case.name:<64}{100 * share:6.2f} %{mark} at most {100 * case.most:g} %"
        sys.stdout.write(f"{row}\n")
        sys.stdout.flush()
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
