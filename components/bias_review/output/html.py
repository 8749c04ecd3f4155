"""The review as files: page, model card, data card, `slices.csv`, `review.json`."""

from functools import cache

import jinja2

from components.bias_review.output import data_files
from components.bias_review.output.environment import make_environment
from components.bias_review.output.filters import FILTERS, other_metrics
from components.bias_review.review import Review
from schemas.artifact_files import PAGE_FILE, REVIEW_FILE

CARD_FILE = "model_card.html"
DATA_CARD_FILE = "data_card.html"
CSV_FILE = "slices.csv"


def render(review: Review) -> dict[str, str]:
    """All files of a review by name; the same review gives the same bytes."""
    templates = _environment()
    return {
        PAGE_FILE: templates.get_template("review.html.j2").render(review=review),
        CARD_FILE: templates.get_template("model_card.html.j2").render(review=review),
        DATA_CARD_FILE: templates.get_template("data_card.html.j2").render(review=review),
        CSV_FILE: data_files.slices_csv(review),
        REVIEW_FILE: data_files.review_json(review),
    }


@cache
def _environment() -> jinja2.Environment:
    environment = make_environment()
    environment.globals |= {"other_metrics": other_metrics}
    environment.filters |= FILTERS
    return environment
