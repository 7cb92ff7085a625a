"""Plan calls: which reactions a simulation request asks for, after checking all that can be."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from domain.customers import Panel, names_customers, segments_in
from domain.errors import FieldError, InvalidInput
from domain.lever_parsing import unknown_plans_in
from domain.levers import ScopedLever
from domain.personas import CustomerBase, Persona
from domain.scenarios import Audience, Scenario
from domain.simulations.simulation import Call, LeftOut, SimulationRequest

MAX_CALLS = 10_000  # chosen: 50 scenarios, 8 personas and 20 repeats stay below it


@dataclass(frozen=True, slots=True)
class Plan:
    """The calls of a request, and the personas it chose that have nobody to speak for."""

    calls: tuple[Call, ...]
    left_out: tuple[LeftOut, ...]


def plan_run(request: SimulationRequest, customers: CustomerBase) -> Plan:
    """The calls of a request as plan_calls has them, save those that could only fail.

    A persona whose segment has no customer in the audiences is left out. Respondents are read only
    where an audience filters customers. Raises InvalidInput also where a scenario would be put
    to nobody.
    """
    chosen = _chosen(request, customers)
    met = [
        _met(request.panel, scenario, asked, customers)
        for scenario, asked in zip(request.scenarios, chosen, strict=True)
    ]
    _refuse(*dict.fromkeys(_nobody_met(request, chosen, met)), *_too_many(met, request.repeats))
    return Plan(tuple(_calls(met, request.repeats)), tuple(_left_out(chosen, met)))


def plan_calls(request: SimulationRequest, customers: CustomerBase) -> tuple[Call, ...]:
    """The calls of a request, numbered by scenario, then repeat, then persona as given.

    A persona is asked about a scenario when every filter that names segments or personas admits
    it: the panel, the panel's audience and the scenario's audience. Raises InvalidInput with every
    unknown name and impossible range at once; then with filters that admit nobody, or more than
    MAX_CALLS calls.
    """
    chosen = _chosen(request, customers)
    _refuse(*_too_many(chosen, request.repeats))
    return tuple(_calls(chosen, request.repeats))


def call_seed(request_seed: int, repeat: int) -> int:
    """Seed of a call, below 2**53: the same for every scenario and persona of one repeat.

    Common random numbers: scenarios then differ by what they say, not by luck. Repeat 0 keeps the
    request's own seed, so that it agrees with asking the persona directly.
    """
    if repeat == 0:
        return request_seed
    digest = hashlib.sha256(f"{request_seed}/{repeat}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 11


def _refuse(*faults: FieldError) -> None:
    if faults:
        raise InvalidInput(faults)


def _chosen(request: SimulationRequest, customers: CustomerBase) -> Sequence[Sequence[Persona]]:
    """Whom each scenario is for, by the names of segments and personas."""
    personas = customers.personas()
    _refuse(*_unknown_names(request, personas, customers), *_empty_ranges(request))
    chosen = [_asked(request.panel, scenario, personas) for scenario in request.scenarios]
    _refuse(*_nobody_asked(request, chosen))
    return chosen


def _met(
    panel: Panel,
    scenario: Scenario,
    chosen: Sequence[Persona],
    customers: CustomerBase,
) -> Sequence[Persona]:
    """Those of the chosen whose segments have customers in the audiences."""
    audiences = [each for each in (panel.audience, scenario.audience) if each]
    if not any(map(names_customers, audiences)):
        return chosen
    present = segments_in(customers.respondents(), audiences)
    return [persona for persona in chosen if persona.segment_id in present]


def _left_out(
    chosen: Sequence[Sequence[Persona]], met: Sequence[Sequence[Persona]]
) -> Iterator[LeftOut]:
    for index, (all_of_them, present) in enumerate(zip(chosen, met, strict=True)):
        asked = {persona.persona_id for persona in present}
        for persona in all_of_them:
            if persona.persona_id not in asked:
                yield LeftOut(
                    scenario_index=index,
                    persona_id=persona.persona_id,
                    segment_id=persona.segment_id,
                    reason=f"no customer of {persona.segment_id} is in the audience",
                )


def _asked(panel: Panel, scenario: Scenario, personas: Sequence[Persona]) -> Sequence[Persona]:
    filters = [panel.segments, *(a.segments for a in (panel.audience, scenario.audience) if a)]
    return [
        persona
        for persona in personas
        if all(persona.segment_id in named for named in filters if named)
        and (not panel.personas or persona.persona_id in panel.personas)
    ]


def _calls(asked: Sequence[Sequence[Persona]], repeats: int) -> Iterator[Call]:
    index = 0
    for scenario_index, personas in enumerate(asked):
        for repeat, persona in product(range(repeats), personas):
            yield Call(
                index=index,
                scenario_index=scenario_index,
                repeat=repeat,
                persona_id=persona.persona_id,
                segment_id=persona.segment_id,
            )
            index += 1


def _unknown_names(
    request: SimulationRequest,
    personas: Sequence[Persona],
    customers: CustomerBase,
) -> Iterator[FieldError]:
    segment_ids = [segment.id for segment in customers.segments()]
    plan_names = [plan.name for plan in customers.carrier.plans]
    persona_ids = [persona.persona_id for persona in personas]
    yield from _unknown("segment", "/panel/segments", request.panel.segments, segment_ids)
    yield from _unknown("persona", "/panel/personas", request.panel.personas, persona_ids)
    for pointer, audience in _audiences(request):
        yield from _unknown("segment", f"{pointer}/segments", audience.segments, segment_ids)
        yield from _unknown("plan", f"{pointer}/plans", audience.plans, plan_names)
    for pointer, plans in _lever_plans(request):
        yield from _unknown("plan", pointer, plans, plan_names)
    for position, scenario in enumerate(request.scenarios):
        if scenario.levers is None:  # they would be read from the text
            yield from unknown_plans_in(scenario.text, customers, f"/scenarios/{position}")


def _unknown(
    kind: str, pointer: str, named: Sequence[str], known: Sequence[str]
) -> Iterator[FieldError]:
    """A fault per name that is not known, whatever its case for plans."""
    admitted = {name.lower() for name in known} if kind == "plan" else set(known)
    for position, name in enumerate(named):
        if (name.lower() if kind == "plan" else name) not in admitted:
            detail = f"no such {kind}; use one of {', '.join(known)}"
            yield FieldError(f"{pointer}/{position}", detail, f"unknown_{kind}")


def _audiences(request: SimulationRequest) -> Iterator[tuple[str, Audience]]:
    if request.panel.audience:
        yield "/panel/audience", request.panel.audience
    for position, scenario in enumerate(request.scenarios):
        if scenario.audience:
            yield f"/scenarios/{position}/audience", scenario.audience


def _lever_plans(request: SimulationRequest) -> Iterator[tuple[str, Sequence[str]]]:
    for position, scenario in enumerate(request.scenarios):
        for place, lever in enumerate(scenario.levers or ()):
            if isinstance(lever, ScopedLever):
                yield f"/scenarios/{position}/levers/{place}/plans", lever.plans


def _empty_ranges(request: SimulationRequest) -> Iterator[FieldError]:
    for pointer, audience in _audiences(request):
        least, most = audience.min_tenure_months, audience.max_tenure_months
        if least is not None and most is not None and least > most:
            detail = "max_tenure_months lies below min_tenure_months, so nobody is asked"
            yield FieldError(f"{pointer}/max_tenure_months", detail, "empty_range")


def _nobody_asked(
    request: SimulationRequest, asked: Sequence[Sequence[Persona]]
) -> Iterator[FieldError]:
    for position, (scenario, personas) in enumerate(zip(request.scenarios, asked, strict=True)):
        if personas:
            continue
        by_audience = scenario.audience is not None and scenario.audience.segments
        pointer = f"/scenarios/{position}/audience/segments" if by_audience else "/panel"
        detail = "these segments and personas have nobody in common; widen or drop a filter"
        yield FieldError(pointer, detail, "nobody_selected")


def _nobody_met(
    request: SimulationRequest,
    chosen: Sequence[Sequence[Persona]],
    met: Sequence[Sequence[Persona]],
) -> Iterator[FieldError]:
    for position, (scenario, personas) in enumerate(zip(request.scenarios, chosen, strict=True)):
        if not met[position]:
            own = scenario.audience is not None and names_customers(scenario.audience)
            pointer = f"/scenarios/{position}/audience" if own else "/panel/audience"
            who = ", ".join(persona.segment_id for persona in personas)
            detail = f"no customer of {who} is in it; widen or drop a filter"
            yield FieldError(pointer, detail, "empty_panel")


def _too_many(asked: Iterable[Sequence[Persona]], repeats: int) -> Iterator[FieldError]:
    total = sum(len(personas) for personas in asked) * repeats
    if total > MAX_CALLS:
        detail = (
            f"asks for {total:,} reactions and the limit is {MAX_CALLS:,}; "
            "use fewer scenarios, personas or repeats"
        )
        yield FieldError("", detail, "too_many_calls")
