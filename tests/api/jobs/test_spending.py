"""Budgets of simulations over a real server that refuses, throttles and breaks off."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from pydantic import SecretStr

from adapters.chat.billing import Billed
from adapters.chat.cache import Uncached
from adapters.chat.http_transport import open_transport
from adapters.chat.openai_compatible import OpenAICompatible
from adapters.chat.pacing import Pacing
from adapters.chat.retries import Retries, RetryPolicy
from adapters.store import SqlSimulationStore, open_store
from api.jobs.pace import Pace
from api.jobs.supervisor import Supervisor
from domain.engines.llm import ModelReactions
from domain.simulations import Market
from domain.simulations.plan import plan_calls
from domain.simulations.simulation import Simulation, SimulationState
from domain.simulations.summary import summarize
from domain.simulations.usage import Budget, Price
from tests.fakes.chat_server import (
    TOKEN,
    ChatServer,
    Handler,
    a_reply,
    completed,
    counting,
    cut_in_the_middle,
    cut_off,
    refusing,
    serving,
)
from tests.fakes.customers import FakeCustomers
from tests.fakes.simulations import a_request
from tests.patience import in_time

pytestmark = pytest.mark.anyio

PEOPLE = FakeCustomers()
PRICE = Price(1.0, 5.0)
TOKENS = 150  # of a reply that tells its tokens, as chat_server.py has it
WORKERS, EACH = 2, 3  # calls in flight of each
PATIENCE = RetryPolicy(attempts=4, first_wait_seconds=0.001)
PACE = Pace(concurrency=EACH, lease_seconds=60.0, poll_seconds=0.02, put_off_seconds=(0.001, 0.001))


@dataclass
class Provider:
    """A server that does as the dice say, and counts what reaches it and what it would bill."""

    dice: random.Random
    faults: float
    reached: int = 0
    billed: int = 0
    server: ChatServer = field(default_factory=ChatServer)

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.reached += 1
        if self.dice.random() >= self.faults:
            self.billed += TOKENS
            return completed(await request.json(), json.dumps(a_reply()))
        return await self.dice.choice(self._faults)(request)

    @property
    def _faults(self) -> list[Handler]:
        return [
            self._refused_reply,
            self._refused_reply,
            refusing(429, headers={"retry-after": "0"}),
            refusing(503),
            cut_off,
            self._broken_off,
            counting(""),
        ]

    async def _refused_reply(self, request: web.Request) -> web.StreamResponse:
        self.billed += TOKENS
        return completed(await request.json(), "I would rather not.")

    async def _broken_off(self, request: web.Request) -> web.StreamResponse:
        self.billed += TOKENS
        return await cut_in_the_middle(request)


@asynccontextmanager
async def provider_of(dice: random.Random, faults: float) -> AsyncIterator[Provider]:
    """A provider that can be reached."""
    provider = Provider(dice, faults)
    provider.server.script = Always(provider.answer)  # type: ignore[assignment]
    async with serving(provider.server):
        yield provider


class Always:
    """A script that never ends."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler

    def __bool__(self) -> bool:
        return True

    def popleft(self) -> Handler:
        return self._handler


@asynccontextmanager
async def working(provider: Provider, url: str) -> AsyncIterator[None]:
    """So many workers, each with a store and a client of its own, as processes have them."""
    async with AsyncExitStack() as stack:
        for number in range(WORKERS):
            store = stack.enter_context(opened(url))
            transport = await stack.enter_async_context(open_transport(EACH))
            bare = OpenAICompatible(
                transport, f"{provider.server.address}/v1", "local-model", SecretStr(TOKEN)
            )
            chat = Retries(Pacing(Billed(bare), EACH), PATIENCE, random.Random(number))  # noqa: S311
            engine = ModelReactions(PEOPLE, Uncached(chat))
            market = Market(PEOPLE, PRICE)
            supervisor = Supervisor(store, market, {"llm": engine}, summarize=summarize, pace=PACE)
            supervisor.start()
            stack.push_async_callback(supervisor.stop, 30.0)
        yield


@contextmanager
def opened(url: str) -> Iterator[SqlSimulationStore]:
    store = open_store(url, max_unfinished_calls=10_000)
    yield store
    store.close()


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'simulations.db'}"
    return str(request.getfixturevalue("postgres_url"))


def submit(store: SqlSimulationStore, budget: Budget | None) -> None:
    request = a_request(budget=budget, repeats=3)
    calls = plan_calls(request, PEOPLE)
    store.submit("sim_a", request, calls)


async def final(store: SqlSimulationStore) -> Simulation:
    async with in_time("a final simulation", 60):
        while True:
            simulation = await asyncio.to_thread(store.get, "sim_a")
            assert simulation is not None
            if simulation.state.final:
                return simulation
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("seed", range(4))
async def test_no_more_requests_reach_the_provider_than_the_budget_has(url: str, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - chooses faults
    most = dice.randint(1, 12)
    async with provider_of(dice, faults=0.6) as provider:
        with opened(url) as store:
            submit(store, Budget(max_calls=most))
            async with working(provider, url):
                simulation = await final(store)

            assert simulation.state is SimulationState.BUDGET_EXHAUSTED
            assert provider.reached <= most
            assert provider.reached == simulation.spent.calls
            assert simulation.spent.tokens >= provider.billed
            if simulation.summary:
                assert simulation.summary.usage.calls == simulation.spent.calls


@pytest.mark.parametrize("seed", range(4))
async def test_tokens_exceed_the_budget_by_requests_under_way_only(url: str, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - chooses faults
    most = dice.randint(100, 3_000)
    async with provider_of(dice, faults=0.5) as provider:
        with opened(url) as store:
            submit(store, Budget(max_tokens=most))
            async with working(provider, url):
                simulation = await final(store)

        assert simulation.state is SimulationState.BUDGET_EXHAUSTED
        assert provider.billed <= most + WORKERS * EACH * TOKENS
        assert simulation.spent.tokens >= most
        assert simulation.spent.cost_dollars > 0


async def test_a_spent_budget_is_gone_on_with_and_nothing_is_had_twice(url: str) -> None:
    dice, most = random.Random(9), 0  # noqa: S311 - chooses faults
    async with provider_of(dice, faults=0.3) as provider:
        with opened(url) as store:
            submit(store, Budget(max_calls=5))
            async with working(provider, url):
                simulation, had = await final(store), dict[int, str]()
                while simulation.state is not SimulationState.SUCCEEDED:
                    now = {
                        record.call.index: record.reaction.model_dump_json()
                        for record in store.records("sim_a", 100)
                        if record.reaction
                    }
                    assert had.items() <= now.items()
                    had, most = now, simulation.spent.calls + 7
                    assert provider.reached == simulation.spent.calls
                    store.retry("sim_a", Budget(max_calls=most))
                    simulation = await final(store)

            assert simulation.counts.done == simulation.counts.total == 24
            assert provider.reached == simulation.spent.calls <= most


async def test_what_was_spent_is_told_without_a_budget_too(url: str) -> None:
    async with provider_of(random.Random(3), faults=0.5) as provider:  # noqa: S311
        with opened(url) as store:
            submit(store, None)
            async with working(provider, url):
                simulation = await final(store)

        assert provider.reached == simulation.spent.calls > simulation.counts.done
        assert simulation.summary is not None
        usage = simulation.summary.usage
        assert usage.calls == simulation.spent.calls
        assert usage.input_tokens + usage.output_tokens == simulation.spent.tokens
        assert usage.estimated_calls == simulation.spent.estimated_calls > 0
        assert usage.cost_dollars == pytest.approx(simulation.spent.cost_dollars)
