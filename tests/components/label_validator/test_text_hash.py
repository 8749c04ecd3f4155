"""Hashes of text columns."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from components.label_validator.text_hash import hash_texts

TEXTS = st.lists(st.one_of(st.none(), st.text(max_size=40)), max_size=20)


@given(texts=TEXTS, before=TEXTS, after=TEXTS)
def test_a_hash_depends_on_the_text_alone(
    texts: list[str | None], before: list[str | None], after: list[str | None]
) -> None:
    column = pa.array([*before, *texts, *after], pa.string())
    cut = column.slice(len(before), len(texts))

    hashes = hash_texts(cut).tolist()

    alone = [hash_texts(pa.array([text], pa.string()))[0] for text in texts]
    assert hashes == alone
    assert hashes == hash_texts(pa.chunked_array([cut.slice(0, 3), cut.slice(3)])).tolist()


def test_a_million_different_texts_have_different_hashes() -> None:
    names = [f"u{n // 1000}@N00/landmark_aligned_face.{n % 7}.{n}_o.jpg" for n in range(500_000)]
    short = [f"{n}" for n in range(500_000)]

    hashes = hash_texts(pa.array(names + short))

    assert len(set(hashes.tolist())) == 1_000_000


@given(st.lists(st.text(max_size=20), unique=True, max_size=50))
def test_trailing_zeros_and_lengths_count(texts: list[str]) -> None:
    padded = [text + "\0" * count for text in texts for count in range(3)]

    assert len(set(hash_texts(pa.array(padded, pa.string())).tolist())) == len(set(padded))
