from __future__ import annotations

import numpy as np
import pytest

from adapters.embeddings.texts import prefixed_texts, unit_rows
from domain.errors import ChatBroken
from domain.evidence.ports import Use


@pytest.mark.parametrize(
    ("model", "use", "written"),
    [
        ("e5-base-v2", "query", "query: hello"),
        ("e5-base-v2", "passage", "passage: hello"),
        ("snowflake-arctic-embed-m-v1.5", "passage", "hello"),
        ("snowflake-arctic-embed-l-v2.0", "query", "query: hello"),
        ("another-model", "query", "hello"),
    ],
)
def test_a_text_is_written_as_its_model_was_trained(model: str, use: Use, written: str) -> None:
    assert prefixed_texts(model, ["hello"], use) == [written]


def test_a_text_is_cut_with_its_prefix_at_what_a_request_may_hold() -> None:
    (written,) = prefixed_texts("e5-base-v2", ["x" * 20_000], "query")
    assert len(written) == 4_096
    assert written.startswith("query: x")


def test_rows_have_length_one_and_keep_their_direction() -> None:
    rows = unit_rows([[3.0, 4.0], [0.0, 1e-6]], 2)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0.0, 1.0]], rtol=1e-6)


def test_no_texts_have_no_rows() -> None:
    assert unit_rows([], 0).shape == (0, 0)


@pytest.mark.parametrize(
    "vectors",
    [
        [[1.0, 2.0]],
        [[1.0, 2.0], [1.0]],
        [[1.0, 2.0], [0.0, 0.0]],
        [[1.0, 2.0], [1.0, float("nan")]],
        [[], []],
    ],
)
def test_what_has_no_direction_is_no_embedding(vectors: list[list[float]]) -> None:
    with pytest.raises(ChatBroken):
        unit_rows(vectors, 2)
