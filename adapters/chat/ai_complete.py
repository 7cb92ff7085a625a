"""AI_COMPLETE: sends many prompts to a model by one SQL statement, each with its own outcome.

Snowflake works on the rows of a statement side by side; a warehouse above MEDIUM gains nothing. A
schema is documented for a prompt that is one string only, so system and user parts are joined.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ValidationError, field_validator

from adapters.chat.completions import unreadable
from adapters.chat.cortex import capabilities_of, output_tokens_for
from adapters.chat.sql_failures import concerns_one_prompt, failure_of_row, failure_of_statement
from adapters.chat.usage import tokens_of
from adapters.rows import Cell, Row
from adapters.snowflake.sessions import Session, Sessions
from domain.errors import ChatFailed, ReplyInvalid, Unavailable
from domain.language_model import Completion, Prompt

Outcome = Completion | ChatFailed

MOST_PROMPTS = 256  # chosen: minutes of work, and little lost when a statement fails
MOST_CHARACTERS = 8_000_000  # half of what one bound text may hold
MAX_TEMPERATURE = 1.0  # temperatures of AI_COMPLETE end there

# A failing row then gives its error, where the default of older accounts fails the statement.
RETURN_ROW_ERRORS = "alter session set ai_sql_error_handling_use_fail_on_error = false"

# The call stands once and nothing refers to it: each reference might run, and bill, it again.
FREE_TEXT = """
select
    asked.index as position,
    ai_complete(
        model => ?,
        prompt => asked.value::varchar,
        model_parameters => parse_json(?)::object,
        show_details => true,
        return_error_details => true
    ) as reply
