"""Estimate: what a simulation will take of a language model, of money and of time, before it runs.

Tokens come from the very prompts that would be sent, at so many characters per token; English text
has about four (OpenAI, "What are tokens and how to count them?"), and the ends of a range take
three and five. A reply holds four texts of at most fifty words and seven numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from domain.catalog import Carrier
from domain.language_model import ATTEMPTS, MOST_TOKENS, QUOTES, Question, reaction_prompt
from domain.lever_parsing import read_levers
from domain.personas import CustomerBase, Persona
from domain.reactions import Engine, Evidence
from domain.scenarios import Scenario
from domain.simulations.simulation import Call, LeftOut, SimulationRequest
from domain.simulations.usage import Price
from domain.values import Value

CHARACTERS_PER_TOKEN = (5.0, 4.0, 3.0)  # for the low, the expected and the high figure
REPLY_TOKENS = (250, 450, MOST_TOKENS)  # prompts.py: four texts and the numbers take about 450

Count = Annotated[int, Field(ge=0)]


class Range(Value):
    """A count with the ends between which it will most likely lie."""

    low: Count
    expected: Count
    high: Count


class CostRange(Value):
    """Dollars, with the ends between which they will most likely lie."""

    low: float
    expected: float
    high: float


class RunEstimate(Value):
    """What a simulation will take. Nothing has run and nothing is kept.

    `model_calls` is 0 for the engine `choice`, which asks no model; its high end has every reply
    asked again as often as is allowed. `cost_dollars` is None when no price was told, `seconds`
    when no simulation of this engine has run yet. Replies had before cost nothing and are not
    counted out, and neither are personas that are `left_out` counted in.
    """

    engine: Engine
    model: str | None
    reactions: Count
    model_calls: Range
    input_tokens: Range
    output_tokens: Range
    cost_dollars: CostRange | None
    seconds: float | None
    left_out: tuple[LeftOut, ...] = ()


def estimate_tokens(
    request: SimulationRequest,
    calls: Sequence[Call],
    customers: CustomerBase,
) -> tuple[Range, Range, Range]:
    """Model calls, input tokens and output tokens of a request whose calls a model answers."""
    known = {persona.persona_id: persona for persona in customers.personas()}
    pairs = Counter((call.scenario_index, call.persona_id) for call in calls)
    characters = 0
    for (index, persona_id), times in pairs.items():
        persona = known[persona_id]
        quotes = customers.verbatims(persona.segment_id)[:QUOTES]
        scenario = request.scenarios[index]
        characters += times * _length(scenario, persona, quotes, customers.carrier)
    total = len(calls)
    model_calls = Range(low=total, expected=total, high=total * ATTEMPTS)
    low, expected, high = (round(characters / per_token) for per_token in CHARACTERS_PER_TOKEN)
    return (
        model_calls,
        Range(low=low, expected=expected, high=high * ATTEMPTS),
        Range(
            low=total * REPLY_TOKENS[0],
            expected=total * REPLY_TOKENS[1],
            high=total * REPLY_TOKENS[2] * ATTEMPTS,
        ),
    )


def cost_of(input_tokens: Range, output_tokens: Range, price: Price) -> CostRange:
    """What so many tokens cost."""
    ends = {
        end: price.cost(getattr(input_tokens, end), getattr(output_tokens, end))
        for end in ("low", "expected", "high")
    }
    return CostRange(**ends)


def _length(
    scenario: Scenario, persona: Persona, quotes: Sequence[Evidence], carrier: Carrier
) -> int:
    """Characters of the prompt that puts a scenario to a persona."""
    levers = scenario.levers
    if levers is None:
        levers = read_levers(scenario.text, carrier).levers
    asked = Question(persona, scenario.text, levers, scenario.notice_days, quotes, seed=0)
    prompt = reaction_prompt(asked)
    return len(prompt.system) + sum(map(len, prompt.user))
