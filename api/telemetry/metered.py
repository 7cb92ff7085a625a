"""Metered: engines and models that count and trace what they do, in the shape of their own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import structlog
from prometheus_client import Counter

from api.telemetry.metrics import EngineMetrics, ModelMetrics, ReactionMetrics
from api.telemetry.tracing import span
from domain.customers import Panel
from domain.engines import ReactionModel
from domain.errors import TwinError
from domain.language_model import ChatModel, Completion, Prompt
from domain.personas import Persona
from domain.reactions import Answer, Engine, Reaction
from domain.scenarios import Scenario

OK, GIVEN_UP, UNEXPECTED = "ok", "given_up", "internal"


@dataclass(frozen=True, slots=True)
class MeteredReactions:
    """A ReactionModel whose reactions and answers are counted."""

    model: ReactionModel
    metrics: ReactionMetrics

    @property
    def engine(self) -> Engine:
        """See ReactionModel."""
        return self.model.engine

    @property
    def asks(self) -> str | None:
        """See ReactionModel."""
        return self.model.asks

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        """See ReactionModel."""
        with self._metered("react", self.metrics.reactions, persona):
            reaction = await self.model.react(scenario, persona, panel, seed, earlier)
        self.metrics.note(self.engine, reaction.provenance)
        return reaction

    async def answer(
        self, persona: Persona, known: Answer, seed: int, earlier: Sequence[str] = ()
    ) -> Answer:
        """See ReactionModel."""
        with self._metered("answer", self.metrics.answers, persona):
            answer = await self.model.answer(persona, known, seed, earlier)
        self.metrics.note(self.engine, answer.provenance)
        return answer

    @contextmanager
    def _metered(self, doing: str, metrics: EngineMetrics, persona: Persona) -> Iterator[None]:
        started = time.perf_counter()
        try:
            with _outcome(metrics.asked, self.engine), span(doing, **self._about(persona)):
                yield
        finally:
            metrics.seconds.labels(self.engine).observe(time.perf_counter() - started)

    def _about(self, persona: Persona) -> dict[str, str | int]:
        job = structlog.contextvars.get_contextvars()
        attributes = {f"cdt.{name}": job[name] for name in ("simulation_id", "call") if name in job}
        return {**attributes, "cdt.engine": self.engine, "cdt.segment_id": persona.segment_id}


@dataclass(frozen=True, slots=True)
class MeteredChat:
    """A domain.language_model.chat.ChatModel whose requests, tokens and cost are counted."""

    chat: ChatModel
    metrics: ModelMetrics

    @property
    def model(self) -> str:
        """See domain.language_model.chat.ChatModel."""
        return self.chat.model

    async def complete(self, prompt: Prompt, *, deadline_seconds: float) -> Completion:
        """See domain.language_model.chat.ChatModel."""
        started = time.perf_counter()
        try:
            with (
                _outcome(self.metrics.calls),
                span("chat", **{"gen_ai.request.model": self.model}) as chat_span,
            ):
                completion = await self.chat.complete(prompt, deadline_seconds=deadline_seconds)
                chat_span.set_attribute("gen_ai.usage.input_tokens", completion.input_tokens)
                chat_span.set_attribute("gen_ai.usage.output_tokens", completion.output_tokens)
        finally:
            self.metrics.seconds.observe(time.perf_counter() - started)
        self.metrics.spend(completion.input_tokens, completion.output_tokens)
        return completion


def outcome_of(error: BaseException) -> str:
    """A word for a failure: the code of one of ours, `given_up` by a caller, or `internal`."""
    if isinstance(error, TwinError):
        return error.code
    return GIVEN_UP if isinstance(error, asyncio.CancelledError) else UNEXPECTED


@contextmanager
def _outcome(counter: Counter, *labels: str) -> Iterator[None]:
    try:
        yield
    except BaseException as error:
        counter.labels(*labels, outcome_of(error)).inc()
        raise
    counter.labels(*labels, OK).inc()
