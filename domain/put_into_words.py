"""Put into words: numbers from one engine, words from a language model that was given them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.asking import DEADLINE_SECONDS, Asking
from domain.chat import ChatModel, Completion
from domain.errors import ReplyInvalid
from domain.personas import Persona
from domain.ports import ReactionModel
from domain.prompts import OWN_SENTENCES, PROMPT_HASH, Question, reaction_prompt
from domain.reactions import Action, Engine, Provenance, Reaction
from domain.replies import Said, read_reaction
from domain.scenarios import Scenario
from domain.simulations import Panel

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

    Words that contradict the numbers are asked again; after that the other engine's own words
    stand, and `words_by` in the provenance says so.
    """

    numbers: ReactionModel
    chat: ChatModel
    deadline_seconds: float = DEADLINE_SECONDS
    earlier: Sequence[str] = ()  # what was said in a conversation before

    @property
    def engine(self) -> Engine:
        """The name reactions carry in their provenance."""
        return "grounded"

    async def react(
        self, scenario: Scenario, persona: Persona, panel: Panel, seed: int
    ) -> Reaction:
        """See domain.ports.ReactionModel. Raises ChatFailed when no reply can be had at all."""
        asking = Asking(self.chat, self.deadline_seconds)
        known = await self.numbers.react(scenario, persona, panel, seed)
        if not known.measurable:
            return _kept(known, asking)
        try:
            said = await asking.until_valid(
                reaction_prompt(_about(known, scenario, persona, seed, self.earlier)),
                lambda completion: _agreeing(completion, known),
            )
        except ReplyInvalid:
            return _kept(known, asking)
        return _reworded(known, said, asking)


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


def _agreeing(completion: Completion, known: Reaction) -> Said:
    """What was said, when neither its numbers nor its claims go against those that stand."""
    said = read_reaction(completion, OWN_SENTENCES)
    if said.likely_action is not known.likely_action:
        raise ReplyInvalid(f"likely_action was measured as {known.likely_action}")
    felt = known.sentiment_score
    if abs(felt) > INDIFFERENT and said.sentiment_score * felt < 0:
        raise ReplyInvalid(f"sentiment was measured as {round(100 * felt)}")
    spoken = f"{said.initial_reaction} {said.sample_verbatim}"
    for claim, actions in CLAIMS:
        if claim.search(spoken) and known.likely_action not in actions:
            raise ReplyInvalid(f"the words claim another action than {known.likely_action}")
    return said


def _reworded(known: Reaction, said: Said, asking: Asking) -> Reaction:
    words = {
        "initial_reaction": said.initial_reaction,
        "reasoning": said.reasoning,
        "what_would_change_mind": said.what_would_change_mind,
        "sample_verbatim": said.sample_verbatim,
    }
    provenance = _grounded(known.provenance, asking, asking.chat.model)
    return known.model_copy(update={**words, "provenance": provenance})


def _kept(known: Reaction, asking: Asking) -> Reaction:
    provenance = _grounded(known.provenance, asking, known.provenance.model)
    return known.model_copy(update={"provenance": provenance})


def _grounded(numbers: Provenance, asking: Asking, words_by: str) -> Provenance:
    return numbers.model_copy(
        update={
            "engine": "grounded",
            "words_by": words_by,
            "prompt_hash": PROMPT_HASH if asking.attempts else None,
            "attempts": max(asking.attempts, 1),
            "input_tokens": asking.input_tokens,
            "output_tokens": asking.output_tokens,
            "cached": asking.cached,
            "tokens_estimated": asking.estimated,
        }
    )
