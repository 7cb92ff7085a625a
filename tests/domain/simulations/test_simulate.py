"""What it means to accept a request, and which failures of a call may pass."""

from __future__ import annotations

from typing import cast

import pytest

from domain.errors import EngineUnavailable, InvalidInput
from domain.reactions import Engine
from domain.simulations.plan import Plan
from domain.simulations.ports import SubmissionStore
from domain.simulations.simulate import (
    Market,
    Submission,
    accept,
    check_budget,
    may_pass,
    plan_request,
)
from domain.simulations.simulation import Failure, SimulationRequest
from domain.simulations.usage import Budget, Price
from tests.fakes.customers import FakeCustomers
from tests.fakes.simulations import a_reaction, a_request, some_calls


class Accepted:
    """A SubmissionStore that remembers what it was given."""

    def submit(
        self, simulation_id: str, request: SimulationRequest, *_: object, **__: object
    ) -> None:
        self.simulation_id, self.request = simulation_id, request


def accepted(engine: Engine | None = None) -> Accepted:
    store = Accepted()
    submission = Submission(a_request(engine=engine), Plan(some_calls(1), ()))
    accept(submission, cast("SubmissionStore", store), "grounded")
    return store


@pytest.mark.parametrize(
    ("named", "written"), [(None, "grounded"), ("choice", "choice"), ("llm", "llm")]
)
def test_the_engine_is_written_down_though_none_was_named(
    named: Engine | None, written: Engine
) -> None:
    assert accepted(named).request.engine == written


def test_each_simulation_gets_an_id_of_its_own() -> None:
    assert accepted().simulation_id != accepted().simulation_id


@pytest.mark.parametrize(
    ("code", "passes"), [("chat_throttled", True), ("timeout", True), ("chat_refused", False)]
)
def test_only_trouble_that_may_pass_is_worth_another_try(code: str, passes: bool) -> None:
    assert may_pass(Failure(code=code, detail="it failed")) is passes


def test_a_reaction_as_it_should_be_is_not_tried_again() -> None:
    assert not may_pass(a_reaction())


def test_dollars_are_no_budget_where_no_price_is_known() -> None:
    budget = Budget(max_cost_dollars=1)
    with pytest.raises(InvalidInput):
        check_budget(budget, None)

    check_budget(budget, Price(1.0, 5.0))


def test_an_engine_that_is_not_there_is_refused_before_anything_is_planned() -> None:
    with pytest.raises(EngineUnavailable):
        plan_request(a_request(engine="llm"), Market(FakeCustomers()), {})
