from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.chat.pacing import DECREASE, Pacing
from adapters.chat.retries import Retries, RetryPolicy
from domain.errors import ChatThrottled, ChatTimedOut
from domain.language_model.chat import ChatModel, Completion, Prompt
from tests.fakes.chats import PROMPT, ScriptedChat, cortex, opened

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


async def test_no_more_calls_are_under_way_than_allowed() -> None:
    async with opened(cortex, most_connections=50) as (chat, server):
        server.seconds = 0.01
        paced = Pacing(chat, 3)
        await asyncio.gather(*(paced.complete(PROMPT, deadline_seconds=30) for _ in range(20)))
    assert server.most_at_once == 3


async def test_waiting_for_a_slot_ends_with_the_deadline() -> None:
    async with opened(cortex) as (chat, server):
        server.seconds = 0.15
        paced = Pacing(chat, 1)
        first = asyncio.create_task(paced.complete(PROMPT, deadline_seconds=5))
        await asyncio.sleep(0)
        with pytest.raises(ChatTimedOut):
            await paced.complete(PROMPT, deadline_seconds=0.05)
        await first
        await paced.complete(PROMPT, deadline_seconds=5)
    assert len(server.bodies) == 2


async def test_a_call_has_no_longer_than_a_call_may_take() -> None:
    chat = ScriptedChat(["hello"])
    await Pacing(chat, 1, call_seconds=60).complete(PROMPT, deadline_seconds=100)
    await Pacing(chat, 1, call_seconds=60).complete(PROMPT, deadline_seconds=10)
    assert chat.deadlines[0] == 60
    assert 9 < chat.deadlines[1] <= 10


@pytest.mark.parametrize("takes", [1, 3, 8])
async def test_it_settles_near_what_the_server_takes_and_recovers(
    takes: int, record_property: Callable[[str, object], None]
) -> None:
    async with opened(cortex, most_connections=16) as (chat, server):
        server.seconds, server.takes_at_once = 0.001, takes
        pacing = Pacing(chat, 16)
        model = Retries(pacing, RetryPolicy(first_wait_seconds=0.002))
        await ask(model, 300)
        assert DECREASE * takes - 1 <= pacing.limit <= takes + 1
        record_property(f"throttled of 300 where {takes} are taken", server.throttled)
        descent = 16 / (1 - DECREASE)  # calls above what is taken, were that nothing
        assert 0 < server.throttled <= descent + 300 / (1 + takes)

        server.takes_at_once = 16
        await ask(model, 600)
    assert pacing.limit == 16


async def ask(model: ChatModel, times: int) -> None:
    await asyncio.gather(*(model.complete(PROMPT, deadline_seconds=60) for _ in range(times)))


@dataclass
class Crowd:
    """Callers of a paced model whose calls stay under way until told how they end."""

    most: int
    model: str = "held"
    came: list[int] = field(default_factory=list)
    under_way: list[asyncio.Future[None]] = field(default_factory=list)
    callers: list[asyncio.Task[Completion]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.pacing = Pacing(self, self.most)

    async def complete(self, prompt: Prompt, *, deadline_seconds: float) -> Completion:
        assert deadline_seconds > 0
        self.came.append(prompt.seed or 0)
        ending = asyncio.get_running_loop().create_future()
        self.under_way.append(ending)
        try:
            await ending
        finally:
            self.under_way.remove(ending)
        return Completion("hello", self.model)

    async def play(self, step: str) -> None:
        """Another caller comes, the oldest call under way ends, or the last caller gives up."""
        if step == "call":
            prompt = replace(PROMPT, seed=len(self.callers))
            self.callers.append(
                asyncio.create_task(self.pacing.complete(prompt, deadline_seconds=60))
            )
        elif step == "give up" and self.left:
            self.left[-1].cancel()
        elif step == "reply" and self.under_way:
            self.under_way[0].set_result(None)
        elif step == "throttle" and self.under_way:
            self.under_way[0].set_exception(ChatThrottled())
        for _ in range(6):  # turns of the event loop from the end of one call into the next
            await asyncio.sleep(0)

    @property
    def left(self) -> list[asyncio.Task[Completion]]:
        return [caller for caller in self.callers if not caller.done()]


async def test_a_crowd_that_is_throttled_counts_once() -> None:
    crowd = Crowd(most=10)
    for step in ["call"] * 30 + ["throttle"] * 10:
        await crowd.play(step)
    assert (crowd.pacing.limit, len(crowd.came)) == (7, 17)
    await crowd.play("throttle")
    assert crowd.pacing.limit == 4
    while crowd.left:
        await crowd.play("throttle")
    assert crowd.pacing.limit == 1
    await asyncio.gather(*crowd.callers, return_exceptions=True)


async def test_a_turn_that_comes_as_its_caller_gives_up_goes_to_the_next() -> None:
    crowd = Crowd(most=1)
    for _ in range(3):
        await crowd.play("call")
    crowd.under_way[0].set_result(None)
    await asyncio.sleep(0)  # the first caller is done and has passed its turn on
    assert crowd.callers[0].done()
    crowd.callers[1].cancel()
    await crowd.play("nothing else")
    assert (crowd.came, len(crowd.under_way)) == ([0, 2], 1)
    await crowd.play("reply")
    await asyncio.gather(*crowd.callers, return_exceptions=True)


@given(
    st.integers(1, 6),
    st.lists(st.sampled_from(["call", "call", "reply", "throttle", "give up"]), max_size=60),
)
def test_calls_go_in_their_order_within_the_limit_and_nobody_waits_for_nothing(
    most: int, steps: list[str]
) -> None:
    async def played() -> None:
        crowd = Crowd(most)
        for step in steps:
            before = len(crowd.came)
            await crowd.play(step)
            assert 1 <= crowd.pacing.limit <= most
            assert len(crowd.came) == before or len(crowd.under_way) <= crowd.pacing.limit
            waiting = len(crowd.left) - len(crowd.under_way)
            assert waiting == 0 or len(crowd.under_way) >= crowd.pacing.limit
        while crowd.left:
            await crowd.play("reply")
        assert crowd.came == sorted(set(crowd.came))
        await asyncio.gather(*crowd.callers, return_exceptions=True)

    asyncio.run(played())
