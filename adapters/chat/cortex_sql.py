"""Snowflake Cortex through SQL: calls that arrive together become one statement.

This is the way to thousands of replies; for one that somebody waits for, REST is quicker. The
connector blocks, so each statement takes a thread, of which there are few.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from adapters.chat.ai_complete import (
    MOST_PROMPTS,
    Outcome,
    RequestOptions,
    complete_in_one_statement,
    statements_of,
)
from adapters.snowflake.sessions import Sessions
from domain.errors import ChatFailed, ChatTimedOut
from domain.language_model import Completion, Prompt

GATHERING_SECONDS = 0.005  # chosen: longer than a burst of calls takes, nothing beside a reply
STATEMENTS = 4  # at once, each with a thread and a session


@dataclass(frozen=True, slots=True, eq=False)
class _Call:
    prompt: Prompt
    outcome: asyncio.Future[Outcome]


class CortexSql:
    """A chat model that gathers calls for a moment and asks them by one statement.

    Belongs to one event loop. A call that runs out of time is given up here while its statement
    runs on, up to the session's own limit.
    """

    def __init__(
        self,
        sessions: Sessions,
        model: str,
        statements: int = STATEMENTS,
        gathering_seconds: float = GATHERING_SECONDS,
    ) -> None:
        self._sessions = sessions
        self._model = model
        self._gathering_seconds = gathering_seconds
        self._threads = ThreadPoolExecutor(statements, thread_name_prefix="ai-complete")
        self._gathered: list[_Call] = []
        self._timer: asyncio.TimerHandle | None = None

    @property
    def model(self) -> str:
        """See domain.language_model.chat.ChatModel."""
        return self._model

    async def complete(self, prompt: Prompt, *, deadline_seconds: float) -> Completion:
        """See domain.language_model.chat.ChatModel."""
        call = _Call(prompt, asyncio.get_running_loop().create_future())
        self._gather(call)
        try:
            async with asyncio.timeout(deadline_seconds):
                outcome = await call.outcome
        except TimeoutError as error:
            raise ChatTimedOut(deadline_seconds) from error
        if isinstance(outcome, ChatFailed):
            raise outcome
        return outcome

    def close(self) -> None:
        """Start no more statements; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _gather(self, call: _Call) -> None:
        self._gathered.append(call)
        if len(self._gathered) == MOST_PROMPTS:
            self._send()
        elif self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._gathering_seconds, self._send)

    def _send(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None
        calls, self._gathered = _waiting(self._gathered), []
        loop = asyncio.get_running_loop()
        for options, positions in statements_of(self._model, [call.prompt for call in calls]):
            asked = [calls[position] for position in positions]
            done = loop.run_in_executor(self._threads, self._ask, options, asked)
            done.add_done_callback(partial(_settle, asked))

    def _ask(self, options: RequestOptions, calls: Sequence[_Call]) -> list[tuple[_Call, Outcome]]:
        """Runs on a thread, perhaps after a wait in which callers gave up."""
        left = _waiting(calls)
        prompts = [call.prompt for call in left]
        outcomes = complete_in_one_statement(self._sessions, self._model, options, prompts)
        return list(zip(left, outcomes, strict=True))


def _waiting(calls: Sequence[_Call]) -> list[_Call]:
    return [call for call in calls if not call.outcome.done()]


def _settle(calls: Sequence[_Call], done: asyncio.Future[list[tuple[_Call, Outcome]]]) -> None:
    """Hand out what came, or whatever kept the statement from being asked."""
    if done.cancelled():
        for call in calls:
            call.outcome.cancel()
    elif (error := done.exception()) is not None:
        for call in _waiting(calls):
            call.outcome.set_exception(error)
    else:
        for call, outcome in done.result():
            if not call.outcome.done():
                call.outcome.set_result(outcome)
