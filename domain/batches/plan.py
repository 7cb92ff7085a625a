"""Plan batch: which simulations answer the rows of a service function.

A row that cannot be asked is refused in its place and never spoils the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.batches.batch import SOURCE, BatchPlan, Function, Part, Place, PlannedRow, Row
from domain.customers import Panel
from domain.errors import NotFound
from domain.lever_parsing import unknown_plans_in
from domain.personas import CustomerBase, Persona, find_persona
from domain.scenarios import Scenario
from domain.simulations import Call, Failure, SimulationRequest, plan_calls

MOST_SCENARIOS = 50  # of one simulation, as domain/simulations/simulation.py has it
LONGEST_SCENARIO = 20_000  # characters, as domain/scenarios/scenario.py has it
LONGEST_QUESTION = 4_000  # characters

Numbers = dict[str, int]  # distinct texts in the order first seen, numbered from 0
Calls = dict[tuple[int, str], Call]  # of one simulation, by scenario index and persona


@dataclass(frozen=True, slots=True)
class Asked:
    """A row that can be asked: whom, and the scenario or the question."""

    persona: Persona
    text: str


def plan_asking(rows: Sequence[Row], customers: CustomerBase) -> BatchPlan:
    """Rows of (persona or segment id, scenario): each distinct row is one call.

    Unlike those of other simulations, the calls are not every scenario put to every persona.
    """
    personas = customers.personas()
    pairs = [_read_pair(row, personas, "scenario", LONGEST_SCENARIO) for row in rows]
    read = [
        pair if isinstance(pair, Failure) else _strange(pair.text, customers) or pair
        for pair in pairs
    ]
    numbers = _numbered(asked.text for asked in read if isinstance(asked, Asked))
    chunks = _chunks(numbers)
    calls: list[Calls] = [{} for _ in chunks]
    outcomes = [
        asked if isinstance(asked, Failure) else _call(asked, numbers, calls) for asked in read
    ]
    return BatchPlan(
        rows=_planned(rows, outcomes),
        parts=tuple(
            Part(_request("ask", chunk, _asked(made)), tuple(made.values()))
            for chunk, made in zip(chunks, calls, strict=True)
        ),
    )


def plan_market(rows: Sequence[Row], customers: CustomerBase) -> BatchPlan:
    """Rows of (scenario): each distinct scenario is put to every persona."""
    texts = [_read_scenario(row) for row in rows]
    read = [
        text if isinstance(text, Failure) else _strange(text, customers) or text for text in texts
    ]
    numbers = _numbered(text for text in read if isinstance(text, str))
    outcomes = [text if isinstance(text, Failure) else _place(numbers[text]) for text in read]
    requests = [_request("simulate", chunk, Panel()) for chunk in _chunks(numbers)]
    return BatchPlan(
        rows=_planned(rows, outcomes),
        parts=tuple(Part(r, plan_calls(r, customers)) for r in requests),
    )


def read_question(row: Row, personas: Sequence[Persona]) -> Asked | Failure:
    """A row of (persona or segment id, question), or why it cannot be answered."""
    return _read_pair(row, personas, "question", LONGEST_QUESTION)


def _read_pair(row: Row, personas: Sequence[Persona], what: str, longest: int) -> Asked | Failure:
    if len(row.arguments) != 2:
        return _wrong_arguments(f"a persona id or a segment id, and a {what}")
    whom = _text(row.arguments[0], "persona", 60)
    text = _text(row.arguments[1], what, longest)
    if isinstance(whom, Failure):
        return whom
    if isinstance(text, Failure):
        return text
    try:
        return Asked(find_persona(personas, whom), text)
    except NotFound as error:
        return Failure(code="unknown_persona", detail=str(error))


def _read_scenario(row: Row) -> str | Failure:
    if len(row.arguments) != 1:
        return _wrong_arguments("a scenario")
    return _text(row.arguments[0], "scenario", LONGEST_SCENARIO)


def _strange(text: str, customers: CustomerBase) -> Failure | None:
    """Why a scenario cannot be asked that names a plan the carrier does not have."""
    faults = unknown_plans_in(text, customers, "")
    return Failure(code=faults[0].code, detail=faults[0].detail) if faults else None


def _text(value: object, what: str, longest: int) -> str | Failure:
    if value is None:
        return Failure(code="null_argument", detail=f"the {what} is NULL; give a text")
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        detail = f"the {what} must be a text of 1 to {longest:,} characters, not all of them blank"
        return Failure(code="invalid_argument", detail=detail)
    return value


def _wrong_arguments(expected: str) -> Failure:
    detail = f"the function takes {expected}; create it again with sql/10"
    return Failure(code="wrong_arguments", detail=detail)


def _numbered(texts: Iterable[str]) -> Numbers:
    return {text: number for number, text in enumerate(dict.fromkeys(texts))}


def _chunks(numbers: Numbers) -> list[list[str]]:
    texts = list(numbers)
    return [texts[i : i + MOST_SCENARIOS] for i in range(0, len(texts), MOST_SCENARIOS)]


def _place(number: int) -> Place:
    part, index = divmod(number, MOST_SCENARIOS)
    return Place(part=part, index=index)


def _call(asked: Asked, numbers: Numbers, calls: Sequence[Calls]) -> Place:
    scenario = _place(numbers[asked.text])
    made, persona = calls[scenario.part], asked.persona
    call = Call(
        index=len(made),
        scenario_index=scenario.index,
        repeat=0,
        persona_id=persona.persona_id,
        segment_id=persona.segment_id,
    )
    known = made.setdefault((scenario.index, persona.persona_id), call)
    return Place(part=scenario.part, index=known.index)


def _asked(calls: Calls) -> Panel:
    return Panel(segments=tuple(dict.fromkeys(call.segment_id for call in calls.values())))


def _request(function: Function, texts: Iterable[str], panel: Panel) -> SimulationRequest:
    return SimulationRequest(
        scenarios=tuple(Scenario(text=text) for text in texts),
        panel=panel,
        labels={"source": SOURCE, "function": function},
    )


def _planned(rows: Sequence[Row], outcomes: Sequence[Place | Failure]) -> tuple[PlannedRow, ...]:
    return tuple(
        PlannedRow(number=row.number, outcome=outcome)
        for row, outcome in zip(rows, outcomes, strict=True)
    )
