"""Functions: rows of SQL queries, which Snowflake sends in batches and fetches the answers of.

Served in a container service only. A row that cannot be answered has its reason in its place, for
any status but 200 and 202 has Snowflake send the whole batch again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, assert_never

from fastapi import APIRouter, Header
from pydantic import AfterValidator, BaseModel, Field
from starlette.responses import JSONResponse, Response

from api.http.dependencies import CallerOf, ServicesOf
from api.http.openapi import Responses, problems
from api.http.permissions import READ, RUN
from api.operations.batches import BATCH_ID, Batches
from api.operations.questions import Questions
from api.services import Services
from domain.batches import Asked, AskedReaction, Batch, MarketSummary, Row, RowAnswer, read_question
from domain.callers import working_for
from domain.reactions import Answer, Reaction
from domain.simulations import Failure
from domain.values import whole

MOST_ROWS = 10_000  # chosen: a thousand times what sql/10 has Snowflake send at once

RowValue = dict[str, Any]

router = APIRouter(prefix="/sf", tags=["Functions"], responses=problems(422, 503))


def _numbered(row: list[Any]) -> list[Any]:
    number, *arguments = row
    if type(number := whole(number)) is not int:
        raise ValueError("a row begins with its number")
    return [number, *arguments]


SentRow = Annotated[
    list[Any],
    Field(min_length=1, json_schema_extra={"prefixItems": [{"type": "integer"}]}),
    AfterValidator(_numbered),
]


class Rows(BaseModel):
    """Rows as Snowflake sends them: the number of each, then the arguments of the function."""

    data: Annotated[list[SentRow], Field(max_length=MOST_ROWS)]

    def read(self) -> list[Row]:
        """The rows with numbers and arguments apart."""
        return [Row(number, tuple(arguments)) for number, *arguments in self.data]


class Answers(BaseModel):
    """A value for each row sent, in the same order; `{"error": {code, detail}}` where none is."""

    data: list[tuple[int, RowValue]]


BatchId = Annotated[
    str,
    Header(
        alias=BATCH_ID,
        pattern=r"^[!-~]{1,512}$",
        description="Given by Snowflake; the same for a batch sent again and for its polls.",
    ),
]
LATER: Responses = {202: {"description": "On disk and under way; ask again with GET."}}
SENT = problems(400, 408, 413, 415, 429)


@router.post(
    "/ask",
    operation_id="ask_rows",
    dependencies=[RUN],
    summary="Put a scenario to a persona per row",
    response_model=Answers,
    responses={**LATER, **SENT},
)
async def ask_rows(
    body: Rows, batch_id: BatchId, services: ServicesOf, caller: CallerOf
) -> Response:
    """Rows of a persona or segment id and a scenario; each gets the persona's reaction."""
    return await _accept(Batches(services, "ask", caller.tenant), batch_id, body)


@router.get(
    "/ask",
    operation_id="poll_ask_rows",
    dependencies=[READ],
    summary="Fetch the reactions of a batch",
    response_model=Answers,
    responses={**LATER, **problems(404)},
)
async def poll_ask_rows(batch_id: BatchId, services: ServicesOf, caller: CallerOf) -> Response:
    """What the POST of the same batch would answer by now."""
    return await _poll(Batches(services, "ask", caller.tenant), batch_id)


@router.post(
    "/simulate",
    operation_id="simulate_rows",
    dependencies=[RUN],
    summary="Put a scenario to the market per row",
    response_model=Answers,
    responses={**LATER, **SENT},
)
async def simulate_rows(
    body: Rows, batch_id: BatchId, services: ServicesOf, caller: CallerOf
) -> Response:
    """Rows of a scenario; each gets the summary of the whole market's reaction."""
    return await _accept(Batches(services, "simulate", caller.tenant), batch_id, body)


@router.get(
    "/simulate",
    operation_id="poll_simulate_rows",
    dependencies=[READ],
    summary="Fetch the summaries of a batch",
    response_model=Answers,
    responses={**LATER, **problems(404)},
)
async def poll_simulate_rows(batch_id: BatchId, services: ServicesOf, caller: CallerOf) -> Response:
    """What the POST of the same batch would answer by now."""
    return await _poll(Batches(services, "simulate", caller.tenant), batch_id)


@router.post(
    "/question",
    operation_id="question_rows",
    dependencies=[RUN],
    summary="Ask a persona a question per row",
    responses=problems(400, 408, 413, 415),
)
async def question_rows(body: Rows, services: ServicesOf, caller: CallerOf) -> Answers:
    """Rows of a persona or segment id and a question; each gets the persona's answer at once.

    In a language model's words where the default engine asks one. A row without an answer within
    60 seconds has `timeout` in its place.
    """
    await services.quota.take(caller.tenant, len(body.data))
    working_for.set(caller.tenant)
    rows = await asyncio.to_thread(_read_questions, services, body.read())
    questions = Questions(services.interviewer(None), services.settings.concurrency)
    answers = await questions.answers([asked for _, asked in rows])
    return Answers(
        data=[(number, _row(answer)) for (number, _), answer in zip(rows, answers, strict=True)]
    )


async def _accept(batches: Batches, batch_id: str, body: Rows) -> Response:
    return await _answered(batches, await batches.accept(batch_id, body.read()))


async def _poll(batches: Batches, batch_id: str) -> Response:
    return await _answered(batches, await batches.find(batch_id))


async def _answered(batches: Batches, batch: Batch) -> Response:
    answers = await batches.answers(batch, batches.services.settings.function_hold_seconds)
    if answers is None:
        return Response(status_code=202)
    return await asyncio.to_thread(_response, answers)


def _response(answers: Sequence[tuple[int, RowAnswer]]) -> Response:
    return JSONResponse({"data": [[number, _value(answer)] for number, answer in answers]})


def _value(answer: RowAnswer) -> RowValue:
    match answer:
        case Failure():
            return {"error": answer.model_dump(mode="json")}
        case MarketSummary(simulation_id, summary):
            return {"simulation_id": simulation_id, **summary.model_dump(mode="json")}
        case AskedReaction(simulation_id, call, reaction):
            who = {"persona_id": call.persona_id, "segment_id": call.segment_id}
            return {"simulation_id": simulation_id, **who, **reaction.model_dump(mode="json")}
        case _:
            assert_never(answer)


def _read_questions(services: Services, rows: Sequence[Row]) -> list[tuple[int, Asked | Failure]]:
    personas = services.customers.personas()
    return [(row.number, read_question(row, personas)) for row in rows]


def _row(answer: Answer | Reaction | Failure) -> RowValue:
    return _value(answer) if isinstance(answer, Failure) else answer.model_dump(mode="json")
