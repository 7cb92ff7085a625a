"""Simulate: a request is accepted, its calls are had one by one, and it is concluded.

    plan_request -> accept -> react, once per leased call -> conclude

Threads, leases and pacing are the caller's. `react` waits for an engine; all else blocks.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.callers import PUBLIC, working_for
from domain.catalog import Carrier
from domain.customers import Segment
from domain.engines import ReactionModel
from domain.errors import (
    Damaged,
    EngineUnavailable,
    FieldError,
    InvalidInput,
    NotFound,
    StateConflict,
)
from domain.language_model import Meter, metered_by
from domain.personas import CustomerBase, Persona
from domain.reactions import Engine, Reaction
from domain.simulations.damage import DAMAGED, reason
from domain.simulations.plan import Plan, call_seed, plan_run
from domain.simulations.ports import SimulationReader, SubmissionStore
from domain.simulations.replay import compare_replay
from domain.simulations.simulation import (
    Allowance,
    CallRecord,
    CallState,
    Failure,
    Idempotency,
    LeasedCall,
    Replay,
    Simulation,
    SimulationRequest,
    SimulationState,
    Summary,
)
from domain.simulations.usage import NOTHING, Budget, Price, Usage, usage_of

ReactionModels = Mapping[Engine, ReactionModel]  # the first is the default
Summarize = Callable[
    [SimulationRequest, Sequence[CallRecord], Sequence[Segment], Carrier, Usage], Summary
]

# Failures that may pass: of the provider, of a part of ours, or of the time allowed.
PASSING = frozenset({"chat_throttled", "chat_broken", "chat_timed_out", "unavailable", "timeout"})
# Reactions of personas that are no more must not be scaled by another build's segments.
OTHER_BUILD = Failure(
    code="other_build",
    detail="the customers were built for another carrier or into other segments while it ran; "
    "ask again",
)


@dataclass(frozen=True, slots=True)
class Market:
    """Whose customers the personas speak for, and what a language model takes, if that is known."""

    customers: CustomerBase
    price: Price | None = None


@dataclass(frozen=True, slots=True)
class Submission:
    """What is to be accepted: a request with its calls, for whom, and under which key."""

    request: SimulationRequest
    plan: Plan
    tenant: str = PUBLIC
    idempotency: Idempotency | None = None
    replay_of: str | None = None


@dataclass(frozen=True, slots=True)
class Conclusion:
    """How a simulation ends."""

    state: SimulationState
    summary: Summary | None = None
    error: Failure | None = None


def plan_request(request: SimulationRequest, market: Market, models: ReactionModels) -> Plan:
    """The calls a request asks for, after checking all of it that can be.

    Raises EngineUnavailable and InvalidInput.
    """
    reaction_model(models, request.engine)
    check_budget(request.budget, market.price)
    return plan_run(request, market.customers)


def plan_replay(simulation: Simulation, store: SimulationReader, models: ReactionModels) -> Plan:
    """The calls of a simulation, to be had once more.

    Raises StateConflict until it is final, Damaged and EngineUnavailable.
    """
    if not simulation.state.final:
        raise StateConflict("it is still worked on; replay it once it is final")
    if simulation.damaged:
        raise Damaged("simulation")
    reaction_model(models, simulation.request.engine)
    records = store.records(simulation.id, simulation.counts.total)
    return Plan(tuple(record.call for record in records), simulation.left_out)


def check_budget(budget: Budget | None, price: Price | None) -> None:
    """Raise InvalidInput on a budget in dollars where nobody told what a model takes."""
    if budget and budget.max_cost_dollars is not None and price is None:
        detail = "no price of the model is set here; use max_tokens or max_calls"
        raise InvalidInput([FieldError("/budget/max_cost_dollars", detail, "no_price")])


def accept(
    submission: Submission,
    store: SubmissionStore,
    default_engine: Engine,
    allowance: Allowance | None = None,
) -> tuple[Simulation, bool]:
    """Put a simulation on disk. See SubmissionStore.submit.

    A request that names no engine gets the default in writing: after a restart it may be another.
    """
    request = submission.request
    return store.submit(
        f"sim_{uuid.uuid4().hex}",
        request.with_(engine=request.engine or default_engine),
        submission.plan.calls,
        submission.idempotency,
        tenant=submission.tenant,
        replay_of=submission.replay_of,
        allowance=allowance,
        left_out=submission.plan.left_out,
    )


def reaction_model(models: ReactionModels, engine: Engine | None) -> ReactionModel:
    """The engine asked for, or the default. Raises EngineUnavailable."""
    if engine is None:
        return next(iter(models.values()))
    if engine not in models:
        raise EngineUnavailable(engine, tuple(models))
    return models[engine]


async def react(
    leased: LeasedCall, models: ReactionModels, customers: CustomerBase, meter: Meter
) -> Reaction:
    """Have the persona of a call react; what that asks of a language model, `meter` counts.

    In a task of its own, whose context learns whom it works for. Raises EngineUnavailable,
    NotFound when the persona is no more, and what the engine raises.
    """
    request = leased.request
    working_for.set(leased.tenant)
    metered_by.set(meter)
    model = reaction_model(models, request.engine)
    persona = await asyncio.to_thread(_persona, customers, leased.call.persona_id)
    seed = call_seed(request.seed, leased.call.repeat)
    return await model.react(leased.scenario, persona, request.panel, seed)


def may_pass(outcome: Reaction | Failure) -> bool:
    """Whether it is worth trying again later, also for better words than those there are."""
    trouble = outcome if isinstance(outcome, Failure) else outcome.provenance.degraded
    return trouble is not None and trouble.code in PASSING


def conclude(
    simulation: Simulation, records: Sequence[CallRecord], market: Market, summarize: Summarize
) -> Conclusion:
    """How a simulation ends whose calls are over; `records` are all of them, by index."""
    state, error = _ending(simulation, records)
    over = [record for record in records if record.state is not CallState.CANCELLED]
    if not any(record.reaction for record in over):
        return Conclusion(state, error=error)
    customers = market.customers
    known = {persona.persona_id for persona in customers.personas()}
    if any(record.call.persona_id not in known for record in over if record.reaction):
        return Conclusion(SimulationState.FAILED, error=OTHER_BUILD)
    usage = _usage(records, market.price)
    summary = summarize(simulation.request, over, customers.segments(), customers.carrier, usage)
    return Conclusion(state, summary, error)


def compare_with_original(
    simulation: Simulation, records: Sequence[CallRecord], store: SimulationReader
) -> Replay | None:
    """How a replay compares with what it repeats, None for a simulation that repeats none."""
    if simulation.replay is None:
        return None
    of = simulation.replay.of
    earlier = store.records(of, len(records))
    return compare_replay(of, earlier, records) if earlier else Replay(of=of)


def _persona(customers: CustomerBase, persona_id: str) -> Persona:
    for persona in customers.personas():
        if persona.persona_id == persona_id:
            return persona
    raise NotFound("persona", "the customer base was rebuilt without it; simulate again")


def _ending(
    simulation: Simulation, records: Sequence[CallRecord]
) -> tuple[SimulationState, Failure | None]:
    """The final state of a simulation whose calls are over, and why it is not whole."""
    reactions = sum(record.reaction is not None for record in records)
    failures = [record.failure for record in records if record.failure]
    if simulation.state is SimulationState.CANCELLING:
        return SimulationState.CANCELLED, None
    if reactions + len(failures) < len(records):
        detail = f"{reactions} of {len(records)} reactions were had; retry with a larger budget"
        return SimulationState.BUDGET_EXHAUSTED, Failure(code="budget_exhausted", detail=detail)
    if not records:
        return SimulationState.FAILED, Failure(code=DAMAGED, detail=reason(["calls"]))
    if not reactions:
        detail = f"none of {len(records)} reactions succeeded; first: {failures[0].detail}"
        return SimulationState.FAILED, Failure(code="no_reactions", detail=detail)
    return SimulationState.PARTIAL if failures else SimulationState.SUCCEEDED, None


def _usage(records: Sequence[CallRecord], price: Price | None) -> Usage:
    spent = sum((record.spent for record in records if record.spent is not NOTHING), NOTHING)
    reactions = [record.reaction for record in records if record.reaction]
    return usage_of(spent, reactions, price)
