"""LLM engine: a language model answers everything."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from domain.customers import Panel, Sample, draw_sample
from domain.evidence import ByWords, Found, Retriever
from domain.language_model import (
    DEADLINE_SECONDS,
    OWN_SENTENCES,
    PROMPT_HASH,
    QUOTES,
    Completion,
    Exchange,
    KeepingChat,
    Question,
    ReactionReply,
    answer_in_words,
    reaction_prompt,
    read_reaction,
)
from domain.lever_parsing import read_levers
from domain.personas import CustomerBase, Persona
from domain.reactions import Answer, Engine, Provenance, Reaction
from domain.scenarios import Scenario, Understanding


@dataclass(frozen=True)
class ModelReactions:
    """Engine `llm`: the model answers everything, as one customer would.

    Its numbers are what a model says, so no effect on churn or revenue is made of them.
    """

    customers: CustomerBase
    chat: KeepingChat
    deadline_seconds: float = DEADLINE_SECONDS
    retriever: Retriever = field(default_factory=ByWords)

    @property
    def engine(self) -> Engine:
        """The name reactions carry in their provenance."""
        return "llm"

    @property
    def asks(self) -> str:
        """See ReactionModel."""
        return self.chat.model

    async def answer(
        self, persona: Persona, known: Answer, seed: int, earlier: Sequence[str] = ()
    ) -> Answer:
        """See ReactionModel. Raises ChatFailed when no valid reply can be had."""
        exchange = Exchange(self.chat, self.deadline_seconds)
        return await answer_in_words(exchange, persona, known, seed, earlier)

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        """See ReactionModel. Raises ChatFailed when no valid reply can be had."""
        exchange = Exchange(self.chat, self.deadline_seconds)
        verbatims = await asyncio.to_thread(self.customers.verbatims, persona.segment_id)
        found = await self.retriever.find(scenario.text, verbatims, QUOTES)
        asked, reading, sample = await asyncio.to_thread(
            self._prepared, scenario, persona, panel, seed, found
        )
        asked = replace(asked, earlier=earlier)
        reply = await exchange.until_valid(reaction_prompt(asked), _read)
        provenance = self._provenance(asked, exchange, sample, found)
        return _reaction(asked, reply, provenance).with_(reading=reading)

    def _prepared(
        self, scenario: Scenario, persona: Persona, panel: Panel, seed: int, found: Found
    ) -> tuple[Question, Understanding | None, Sample]:
        """The question, how far its text was read, and whom the persona speaks for."""
        sample = draw_sample(
            self.customers.respondents(), persona.segment_id, panel, scenario, seed
        )
        reading = read_levers(scenario.text, self.customers.carrier)
        notice = scenario.notice_days
        asked = Question(
            persona=persona,
            text=scenario.text,
            levers=reading.levers if scenario.levers is None else scenario.levers,
            notice_days=reading.notice_days if notice is None else notice,
            evidence=found.evidence,
            seed=seed,
        )
        return asked, None if scenario.levers is not None else reading.understanding, sample

    def _provenance(
        self, asked: Question, exchange: Exchange, sample: Sample, found: Found
    ) -> Provenance:
        return Provenance(
            engine="llm",
            model=self.chat.model,
            seed=asked.seed,
            prompt_hash=PROMPT_HASH,
            attempts=exchange.attempts,
            input_tokens=exchange.input_tokens,
            output_tokens=exchange.output_tokens,
            cached=exchange.cached,
            tokens_estimated=exchange.estimated,
            persona_version=asked.persona.version,
            data_as_of=self.customers.as_of,
            customers_asked=len(sample.people),
            audience_share=sample.audience_share,
            evidence=found.evidence,
            evidence_by=found.found_by,
        )


def _read(completion: Completion) -> ReactionReply:
    return read_reaction(completion, OWN_SENTENCES)


def _reaction(asked: Question, reply: ReactionReply, provenance: Provenance) -> Reaction:
    return Reaction(
        initial_reaction=reply.initial_reaction,
        sentiment_score=reply.sentiment_score,
        likely_action=reply.likely_action,
        action_probability=reply.action_probabilities[reply.likely_action],
        reasoning=reply.reasoning,
        what_would_change_mind=reply.what_would_change_mind,
        sample_verbatim=reply.sample_verbatim,
        measurable=bool(asked.levers),
        action_probabilities=reply.action_probabilities,
        drivers=(),
        levers=tuple(asked.levers),
        effects=None,
        provenance=provenance,
    )
