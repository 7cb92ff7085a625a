"""Converse: show a scenario or a question to a persona that knows the turns before it.

The engine `choice` looks into the turns themselves. A language model is shown them as data. Nobody
changes the persona: what was said is in the conversation and nowhere else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from domain.customers import Panel
from domain.engines import ReactionModel
from domain.errors import FieldError, InvalidInput, StateConflict
from domain.interview.answer import answer
from domain.interview.conversations import ConversationStore, Turn
from domain.interview.follow_up import FollowUp, follow_up
from domain.interview.recall import Recalled, recall
from domain.lever_parsing import read_levers, refuse_unknown_plans
from domain.personas import CustomerBase, Persona
from domain.reactions import Answer, Reaction
from domain.scenarios import Scenario

EARLIER_CHARACTERS = 6_000  # of a prompt at most, about 1,500 tokens; the oldest turns go first
LINE_CHARACTERS = 600  # of one thing said


@dataclass(frozen=True, slots=True)
class Stimulus:
    """What a persona is asked next: exactly one of a scenario and a question."""

    scenario: Scenario | None
    question: str | None
    seed: int


@dataclass(frozen=True)
class Interviewer:
    """Asks personas by one engine."""

    customers: CustomerBase
    model: ReactionModel

    async def next_turn(
        self, persona: Persona, stimulus: Stimulus, turns: Sequence[Turn] = ()
    ) -> Turn:
        """The next turn: `turns` are all before it. The same turns and seed, the same turn.

        Raises what the engine raises.
        """
        index, earlier = len(turns), transcript(turns)
        changed = await asyncio.to_thread(self._changed, stimulus, turns) if turns else None
        if changed is not None:
            reaction = await self._react(persona, changed.scenario, stimulus.seed, earlier)
            reaction = _resting_on(reaction, (changed.turn,))
            return Turn(
                index=index, scenario=changed.scenario, question=stimulus.question, reply=reaction
            )
        if stimulus.scenario is not None:
            reaction = await self._react(persona, stimulus.scenario, stimulus.seed, earlier)
            return Turn(index=index, scenario=stimulus.scenario, reply=reaction)
        question = stimulus.question or ""
        known = await asyncio.to_thread(self._answer, persona, question, turns)
        reply = await self.model.answer(persona, known, stimulus.seed, earlier)
        return Turn(index=index, question=question, reply=reply)

    def _changed(self, stimulus: Stimulus, turns: Sequence[Turn]) -> FollowUp | None:
        """What is asked as a change of an earlier scenario. A scenario with levers is its own."""
        carrier, scenario = self.customers.carrier, stimulus.scenario
        if scenario is None:
            changed = follow_up(stimulus.question or "", turns, carrier)
            if changed is not None:
                refuse_unknown_plans(stimulus.question or "", self.customers, "/question")
            return changed
        if scenario.levers is not None or read_levers(scenario.text, carrier).levers:
            return None
        return follow_up(scenario.text, turns, carrier)

    async def _react(
        self, persona: Persona, scenario: Scenario, seed: int, earlier: Sequence[str]
    ) -> Reaction:
        panel = Panel(personas=(persona.persona_id,))
        return await self.model.react(scenario, persona, panel, seed, earlier)

    def _answer(self, persona: Persona, question: str, turns: Sequence[Turn]) -> Answer:
        recalled = recall(question, turns)
        known = answer(
            persona,
            question,
            () if recalled else self.customers.verbatims(persona.segment_id),
            engine=self.model.engine,
            data_as_of=self.customers.as_of,
        )
        return _recalled(known, recalled) if recalled else known


def turns_before(
    store: ConversationStore, conversation_id: str, tenant: str, persona: Persona, most: int
) -> Sequence[Turn]:
    """The turns of a conversation to go on with, none when it is new. Blocks.

    Raises InvalidInput when it is with another persona, StateConflict when it is full.
    """
    known = store.get(conversation_id, tenant)
    if known is None:
        return ()
    if known.persona_id != persona.persona_id:
        detail = (
            f"this conversation is with {known.persona_id}; open another with {persona.persona_id}"
        )
        raise InvalidInput([FieldError("/conversation_id", detail, "other_persona")])
    if known.turns >= most:
        raise StateConflict(f"this conversation has its {most} turns; open another")
    return store.turns(conversation_id, tenant, most)


def transcript(turns: Sequence[Turn]) -> tuple[str, ...]:
    """What was said, line by line, for a language model: the latest lines, EARLIER_CHARACTERS."""
    lines: list[str] = []
    left = EARLIER_CHARACTERS
    for turn in reversed(turns):
        exchange = (
            f"Asked: {turn.words[:LINE_CHARACTERS]}",
            f"Said: {turn.reply_text[:LINE_CHARACTERS]}",
        )
        left -= sum(map(len, exchange))
        if left < 0:
            break
        lines[:0] = exchange
    return tuple(lines)


def _resting_on(reaction: Reaction, turns: tuple[int, ...]) -> Reaction:
    return reaction.with_(provenance=reaction.provenance.with_(recalled=turns))


def _recalled(known: Answer, recalled: Recalled) -> Answer:
    provenance = known.provenance.with_(recalled=recalled.turns, evidence_by=None)
    return known.with_(text=recalled.text, provenance=provenance)
