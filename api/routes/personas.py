"""Personas: who speaks for each segment, and what they say when asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Path, Request
from starlette.responses import Response
from starlette.types import Scope

from api.http.answer_stream import end_of, pings_until
from api.http.dependencies import (
    COUNTED_AS_STREAM,
    EVENT_STREAM,
    CallerOf,
    MediaTypeOf,
    Page,
    PageOf,
    ServicesOf,
    cached_answer,
    paged,
    services_of,
)
from api.http.lists import PersonaListed, ViewWanted, body_of, page_body
from api.http.openapi import NOT_MODIFIED, SPOKEN, TAGGED, problems
from api.http.permissions import READ, RUN
from api.http.streams import Stream
from api.operations.asking import Ask
from api.representations.bodies import AskBody
from domain.interview import Turn
from domain.personas import Persona, find_persona
from domain.reactions import Answer, Reaction

PersonaInPath = Annotated[
    str, Path(description="The id of a persona, or of its segment.", examples=["S1"])
]

router = APIRouter(prefix="/personas", tags=["Personas"], responses=problems(422, 503))


@router.get(
    "",
    operation_id="list_personas",
    dependencies=[READ],
    summary="List the personas",
    response_model=Page[PersonaListed],
    responses={200: TAGGED, 304: NOT_MODIFIED},
)
async def list_personas(request: Request, page: PageOf, view: ViewWanted = "summary") -> Response:
    """Every persona, one per segment, ordered by segment: who it is, with `view=full` all of it."""
    customers = services_of(request).customers

    def written() -> bytes:
        shown = paged(customers.personas(), lambda p: p.segment_id, page)
        return page_body(shown, view, PersonaListed)

    return await cached_answer(request, written)


@router.get(
    "/{persona_or_segment_id}",
    operation_id="get_persona",
    dependencies=[READ],
    summary="Get a persona",
    response_model=Persona,
    responses={200: TAGGED, 304: NOT_MODIFIED, **problems(404)},
)
async def get_persona(persona_or_segment_id: PersonaInPath, request: Request) -> Response:
    """One persona by its own id or by that of its segment, such as S1."""
    customers = services_of(request).customers

    def written() -> bytes:
        return body_of(find_persona(customers.personas(), persona_or_segment_id))

    return await cached_answer(request, written)


@router.post(
    "/{persona_or_segment_id}/ask",
    operation_id="ask_persona",
    dependencies=[RUN, COUNTED_AS_STREAM],
    summary="Ask a persona",
    response_model=Reaction | Answer,
    responses={200: SPOKEN, **problems(400, 404, 408, 409, 413, 415, 429, 502, 504)},
)
async def ask_persona(
    persona_or_segment_id: PersonaInPath,
    body: AskBody,
    request: Request,
    services: ServicesOf,
    caller: CallerOf,
    media_type: MediaTypeOf,
) -> Reaction | Answer | Response:
    """Put a scenario to a persona and get its reaction, or a question and get its answer.

    With a `conversation_id` the persona remembers: "you said you would leave, why?" is answered
    from the turns before, and "and if it were $3 instead?" is put as the latest scenario with that
    one lever changed and gets a reaction; `recalled` in the provenance names the turns used. Turns
    are taken one at a time: of two at once one is kept, the other gets 409 and is not. The persona
    itself never changes.

    Without one nothing is stored. The answer comes within 60 seconds or not at all. Where a
    language model has a part in it and fails, `grounded` tells what is known in its own words,
    `degraded` in the provenance says why, and `llm` fails.

    With `Accept: text/event-stream` the words come as events once they are complete and valid:
    `words` has a sentence and the field it belongs to, `reaction` or `answer` all of it and ends
    the stream, as `error` does with a problem. A comment is sent every 15 seconds before. What can
    be checked before is refused before, with a status.
    """
    asked = Ask(services, caller, persona_or_segment_id, body)
    if media_type == EVENT_STREAM:
        return Stream(_spoken(await asked.begin(), request.scope), EVENT_STREAM)
    return (await asked.next_turn()).reply


async def _spoken(turn: asyncio.Task[Turn], scope: Scope) -> AsyncGenerator[bytes, None]:
    try:
        async with aclosing(pings_until(turn)) as pings:
            async for ping in pings:
                yield ping
        for event in end_of(turn, scope):
            yield event
    finally:
        turn.cancel()  # nobody listens any more
