"""Personas: who speaks for each segment, and what they say when asked."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.bootstrap import Services
from api.dependencies import Page, PageOf, ServicesOf, paged, tagged
from api.openapi import NOT_MODIFIED, TAGGED, problems
from api.problems import DEADLINE, Refused
from api.schemas import AskBody, as_the_client_wrote
from domain.errors import InvalidInput
from domain.interview import answer, find_persona
from domain.personas import Persona
from domain.reactions import Answer, Reaction
from domain.scenarios import Scenario
from domain.simulations import Panel, SimulationRequest

ASK_DEADLINE_SECONDS = 60.0

router = APIRouter(prefix="/personas", tags=["Personas"], responses=problems(422, 503))


@router.get(
    "",
    operation_id="list_personas",
    summary="List the personas",
    response_model=Page[Persona],
    responses={200: TAGGED, 304: NOT_MODIFIED},
)
def list_personas(request: Request, services: ServicesOf, page: PageOf) -> Response:
    """Every persona, one per segment, ordered by segment."""
    return tagged(request, paged(services.customers.personas(), lambda p: p.segment_id, page))


@router.get(
    "/{persona_or_segment_id}",
    operation_id="get_persona",
    summary="Get a persona",
    response_model=Persona,
    responses={200: TAGGED, 304: NOT_MODIFIED, **problems(404)},
)
def get_persona(persona_or_segment_id: str, request: Request, services: ServicesOf) -> Response:
    """One persona by its own id or by that of its segment, such as S1."""
    return tagged(request, find_persona(services.customers.personas(), persona_or_segment_id))


@router.post(
    "/{persona_or_segment_id}/ask",
    operation_id="ask_persona",
    summary="Ask a persona",
    responses=problems(400, 404, 408, 413, 415, 502, 504),
)
async def ask_persona(
    persona_or_segment_id: str, body: AskBody, services: ServicesOf
) -> Reaction | Answer:
    """Put a scenario to a persona and get its reaction, or a question and get its answer.

    Nothing is stored. The answer comes within 60 seconds or not at all.
    """
    personas = await asyncio.to_thread(services.customers.personas)
    persona = find_persona(personas, persona_or_segment_id)
    try:
        async with asyncio.timeout(ASK_DEADLINE_SECONDS):
            return await _told(services, persona, body)
    except TimeoutError:
        detail = f"no answer within {ASK_DEADLINE_SECONDS:g} s; try again, or start a simulation"
        raise Refused(DEADLINE, detail) from None


async def _told(services: Services, persona: Persona, body: AskBody) -> Reaction | Answer:
    scenario = body.full_scenario()
    if scenario is None:
        return await asyncio.to_thread(_answer, services, persona, body)
    try:
        return await _react(services, persona, scenario, body)
    except InvalidInput as error:
        raise as_the_client_wrote(error, _written(body)) from error


async def _react(
    services: Services, persona: Persona, scenario: Scenario, body: AskBody
) -> Reaction:
    panel = Panel(personas=(persona.persona_id,))
    request = SimulationRequest(scenarios=(scenario,), panel=panel, engine=body.engine)
    await asyncio.to_thread(services.plan, request)
    model = services.reaction_model(body.engine)
    return await model.react(scenario, persona, panel, body.seed)


def _written(body: AskBody) -> dict[str, str]:
    """Where the body has what is asked of a panel of one persona; see as_the_client_wrote."""
    levers = {"/scenarios/0/levers": "/levers"} if body.levers is not None else {}
    return {**levers, "/scenarios/0": "/scenario", "/panel": "/scenario"}


def _answer(services: Services, persona: Persona, body: AskBody) -> Answer:
    customers = services.customers
    return answer(
        persona,
        body.question or "",
        customers.verbatims(persona.segment_id),
        engine=services.reaction_model(body.engine).engine,
        data_as_of=customers.as_of,
    )