from table(flatten(input => parse_json(?))) as asked
"""
STRUCTURED = FREE_TEXT.replace(
    "show_details", "response_format => parse_json(?)::object,\n        show_details"
)


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """Options that prompts of one statement share. `parameters` and `response_format` are JSON.

    `response_format` is None for free text.

    Snowflake keeps the fields of an object in the order of the alphabet, so a model may be asked
    for them in that order rather than in the schema's.
    """

    parameters: str
    response_format: str | None
    most_tokens: int


def options_of(model: str, prompt: Prompt) -> RequestOptions:
    """How this prompt is to be asked. AI_COMPLETE takes no seed."""
    most_tokens = output_tokens_for(model, prompt)
    parameters: dict[str, float] = {"max_tokens": most_tokens}
    if capabilities_of(model).takes_temperature:
        parameters["temperature"] = min(prompt.temperature, MAX_TEMPERATURE)
    response_format = (
        None if prompt.schema is None else json.dumps({"type": "json", "schema": prompt.schema})
    )
    return RequestOptions(json.dumps(parameters), response_format, most_tokens)


def statements_of(model: str, prompts: Sequence[Prompt]) -> list[tuple[RequestOptions, list[int]]]:
    """The positions of the prompts that one statement may ask, for each statement needed."""
    positions_by_options: dict[RequestOptions, list[int]] = {}
    for position, prompt in enumerate(prompts):
        positions_by_options.setdefault(options_of(model, prompt), []).append(position)
    return [
        (options, part)
        for options, positions in positions_by_options.items()
        for part in _portions(positions, prompts)
    ]


def complete_all(sessions: Sessions, model: str, prompts: Sequence[Prompt]) -> list[Outcome]:
    """What came of each prompt, in their order. Blocks; statements run one after another."""
    outcomes: dict[int, Outcome] = {}
    for options, positions in statements_of(model, prompts):
        asked = [prompts[position] for position in positions]
        outcomes |= zip(
            positions, complete_in_one_statement(sessions, model, options, asked), strict=True
        )
    return [outcomes[position] for position in range(len(prompts))]


def complete_in_one_statement(
    sessions: Sessions, model: str, options: RequestOptions, prompts: Sequence[Prompt]
) -> list[Outcome]:
    """What came of prompts with the same options, in their order, by one statement. Blocks.

    Where Snowflake fails the statement for one row, it is asked again in halves, so that only that
    prompt fails.
    """
    if not prompts:
        return []
    started = time.monotonic()
    try:
        rows = _rows(sessions, model, options, prompts)
    except Unavailable as refused:
        seconds = time.monotonic() - started
        failures = [failure_of_statement(refused, seconds) for _ in prompts]
        if len(prompts) == 1 or not concerns_one_prompt(failures[0]):
            return [*failures]
        half = len(prompts) // 2
        parts = prompts[:half], prompts[half:]
        return [
            o for part in parts for o in complete_in_one_statement(sessions, model, options, part)
        ]
    seconds = time.monotonic() - started
    replies = {row["position"]: row["reply"] for row in rows}
    return [
        _outcome(replies.get(position), model, prompt, options, seconds)
        for position, prompt in enumerate(prompts)
    ]


def _rows(
    sessions: Sessions, model: str, options: RequestOptions, prompts: Iterable[Prompt]
) -> Sequence[Row]:
    texts = json.dumps([text_of(prompt) for prompt in prompts])
    response_format = [] if options.response_format is None else [options.response_format]
    statement = FREE_TEXT if options.response_format is None else STRUCTURED

    def asked(session: Session) -> list[Row]:
        with suppress(Unavailable):
            session.run(RETURN_ROW_ERRORS)
        return session.rows(statement, [model, options.parameters, *response_format, texts])

    return sessions.retried(asked)


def text_of(prompt: Prompt) -> str:
    """The whole prompt as one string, our own text first."""
    return "\n\n".join([prompt.system, *prompt.user])


def _portions(positions: Sequence[int], prompts: Sequence[Prompt]) -> Iterator[list[int]]:
    portion: list[int] = []
    characters = 0
    for position in positions:
        length = len(text_of(prompts[position]))
        if portion and (len(portion) == MOST_PROMPTS or characters + length > MOST_CHARACTERS):
            yield portion
            portion, characters = [], 0
        portion.append(position)
        characters += length
    yield portion


class _Message(BaseModel):
    messages: str


class _Structured(BaseModel):
    raw_message: dict[str, Any] | str


class _Value(BaseModel):
    choices: list[_Message] = []
    structured_output: list[_Structured] = []
    usage: Any = None  # see adapters/chat/usage.py


class _Reply(BaseModel):
    """One of the two is null. A `value` without a schema is documented as JSON in a string."""

    value: _Value | None = None
    error: str | None = None

    @field_validator("value", mode="before")
    @classmethod
    def _parsed(cls, value: object) -> object:
        try:
            return json.loads(value) if isinstance(value, str) else value
        except RecursionError as error:
            raise ValueError("nested too deeply") from error


def _outcome(
    reply: Cell, model: str, prompt: Prompt, options: RequestOptions, seconds: float
) -> Outcome:
    if not isinstance(reply, str):
        return _incomplete_reply()
    try:
        read = _Reply.model_validate_json(reply)
    except ValidationError:
        return unreadable(reply, "one of AI_COMPLETE")
    if read.error is not None:
        return failure_of_row(read.error, seconds)
    text = None if read.value is None else _text(read.value)
    if read.value is None or text is None:
        return _incomplete_reply()
    tokens = tokens_of(read.value.usage, prompt, options.most_tokens)
    return Completion(
        text=text,
        model=model,
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        truncated=tokens.used_up,
        estimated=tokens.estimated,
    )


def _text(value: _Value) -> str | None:
    if value.structured_output:
        raw = value.structured_output[0].raw_message
        return raw if isinstance(raw, str) else json.dumps(raw)
    return value.choices[0].messages if value.choices else None


def _incomplete_reply() -> ReplyInvalid:
    """NULL without an error is what running out of tokens has been seen to give."""
    return ReplyInvalid("nothing whole came of it; write less", truncated=True)
