"""The templates of the page."""

import jinja2


def make_environment() -> jinja2.Environment:
    """The templates, without filters of ours; undefined names are errors."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader(__package__ or "components.bias_review.output"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
