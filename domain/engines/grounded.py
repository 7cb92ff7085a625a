"""Grounded engine: numbers from another engine, words from a language model given those."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.customers import Panel
from domain.engines.reaction_model import ReactionModel
from domain.errors import BudgetSpent, ChatFailed, ReplyInvalid, TwinError
from domain.language_model import (
    DEADLINE_SECONDS,
    OWN_SENTENCES,
    PROMPT_HASH,
    Completion,
    Exchange,
    KeepingChat,
    Question,
    ReactionReply,
    answer_in_words,
    fallback_answer,
    reaction_prompt,
    read_reaction,
)
from domain.personas import Persona
from domain.reactions import Action, Answer, Degraded, Engine, Provenance, Reaction
from domain.scenarios import Scenario

# What leaves an engine without a language model's words, whose numbers it has already.
NO_WORDS = (ChatFailed, BudgetSpent)
INDIFFERENT = 0.1  # sentiment within this of zero has no sign worth disputing
# What a customer says who does it, and what the numbers must then hold to be likely.
CLAIMS: tuple[tuple[re.Pattern[str], frozenset[Action]], ...] = (
    (
        re.compile(
            r"\bi(?: a|['\u2019])m (?:leaving|cancell?ing|switching|gone|out of here)\b"
            r"|\bi(?: wi|['\u2019])ll (?:leave|cancel|switch) (?:today|now|this|right|for|to [A-Z])"
            r"|\b(?:cancel|close) my (?:account|service|line)\b",
            re.IGNORECASE,
        ),
        frozenset({Action.CHURN, Action.THREATEN_CHURN}),
    ),
    (
        re.compile(r"\b(?:sign me up|upgrade me|i(?: a|['\u2019])m upgrading)\b", re.IGNORECASE),
        frozenset({Action.UPGRADE, Action.ACCEPT}),
    ),
    (
        re.compile(r"\b(?:downgrade me|i(?: a|['\u2019])m downgrading)\b", re.IGNORECASE),
        frozenset({Action.DOWNGRADE}),
    ),
)


@dataclass(frozen=True)
class GroundedReactions:
    """Engine `grounded`: numbers from another engine, words from the model, given those numbers.

    Words that contradict the numbers are asked again. When no words can be had, for whatever
    reason, the numbers are known all the same: the other engine's own words stand, and `degraded`
    in the provenance says why, so that nobody takes them for the model's.
    """

    numbers: ReactionModel
    chat: KeepingChat
    deadline_seconds: float = DEADLINE_SECONDS

    @property
    def engine(self) -> Engine:
        """The name reactions carry in their provenance."""
        return "grounded"

    @property
    def asks(self) -> str:
        """See ReactionModel."""
        return self.chat.model

    async def answer(
        self, persona: Persona, known: Answer, seed: int, earlier: Sequence[str] = ()
    ) -> Answer:
        """See ReactionModel. When the model fails, `known` stands, marked so."""
        exchange = Exchange(self.chat, self.deadline_seconds)
        try:
            return await answer_in_words(exchange, persona, known, seed, earlier)
        except NO_WORDS as failure:
            return fallback_answer(exchange, known, seed, failure)

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        """See ReactionModel. When the model fails, the numbers stand, marked so."""
        exchange = Exchange(self.chat, self.deadline_seconds)
        known = await self.numbers.react(scenario, persona, panel, seed, earlier)
        if not known.measurable:
            return _in_own_words(known, exchange)
        try:
            reply = await exchange.until_valid(
                reaction_prompt(_about(known, scenario, persona, seed, earlier)),
                lambda completion: _agreeing(completion, known),
            )
        except NO_WORDS as failure:
            return _in_own_words(known, exchange, failure)
        return _reworded(known, reply, exchange)


def _about(
    known: Reaction, scenario: Scenario, persona: Persona, seed: int, earlier: Sequence[str]
) -> Question:
    return Question(
        persona=persona,
        text=scenario.text,
        levers=known.levers,
        notice_days=scenario.notice_days,
        evidence=known.provenance.evidence,
        seed=seed,
        known=known,
        earlier=earlier,
    )


def _agreeing(completion: Completion, known: Reaction) -> ReactionReply:
    """The reply, when neither its numbers nor its claims go against those that stand."""
    reply = read_reaction(completion, OWN_SENTENCES)
    if reply.likely_action is not known.likely_action:
        raise ReplyInvalid(f"likely_action was measured as {known.likely_action}")
    measured = known.sentiment_score
    if abs(measured) > INDIFFERENT and reply.sentiment_score * measured < 0:
        raise ReplyInvalid(f"sentiment was measured as {round(100 * measured)}")
    spoken = f"{reply.initial_reaction} {reply.sample_verbatim}"
    for claim, actions in CLAIMS:
        if claim.search(spoken) and known.likely_action not in actions:
            raise ReplyInvalid(f"the words claim another action than {known.likely_action}")
    return reply


def _reworded(known: Reaction, reply: ReactionReply, exchange: Exchange) -> Reaction:
    words = {
        "initial_reaction": reply.initial_reaction,
        "reasoning": reply.reasoning,
        "what_would_change_mind": reply.what_would_change_mind,
        "sample_verbatim": reply.sample_verbatim,
    }
    provenance = _grounded(known.provenance, exchange, exchange.chat.model)
    return known.with_(**words, provenance=provenance)


def _in_own_words(
    known: Reaction, exchange: Exchange, failure: TwinError | None = None
) -> Reaction:
    """The numbers in their own words; without a failure because no others were asked for."""
    degraded = Degraded.by(failure) if failure else None
    provenance = _grounded(known.provenance, exchange, known.provenance.model)
    return known.with_(provenance=provenance.with_(degraded=degraded))


def _grounded(numbers: Provenance, exchange: Exchange, words_by: str) -> Provenance:
    return numbers.with_(
        engine="grounded",
        words_by=words_by,
        prompt_hash=PROMPT_HASH if exchange.attempts else None,
        **exchange.usage(),
    )
