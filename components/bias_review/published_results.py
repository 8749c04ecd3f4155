"""Published results on Adience, each with the protocol under which it was measured."""

from collections.abc import Sequence
from typing import NamedTuple

from components.bias_review.run_info import ReviewFacts
from schemas.folds import fold_name

ADIENCE_ROWS = 19_487  # Of the five published fold files; other data may have their layout.
ADIENCE_FOLDS = frozenset(map(fold_name, range(5)))


class Published(NamedTuple):
    """A result as printed; what stands behind its plus-minus is said in the source."""

    head: str
    exact: str  # Per cent.
    one_off: str  # Per cent; empty: not given.
    protocol: str
    source: str


_FIVE_FOLDS = "five folds held out in turn, no subject shared between them"
_LEVI_HASSNER = "Levi and Hassner 2015"

PUBLISHED = (
    Published("age", "50.7 ± 5.1", "84.7 ± 2.2", _FIVE_FOLDS, _LEVI_HASSNER),
    Published("gender", "86.8 ± 1.4", "", _FIVE_FOLDS, _LEVI_HASSNER),
)


def published_for(facts: ReviewFacts, heads: Sequence[str]) -> tuple[Published, ...]:
    """The results on the heads under review; none for data that are not the whole of Adience."""
    if set(facts.datasets) != {"adience"} or _label_rows(facts) != ADIENCE_ROWS:
        return ()
    return tuple(result for result in PUBLISHED if result.head in heads)


def why_none(facts: ReviewFacts, heads: Sequence[str]) -> str:
    """Why no published result can stand beside this run; empty where one does."""
    if published_for(facts, heads):
        return ""
    known = " and ".join(result.head for result in PUBLISHED)
    if not {result.head for result in PUBLISHED} & set(heads):
        return f"{_LEVI_HASSNER} is of {known}, not of {' and '.join(heads)}"
    if set(facts.datasets) != {"adience"}:
        return f"{_LEVI_HASSNER} is of Adience; these data are {', '.join(facts.datasets)}"
    return (
        f"{_LEVI_HASSNER} is of Adience's {ADIENCE_ROWS:,} label rows; these data have its layout "
        f"and {_label_rows(facts):,} rows"
    )


def _label_rows(facts: ReviewFacts) -> int:
    return facts.accounting[0].rows if facts.accounting else 0


def protocol_differences(facts: ReviewFacts) -> tuple[str, ...]:
    """How this run's protocol differs from the published one, as far as the run can tell."""
    found = []
    if missing := sorted(ADIENCE_FOLDS - set(facts.held_out)):
        found.append(
            f"held out here: {', '.join(facts.held_out)}; not held out: {', '.join(missing)}"
        )
    if facts.policy != "strict":
        found.append(
            f"label policy here: {facts.policy}, which accepts other label texts than the eight "
            "official ones"
        )
    return tuple(found)
