from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.usage import Budget, Price, Spent, spent_on
from tests.fakes.simulations import a_reaction

counts = st.integers(0, 1000)
MILLION = 1_000_000


def test_a_budget_without_a_limit_is_none() -> None:
    with pytest.raises(ValidationError, match="at least one of"):
        Budget()


@pytest.mark.parametrize("limit", ["max_calls", "max_tokens", "max_cost_dollars"])
def test_a_budget_is_used_up_when_one_of_its_limits_is_reached(limit: str) -> None:
    budget = Budget.model_validate({limit: 10})
    assert not budget.used_up(Spent(calls=9, tokens=9, cost_dollars=9.9))
    assert budget.used_up(Spent(calls=10, tokens=10, cost_dollars=10))


def test_before_the_first_call_is_over_one_goes_alone() -> None:
    budget = Budget(max_tokens=10_000)
    assert budget.room(Spent(), over=0, under_way=0) == 1
    assert budget.room(Spent(), over=0, under_way=1) == 0


def test_room_is_what_calls_took_so_far_says() -> None:
    budget = Budget(max_tokens=1_000, max_calls=50)
    assert budget.room(Spent(calls=4, tokens=400), over=4, under_way=2) == 4
    assert budget.room(Spent(calls=48, tokens=48), over=48, under_way=1) == 1


def test_calls_that_take_nothing_are_as_many_as_one_likes() -> None:
    assert Budget(max_tokens=1).room(Spent(), over=3, under_way=9) is None


@given(limit=st.integers(1, 1000), tokens=counts, over=counts)
def test_a_budget_not_used_up_has_room_when_nothing_is_under_way(
    limit: int, tokens: int, over: int
) -> None:
    budget, spent = Budget(max_tokens=limit, max_cost_dollars=limit), Spent(tokens=tokens)
    room = budget.room(spent, over, under_way=0)
    assert budget.used_up(spent) or room is None or room > 0


@pytest.mark.parametrize(
    ("cached", "spent"),
    [(False, Spent(calls=2, tokens=30, cost_dollars=50.0)), (True, Spent())],
)
def test_a_reaction_takes_what_its_provenance_tells(cached: bool, spent: Spent) -> None:
    reaction = a_reaction()
    tokens = {"input_tokens": 0, "output_tokens": 0} if cached else {}
    provenance = reaction.provenance.model_copy(
        update={"prompt_hash": "x", "attempts": 2, "cached": cached}
        | {"input_tokens": 10, "output_tokens": 20}
        | tokens
    )
    asked = reaction.model_copy(update={"provenance": provenance})
    assert spent_on(asked, Price(MILLION, 2 * MILLION)) == spent
    assert spent_on(reaction, None) == Spent()
