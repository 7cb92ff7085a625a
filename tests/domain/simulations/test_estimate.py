from __future__ import annotations

import json

import pytest

from domain.customers.panel import Panel
from domain.engines.llm import ModelReactions
from domain.simulations.estimate import Range, cost_of, estimate_tokens
from domain.simulations.plan import plan_calls
from domain.simulations.usage import Price
from tests.fakes.chat_server import a_reply
from tests.fakes.chats import ScriptedChat
from tests.fakes.customers import FakeCustomers
from tests.fakes.simulations import a_request

pytestmark = pytest.mark.anyio

CUSTOMERS = FakeCustomers()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_tokens_are_those_of_the_prompts_that_would_be_sent() -> None:
    chat = ScriptedChat([json.dumps(a_reply())])
    engine = ModelReactions(CUSTOMERS, chat)
    request, personas = a_request(), CUSTOMERS.personas()
    calls = plan_calls(request, CUSTOMERS)
    model_calls, told, _ = estimate_tokens(request, calls, CUSTOMERS)
    for persona in personas:
        await engine.react(request.scenarios[0], persona, Panel(), 42)
    sent = sum(len(p.system) + sum(map(len, p.user)) for p in chat.prompts)
    assert told.expected == pytest.approx(sent / 4, rel=0.05)  # other verbatims may be shown
    assert told.low < told.expected < told.high
    assert model_calls == Range(low=8, expected=8, high=24)


async def test_repeats_multiply_and_scenarios_add_up() -> None:
    def expected(repeats: int) -> int:
        request = a_request(repeats=repeats)
        calls = plan_calls(request, CUSTOMERS)
        return estimate_tokens(request, calls, CUSTOMERS)[1].expected

    assert expected(3) == pytest.approx(3 * expected(1), abs=3)


def test_cost_is_tokens_at_their_price() -> None:
    tokens = Range(low=0, expected=1_000_000, high=2_000_000)
    cost = cost_of(tokens, Range(low=0, expected=100_000, high=100_000), Price(3.0, 15.0))
    assert (cost.low, cost.expected, cost.high) == (0.0, 4.5, 7.5)
