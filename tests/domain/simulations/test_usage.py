from __future__ import annotations

import pytest

from domain.reactions import Provenance, Reaction
from domain.simulations.usage import Price, Spent, Usage, usage_of
from tests.domain.simulations.test_summary import reaction

SPENT = Spent(calls=5, tokens=2_400, output_tokens=400, estimated_calls=1, cost_dollars=0.004)


def kept(cached: bool) -> Reaction:
    made = reaction(0.0)
    told = Provenance.model_validate({**made.provenance.model_dump(), "cached": cached})
    return Reaction.model_validate({**made.model_dump(), "provenance": told})


def test_usage_is_what_was_spent_whatever_came_of_it() -> None:
    assert usage_of(SPENT, [kept(True), kept(False)], None) == Usage(
        calls=5, cached=1, input_tokens=2_000, output_tokens=400, estimated_calls=1
    )


@pytest.mark.parametrize(("price", "cost"), [(None, None), (Price(1.0, 5.0), 0.004)])
def test_a_cost_is_told_only_at_a_price_that_was(price: Price | None, cost: float | None) -> None:
    assert usage_of(SPENT, [], price).cost_dollars == cost


def test_what_earlier_versions_kept_of_replies_alone_is_told_as_prompts() -> None:
    assert usage_of(Spent(calls=1, tokens=10), [], None) == Usage(calls=1, input_tokens=10)
