"""Suggestions for misspelt names."""

import pytest

from pipelines.config.known_names import did_you_mean


@pytest.mark.parametrize(
    ("name", "text"),
    [("gendr", " (did you mean 'gender'?)"), ("gender", " (did you mean 'gender'?)"), ("xyz", "")],
)
def test_only_a_similar_name_is_suggested(name: str, text: str) -> None:
    assert did_you_mean(name, ["age", "gender", "fold"]) == text
