"""Rows of the store and the values they stand for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError
from sqlalchemy import Row

from adapters.store.database import MICROSECONDS
from domain.errors import NotStorable
from domain.reactions import Reaction
from domain.simulations import (
    Call,
    CallRecord,
    CallState,
    Counts,
    Failure,
    LeasedCall,
    LeftOut,
    Replay,
    Simulation,
    SimulationRequest,
    SimulationState,
    Summary,
)
from domain.usage import Budget, Spent

READY_AT_ONCE = 0
LEFT_OUT = TypeAdapter(tuple[LeftOut, ...])

AnyRow = Row[*tuple[Any, ...]]


def new_simulation(
    simulation_id: str, request: SimulationRequest, tenant: str, now: int
) -> dict[str, Any]:
    """The row of a simulation nobody has worked on; `now` in microseconds since 1970."""
    return {
        "id": simulation_id,
        "tenant": tenant,
        "request": request.model_dump_json(),
        "state": SimulationState.QUEUED,
        "created_at": now,
        "turn": 0,
        "budget": request.budget and request.budget.model_dump_json(),
    }


def write_left_out(left_out: Sequence[LeftOut]) -> str | None:
    """The personas that a simulation leaves out, None for nobody."""
    return LEFT_OUT.dump_json(tuple(left_out)).decode() if left_out else None


def new_call(simulation_id: str, call: Call) -> dict[str, Any]:
    """The row of a call nobody has claimed."""
    return {
        "simulation_id": simulation_id,
        "idx": call.index,
        **call.model_dump(exclude={"index"}),
        "state": CallState.READY,
        "attempts": 0,
        "claimable_at": READY_AT_ONCE,
    }


def finished_call(outcome: Reaction | Failure, latency_ms: float) -> dict[str, Any]:
    """What a call came to, by column. Raises NotStorable on a text that has no encoding."""
    reacted = isinstance(outcome, Reaction)
    try:
        text = outcome.model_dump_json()
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise NotStorable(type(error).__name__) from error
    return {
        "state": CallState.DONE if reacted else CallState.FAILED,
        "reaction": text if reacted else None,
        "failure": None if reacted else text,
        "latency_ms": latency_ms,
    }


def read_simulation(row: AnyRow, groups: Sequence[AnyRow]) -> Simulation:
    """A simulation with its calls in groups of one state: their number and what they took."""
    return Simulation(
        id=row.id,
        state=SimulationState(row.state),
        request=_read_request(row.request),
        counts=_read_counts({group.state: group.number for group in groups}),
        created_at=_moment(row.created_at),
        started_at=row.started_at and _moment(row.started_at),
        ended_at=row.ended_at and _moment(row.ended_at),
        error=row.error and Failure.model_validate_json(row.error),
        summary=row.summary and Summary.model_validate_json(row.summary),
        tenant=row.tenant,
        budget=row.budget and Budget.model_validate_json(row.budget),
        spent=_read_spent(groups),
        replay=_read_replay(row),
        left_out=LEFT_OUT.validate_json(row.left_out) if row.left_out else (),
    )


def read_record(row: AnyRow) -> CallRecord:
    """A call with what became of it."""
    return CallRecord(
        call=_read_call(row),
        state=CallState(row.state),
        attempts=row.attempts,
        reaction=row.reaction and Reaction.model_validate_json(row.reaction),
        failure=row.failure and Failure.model_validate_json(row.failure),
        latency_ms=row.latency_ms,
        spent=_spent_of(row),
    )


def read_leased(row: AnyRow, request_text: str, tenant: str) -> LeasedCall:
    """A call just leased, of the tenant's simulation with this request."""
    request = _read_request(request_text)
    return LeasedCall(
        simulation_id=row.simulation_id,
        call=_read_call(row),
        scenario=request.scenarios[row.scenario_index],
        request=request,
        attempts=row.attempts,
        owner=row.owner,
        failures=row.failures,
        tenant=tenant,
        budgeted=bool(row.asking),
    )


def _read_counts(calls_by_state: dict[str, int]) -> Counts:
    return Counts(
        total=sum(calls_by_state.values()),
        done=calls_by_state.get(CallState.DONE, 0),
        failed=calls_by_state.get(CallState.FAILED, 0),
        running=calls_by_state.get(CallState.LEASED, 0),
        pending=calls_by_state.get(CallState.READY, 0),
        cancelled=calls_by_state.get(CallState.CANCELLED, 0),
    )


def _read_spent(groups: Iterable[AnyRow]) -> Spent:
    """What rows of calls, or groups of them, took together."""
    return sum((_spent_of(group) for group in groups), Spent())


def _spent_of(row: AnyRow) -> Spent:
    return Spent(
        calls=row.spent_calls,
        tokens=row.spent_tokens,
        output_tokens=row.spent_output_tokens,
        estimated_calls=row.spent_estimated,
        cost_dollars=row.spent_dollars,
    )


def _read_replay(row: AnyRow) -> Replay | None:
    if row.replay:
        return Replay.model_validate_json(row.replay)
    return Replay(of=row.replay_of) if row.replay_of else None


def _read_call(row: AnyRow) -> Call:
    return Call(
        index=row.idx,
        scenario_index=row.scenario_index,
        repeat=row.repeat,
        persona_id=row.persona_id,
        segment_id=row.segment_id,
    )


@lru_cache(maxsize=64)
def _read_request(text: str) -> SimulationRequest:
    """Read once per simulation, not once per claim: fifty scenarios may be a megabyte."""
    return SimulationRequest.model_validate_json(text)


def _moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / MICROSECONDS, UTC)
