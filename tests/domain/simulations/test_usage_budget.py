from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from domain.simulations.usage import Budget, Spent

counts = st.integers(0, 1000)


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
    assert budget.room(Spent(calls=49, tokens=48), over=48, under_way=1) == 1


def test_calls_that_take_nothing_are_as_many_as_one_likes() -> None:
    assert Budget(max_tokens=1).room(Spent(), over=3, under_way=9) is None


@given(limit=st.integers(1, 1000), tokens=counts, over=counts)
def test_a_budget_not_used_up_has_room_when_nothing_is_under_way(
    limit: int, tokens: int, over: int
) -> None:
    budget, spent = Budget(max_tokens=limit, max_cost_dollars=limit), Spent(tokens=tokens)
    room = budget.room(spent, over, under_way=0)
    assert budget.used_up(spent) or room is None or room > 0


def test_requests_of_calls_under_way_have_taken_their_room() -> None:
    assert Budget(max_calls=5).room(Spent(calls=4), over=1, under_way=3) == 1
    assert Budget(max_calls=5).room(Spent(calls=5), over=1, under_way=4) == 0


def test_what_was_spent_adds_up_field_by_field() -> None:
    one = Spent(calls=1, tokens=30, output_tokens=20, estimated_calls=1, cost_dollars=0.5)
    assert one + one + Spent() == Spent(
        calls=2, tokens=60, output_tokens=40, estimated_calls=2, cost_dollars=1.0
    )
