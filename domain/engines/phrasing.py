"""Phrasing: what a persona says when the choice model speaks through it.

The sentences are composed from the forecast and the levers, chosen by seed, and never claim more
than the numbers do. They are labelled with the engine `choice` wherever they appear.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass

from domain.choice import Forecast
from domain.levers import NOTHING_MEASURABLE, AnyLever, money
from domain.personas import Persona
from domain.reactions import ACTIONS, Action


@dataclass(frozen=True, slots=True)
class Concession:
    """The move that would please the segment most, and what it would do.

    `unhappy_before` and `unhappy_after` are shares who complain, threaten or leave.
    """

    offer: str
    unhappy_before: float
    unhappy_after: float


@dataclass(frozen=True, slots=True)
class Words:
    """The four texts of a reaction."""

    initial_reaction: str
    reasoning: str
    what_would_change_mind: str
    sample_verbatim: str


OPENINGS: dict[str, tuple[str, ...]] = {
    "furious": (
        "You have to be kidding: {what}?",
        "{What}? That is exactly how you lose people like me.",
        "So now it is {what}. I am done being patient.",
    ),
    "annoyed": (
        "{What}? I am not happy about that.",
        "Great, {what}. Nobody asked me.",
        "I saw the part about {what}, and it does not sit well with me.",
    ),
    "flat": (
        "{What}. Fine, I suppose.",
        "All right, {what}. It does not change much for me.",
        "{What}? I will see how it shows up on my bill.",
    ),
    "pleased": (
        "{What}? I will take that.",
        "Oh, {what}. That is a nice surprise.",
        "{What}. For once something that helps me.",
    ),
    "delighted": (
        "{What}? That is fantastic.",
        "Finally: {what}. This is what I have been waiting for.",
        "{What}. Now that is how you treat a customer.",
    ),
}

VERBATIMS: dict[Action, tuple[str, ...]] = {
    Action.ACCEPT: (
        "Okay, that works for me. Do I have to do anything?",
        "Sounds fair. Just make sure my next bill is right.",
        "I am good with it. Keep it like that.",
    ),
    Action.IGNORE: (
        "I saw the message. I will leave everything as it is.",
        "It is fine. I have other things to think about.",
        "I will just wait and see what happens.",
    ),
    Action.COMPLAIN: (
        "I want someone to explain to me why this is happening.",
        "This is not what I signed up for. Please put that on record.",
        "Who decided this? I would like to make a complaint.",
    ),
    Action.THREATEN_CHURN: (
        "If that is final, I will be looking at other carriers. What can you do for me?",
        "I want to cancel. What can you offer me to stay?",
        "Give me one reason not to switch this week.",
    ),
    Action.CHURN: (
        "Please tell me how to move my number. I am leaving.",
        "I have already signed up somewhere else.",
        "That was the last straw. Close my account.",
    ),
    Action.UPGRADE: (
        "How do I move up to that? I want it this month.",
        "Put me on the bigger plan, please.",
        "That is worth paying for. Switch me over.",
    ),
    Action.DOWNGRADE: (
        "Then put me on something smaller.",
        "What is the cheapest plan that still covers what I use?",
        "I will drop to a lower plan, I do not need all of this.",
    ),
}

ACTION_PHRASES: dict[Action, str] = {
    Action.ACCEPT: "go along with it",
    Action.IGNORE: "carry on as before",
    Action.COMPLAIN: "complain",
    Action.THREATEN_CHURN: "threaten to leave",
    Action.CHURN: "leave",
    Action.UPGRADE: "move to a bigger plan",
    Action.DOWNGRADE: "move to a smaller plan",
}

FEATURE_WORDS: dict[str, str] = {
    "price_rise": "paying more",
    "value_removed": "losing something I had",
    "bad_news": "being handed bad news at all",
    "policy_tightened": "a tighter rule",
    "network_loss": "a worse network",
    "lock_in": "being tied to a contract",
    "competitor_pull": "a rival's better deal",
    "price_cut": "paying less",
    "value_add": "getting something extra",
    "credit": "money back",
    "policy_loosened": "an easier rule",
    "network_gain": "a better network",
    "loyalty_reward": "being rewarded for staying",
    "freed": "being free of the contract",
    "told": "being told of the move",
    "step_up": "a bigger plan worth its price",
    "step_down": "a cheaper plan that is enough",
}


def speak(
    persona: Persona,
    levers: Sequence[AnyLever],
    forecast: Forecast,
    concession: Concession,
    rng: random.Random,
) -> Words:
    """The words of one reaction; the same forecast and rng state give the same words."""
    what = " and ".join(lever.describe() for lever in levers[:3])
    opening = rng.choice(OPENINGS[_tone(forecast.sentiment.value)])
    return Words(
        initial_reaction=opening.format(what=what, What=what[:1].upper() + what[1:]),
        reasoning=_reasoning(persona, forecast),
        what_would_change_mind=_change_of_mind(concession),
        sample_verbatim=rng.choice(VERBATIMS[forecast.likely_action]),
    )


def say_nothing_measurable(persona: Persona, forecast: Forecast) -> Words:
    """What is said when no lever was understood: that, and how things stand today."""
    return Words(
        initial_reaction=f"{NOTHING_MEASURABLE}.",
        reasoning=(
            f"{NOTHING_MEASURABLE}, so no effect is claimed. Without any move, "
            f"{_out_of_100(forecast)} in a month among {persona.segment_name}."
        ),
        what_would_change_mind=(
            "Say what changes for customers: an amount or percentage, what is included or taken "
            "away, which plans, and from when."
        ),
        sample_verbatim="I do not see what this changes for me.",
    )


def _tone(sentiment: float) -> str:
    bands = ((-0.55, "furious"), (-0.12, "annoyed"), (0.15, "flat"), (0.45, "pleased"))
    return next((name for top, name in bands if sentiment < top), "delighted")


def _reasoning(persona: Persona, forecast: Forecast) -> str:
    sentences = [f"My bill is about {money(round(forecast.monthly_bill_dollars))} a month."]
    if forecast.affected_share < 0.995:
        sentences.append(
            f"This touches {forecast.affected_share:.0%} of {persona.segment_name} at all."
        )
    moving = [c for c in forecast.contributions if c.feature != "told"][:2]
    if moving:
        reasons = " and ".join(FEATURE_WORDS[c.feature] for c in moving)
        sentences.append(f"What weighs most is {reasons}.")
    sentences.append(f"In a month, {_out_of_100(forecast)}.")
    return " ".join(sentences)


def _out_of_100(forecast: Forecast) -> str:
    """The three most likely actions as people out of a hundred."""
    order = sorted(range(len(ACTIONS)), key=lambda i: -forecast.mix[i])[:3]
    first, *rest = (f"{100 * forecast.mix[i]:.0f} {ACTION_PHRASES[ACTIONS[i]]}" for i in order)
    return f"of 100 customers like me {first}, {rest[0]} and {rest[1]}"


def _change_of_mind(concession: Concession) -> str:
    return (
        f"{concession.offer} would do most: the share of us who complain, threaten to leave or "
        f"leave would go from {concession.unhappy_before:.1%} to {concession.unhappy_after:.1%}."
    )
