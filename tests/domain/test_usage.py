from __future__ import annotations

import pytest

from domain.reactions import Provenance, Reaction
from domain.usage import Price, Usage, usage_of
from tests.domain.test_aggregate import reaction

ASKED = {"engine": "llm", "prompt_hash": "f" * 64, "input_tokens": 1_000, "output_tokens": 200}
KEPT = {"engine": "llm", "prompt_hash": "f" * 64, "cached": True}


def took(**changes: object) -> Reaction:
    made = reaction(0.0)
    told = Provenance.model_validate({**made.provenance.model_dump(), **changes})
    return made.model_copy(update={"provenance": told})


def test_calls_and_tokens_add_up_and_cached_replies_cost_nothing() -> None:
    usage = usage_of([took(**ASKED), took(**ASKED, attempts=3), took(**KEPT), took()], None)
    assert usage == Usage(calls=4, cached=1, input_tokens=2_000, output_tokens=400)


@pytest.mark.parametrize(
    ("price", "cost"), [(None, None), (Price(0, 0), 0.0), (Price(1.0, 5.0), 0.004)]
)
def test_a_cost_is_told_only_at_a_price_that_was(price: Price | None, cost: float | None) -> None:
    usage = usage_of([took(**ASKED), took(**ASKED), took(**KEPT)], price)
    assert usage.cost_dollars == (cost if cost is None else pytest.approx(cost))


def test_an_engine_that_asks_no_model_uses_nothing() -> None:
    assert usage_of([took()], Price(1, 5)) == Usage(cost_dollars=0.0)
