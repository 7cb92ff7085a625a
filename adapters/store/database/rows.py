"""Rows of the store and the values they stand for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeVar, assert_never

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError
from sqlalchemy import Row

from adapters.store.database.database import MICROSECONDS
from adapters.store.database.sums import MOST
from domain.errors import NotStorable
from domain.reactions import Reaction
from domain.scenarios import Scenario
from domain.simulations import (
    DAMAGED,
    NOTHING,
    Budget,
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
    Spent,
    Summary,
    reason,
)
from domain.values import SegmentId

READY_AT_ONCE = 0
LEFT_OUT = TypeAdapter(tuple[LeftOut, ...])
NAME = TypeAdapter(str)
SEGMENT_ID: TypeAdapter[str] = TypeAdapter(SegmentId)
# What reading a row raises whose values are not what was written.
UNREADABLE = (ValueError, TypeError, ArithmeticError, LookupError, OSError)
T = TypeVar("T")

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
    try:
        text = outcome.model_dump_json()
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise NotStorable(type(error).__name__) from error
    ended = {"reaction": None, "failure": None, "latency_ms": latency_ms}
    match outcome:
        case Reaction():
            return ended | {"state": CallState.DONE, "reaction": text}
        case Failure():
            return ended | {"state": CallState.FAILED, "failure": text}
        case _:
            assert_never(outcome)


def read_simulation(row: AnyRow, groups: Sequence[AnyRow]) -> Simulation:
    """A simulation with its calls in groups of one state: their number and what they took.

    One that cannot be read is told as failed, its error naming the columns.
    """
    try:
        simulation = _simulation(row, groups)
    except UNREADABLE:
        return _salvaged(row, groups)
    return simulation if groups and _coherent(row) else _salvaged(row, groups)


def unreadable(row: AnyRow) -> tuple[str, ...]:
    """The columns of a simulation that cannot be read, or that contradict each other."""
    found = tuple(name for name, read in _READ.items() if not _readable(read, row))
    return found or (() if _coherent(row) else ("state", "ended_at"))


def read_record(row: AnyRow) -> CallRecord:
    """A call with what became of it. One that cannot be read is told as failed."""
    try:
        record = CallRecord(
            call=_read_call(row),
            state=CallState(row.state),
            attempts=row.attempts,
            reaction=_maybe(Reaction.model_validate_json, row.reaction),
            failure=_maybe(Failure.model_validate_json, row.failure),
            latency_ms=row.latency_ms,
            spent=_spent_of(row),
        )
    except UNREADABLE:
        return _damaged_record(row)
    return record if _says_what_became(record, row) else _damaged_record(row)


def has_index(row: AnyRow) -> bool:
    """Whether a call can be told apart from others; a damaged one may not."""
    return isinstance(row.idx, int) and row.idx >= 0


def read_leased(row: AnyRow, request_text: str, tenant: str) -> LeasedCall:
    """A call just leased, of the tenant's simulation with this request.

    Raises one of UNREADABLE.
    """
    request = _read_request(request_text)
    return LeasedCall(
        simulation_id=row.simulation_id,
        call=(call := _read_call(row)),
        scenario=request.scenarios[call.scenario_index],
        request=request,
        attempts=row.attempts,
        owner=row.owner,
        failures=as_count(row.failures),
        tenant=tenant,
        budgeted=bool(row.asking),
    )


def _simulation(row: AnyRow, groups: Sequence[AnyRow]) -> Simulation:
    """Raises one of UNREADABLE."""
    fields = {name: read(row) for name, read in _READ.items()}
    return Simulation(id=row.id, counts=_read_counts(groups), spent=_read_spent(groups), **fields)


def _salvaged(row: AnyRow, groups: Sequence[AnyRow]) -> Simulation:
    """What can be read of a damaged simulation; the rest stands for nothing."""
    columns = unreadable(row) or ("calls",)
    fields = {name: read(row) for name, read in _READ.items() if name not in columns}
    failed = {
        "id": row.id,
        "counts": _read_counts(groups),
        "spent": _read_spent(groups),
        "state": SimulationState.FAILED,
        "error": Failure(code=DAMAGED, detail=f"{reason(columns)}; delete it"),
        "summary": None,
    }
    return Simulation(**{**INSTEAD, **fields, **failed})


def _readable(read: Callable[[AnyRow], object], row: AnyRow) -> bool:
    try:
        read(row)
    except UNREADABLE:
        return False
    return True


def _coherent(row: AnyRow) -> bool:
    """Whether it has ended exactly when its state is final."""
    return SimulationState(row.state).final == (row.ended_at is not None)


def _says_what_became(record: CallRecord, row: AnyRow) -> bool:
    """Whether a call that is done has a reaction, one that failed a reason, and others neither."""
    over = row.claimable_at is None
    match record.state:
        case CallState.DONE:
            return over and record.reaction is not None
        case CallState.FAILED:
            return over and record.failure is not None
        case CallState.CANCELLED:
            return over
        case CallState.READY | CallState.LEASED:
            return not over and isinstance(row.claimable_at, int)
        case _:
            assert_never(record.state)


def _damaged_record(row: AnyRow) -> CallRecord:
    failure = Failure(code=DAMAGED, detail=f"{reason(['a column of its call'])}; retry")
    return CallRecord(
        call=_what_can_be_read(row),
        state=CallState.FAILED,
        attempts=_or_else(as_count, row.attempts, 0),
        failure=failure,
    )


def _what_can_be_read(row: AnyRow) -> Call:
    return Call(
        index=row.idx,
        scenario_index=_or_else(as_count, row.scenario_index, 0),
        repeat=_or_else(as_count, row.repeat, 0),
        persona_id=_or_else(NAME.validate_python, row.persona_id, DAMAGED),
        segment_id=_or_else(SEGMENT_ID.validate_python, row.segment_id, DAMAGED),
    )


def _or_else(read: Callable[[Any], T], value: object, instead: T) -> T:
    try:
        return read(value)
    except UNREADABLE:
        return instead


def _maybe(read: Callable[[Any], T], value: object) -> T | None:
    return None if value is None else read(value)


def as_count(value: object) -> int:
    """A number that can be one of ours. Raises ValueError on anything else."""
    if not isinstance(value, int) or not 0 <= value <= MOST:
        raise ValueError("no count")
    return value


def _read_counts(groups: Sequence[AnyRow]) -> Counts:
    """Calls whose state is no word of ours count as failed."""
    numbers = Counter(dict.fromkeys(CallState, 0))
    for group in groups:
        known = group.state in set(CallState)
        numbers[CallState(group.state) if known else CallState.FAILED] += group.number
    return Counts(
        total=sum(numbers.values()),
        done=numbers[CallState.DONE],
        failed=numbers[CallState.FAILED],
        running=numbers[CallState.LEASED],
        pending=numbers[CallState.READY],
        cancelled=numbers[CallState.CANCELLED],
    )


def _read_spent(groups: Iterable[AnyRow]) -> Spent:
    """What rows of calls, or groups of them, took together."""
    return sum((_spent_of(group) for group in groups), NOTHING)


def _spent_of(row: AnyRow) -> Spent:
    if row.spent_calls == 0 == row.spent_tokens:
        return NOTHING
    return Spent(
        calls=row.spent_calls,
        tokens=row.spent_tokens,
        output_tokens=row.spent_output_tokens,
        estimated_calls=row.spent_estimated,
        cost_dollars=row.spent_dollars,
    )


def _read_replay(row: AnyRow) -> Replay | None:
    if row.replay is not None:
        return Replay.model_validate_json(row.replay)
    return None if row.replay_of is None else Replay(of=row.replay_of)


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
    return datetime.fromtimestamp(as_count(microseconds) / MICROSECONDS, UTC)


# How each column of a simulation is read. Each raises one of UNREADABLE.
_READ: Mapping[str, Callable[[AnyRow], Any]] = {
    "state": lambda row: SimulationState(row.state),
    "request": lambda row: _read_request(row.request),
    "created_at": lambda row: _moment(row.created_at),
    "started_at": lambda row: _maybe(_moment, row.started_at),
    "ended_at": lambda row: _maybe(_moment, row.ended_at),
    "error": lambda row: _maybe(Failure.model_validate_json, row.error),
    "summary": lambda row: _maybe(Summary.model_validate_json, row.summary),
    "tenant": lambda row: NAME.validate_python(row.tenant),
    "budget": lambda row: _maybe(Budget.model_validate_json, row.budget),
    "replay": _read_replay,
    "left_out": lambda row: _maybe(LEFT_OUT.validate_json, row.left_out) or (),
}
# What stands where a column cannot be read.
INSTEAD: Mapping[str, Any] = {
    "request": SimulationRequest(scenarios=(Scenario(text="(cannot be read)"),)),
    "created_at": datetime.fromtimestamp(0, UTC),
}
