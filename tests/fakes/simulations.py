"""Requests, calls and reactions to store: valid, small and different where it matters."""

from __future__ import annotations

from adapters.store import SqlSimulationStore
from domain.errors import NotStorable
from domain.levers import PriceChange
from domain.reactions import ACTIONS, Action, Evidence, Provenance, Reaction
from domain.scenarios.scenario import Scenario
from domain.simulations.simulation import (
    Call,
    Failure,
    FinishedCall,
    LeasedCall,
    SimulationRequest,
)
from domain.simulations.usage import NOTHING, Spent


def a_request(text: str = "Prices rise by $5 a month.", **fields: object) -> SimulationRequest:
    """A request of one scenario unless `scenarios` says otherwise."""
    return SimulationRequest.model_validate({"scenarios": [Scenario(text=text)], **fields})


def some_calls(total: int) -> tuple[Call, ...]:
    """Calls of one scenario, repeated over personas nobody needs to know."""
    return tuple(
        Call(
            index=index,
            scenario_index=0,
            repeat=index,
            persona_id=f"per_{index % 8}",
            segment_id=f"S{index % 8 + 1}",
        )
        for index in range(total)
    )


def a_reaction(words: str = "Not again.", seed: int = 42) -> Reaction:
    """A coherent reaction that says these words, with floats no decimal writes exactly."""
    mix = dict.fromkeys(ACTIONS, 0.1) | {Action.IGNORE: 1 / 3, Action.CHURN: 0.4 - 1 / 3}
    mix[Action.ACCEPT] += 0.1
    return Reaction(
        initial_reaction=words,
        sentiment_score=-2 / 7,
        likely_action=Action.IGNORE,
        action_probability=mix[Action.IGNORE],
        reasoning=words,
        what_would_change_mind=words,
        sample_verbatim=words,
        measurable=True,
        action_probabilities=mix,
        drivers=(),
        levers=(PriceChange(amount_dollars=5),),
        effects=None,
        provenance=Provenance(
            engine="choice",
            model="made up",
            seed=seed,
            persona_version=1,
            data_as_of="2026-03-01",
            customers_asked=30,
            evidence=(Evidence(id="e1", source="RAW.SUPPORT_INTERACTIONS", text="Ünïcode \x00"),),
        ),
    )


def finish(
    store: SqlSimulationStore,
    leased: LeasedCall,
    outcome: Reaction | Failure,
    latency_ms: float,
    spent: Spent = NOTHING,
) -> bool:
    """Whether the outcome of one call was stored. Raises NotStorable."""
    (stored,) = store.finish([FinishedCall(leased, outcome, latency_ms, spent)])
    if isinstance(stored, NotStorable):
        raise stored
    return stored
