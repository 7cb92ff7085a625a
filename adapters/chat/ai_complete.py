"""AI_COMPLETE: many prompts put to a model by one SQL statement, each with its own outcome.

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

from adapters.chat.completions import unread
from adapters.chat.cortex import capabilities_of, room_for
from adapters.chat.sql_failures import concerns_one_prompt, failure_of_row, failure_of_statement
from adapters.chat.usage import tokens_of
from adapters.rows import Cell, Row
from adapters.snowflake.sessions import Session, Sessions
from domain.errors import ChatFailed, ReplyInvalid, Unavailable
from domain.language_model import Completion, Prompt

Outcome = Completion | ChatFailed

MOST_PROMPTS = 256  # chosen: minutes of work, and little lost when a statement fails
MOST_CHARACTERS = 8_000_000  # half of what one bound text may hold
HOTTEST = 1.0  # temperatures of AI_COMPLETE end there

# A failing row then gives its error, where the default of older accounts fails the statement.
FORGIVE = "alter session set ai_sql_error_handling_use_fail_on_error = false"

# The call stands once and nothing refers to it: each reference might run, and bill, it again.
FREE = """
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
SHAPED = FREE.replace(
    "show_details", "response_format => parse_json(?)::object,\n        show_details"
)


@dataclass(frozen=True, slots=True)
class Manner:
    """How prompts of one statement are asked. Both are JSON; `shape` is None for free text.

    Snowflake keeps the fields of an object in the order of the alphabet, so a model may be asked
    for them in that order rather than in the schema's.
    """

    parameters: str
    shape: str | None
    most_tokens: int


def manner_of(model: str, prompt: Prompt) -> Manner:
    """How this prompt is to be asked. AI_COMPLETE takes no seed."""
    most_tokens = room_for(model, prompt)
    parameters: dict[str, float] = {"max_tokens": most_tokens}
    if capabilities_of(model).takes_temperature:
        parameters["temperature"] = min(prompt.temperature, HOTTEST)
    shape = None if prompt.schema is None else json.dumps({"type": "json", "schema": prompt.schema})
    return Manner(json.dumps(parameters), shape, most_tokens)


def statements_of(model: str, prompts: Sequence[Prompt]) -> list[tuple[Manner, list[int]]]:
    """The positions of the prompts that one statement may ask, for each statement needed."""
    alike: dict[Manner, list[int]] = {}
    for position, prompt in enumerate(prompts):
        alike.setdefault(manner_of(model, prompt), []).append(position)
    return [
        (manner, part)
        for manner, positions in alike.items()
        for part in _portions(positions, prompts)
    ]


def complete_all(sessions: Sessions, model: str, prompts: Sequence[Prompt]) -> list[Outcome]:
    """What came of each prompt, in their order. Blocks; statements run one after another."""
    outcomes: dict[int, Outcome] = {}
    for manner, positions in statements_of(model, prompts):
        asked = [prompts[position] for position in positions]
        outcomes |= zip(positions, complete_alike(sessions, model, manner, asked), strict=True)
    return [outcomes[position] for position in range(len(prompts))]


def complete_alike(
    sessions: Sessions, model: str, manner: Manner, prompts: Sequence[Prompt]
) -> list[Outcome]:
    """What came of prompts of one manner, in their order, by one statement. Blocks.

    Where Snowflake fails the statement for one row, it is asked again in halves, so that only that
    prompt fails.
    """
    if not prompts:
        return []
    started = time.monotonic()
    try:
        rows = _rows(sessions, model, manner, prompts)
    except Unavailable as refused:
        seconds = time.monotonic() - started
        failures = [failure_of_statement(refused, seconds) for _ in prompts]
        if len(prompts) == 1 or not concerns_one_prompt(failures[0]):
            return [*failures]
        half = len(prompts) // 2
        parts = prompts[:half], prompts[half:]
        return [o for part in parts for o in complete_alike(sessions, model, manner, part)]
    seconds = time.monotonic() - started
    replies = {row["position"]: row["reply"] for row in rows}
    return [
        _outcome(replies.get(position), model, prompt, manner, seconds)
        for position, prompt in enumerate(prompts)
    ]


def _rows(
    sessions: Sessions, model: str, manner: Manner, prompts: Iterable[Prompt]
) -> Sequence[Row]:
    texts = json.dumps([text_of(prompt) for prompt in prompts])
    shape = [] if manner.shape is None else [manner.shape]
    statement = FREE if manner.shape is None else SHAPED

    def asked(session: Session) -> list[Row]:
        with suppress(Unavailable):
            session.run(FORGIVE)
        return session.rows(statement, [model, manner.parameters, *shape, texts])

    return sessions.repeated(asked)


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


class _Shaped(BaseModel):
    raw_message: dict[str, Any] | str


class _Value(BaseModel):
    choices: list[_Message] = []
    structured_output: list[_Shaped] = []
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


def _outcome(reply: Cell, model: str, prompt: Prompt, manner: Manner, seconds: float) -> Outcome:
    if not isinstance(reply, str):
        return _nothing_whole()
    try:
        read = _Reply.model_validate_json(reply)
    except ValidationError:
        return unread(reply, "one of AI_COMPLETE")
    if read.error is not None:
        return failure_of_row(read.error, seconds)
    text = None if read.value is None else _text(read.value)
    if read.value is None or text is None:
        return _nothing_whole()
    tokens = tokens_of(read.value.usage, prompt, manner.most_tokens)
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


def _nothing_whole() -> ReplyInvalid:
    """NULL without an error is what running out of tokens has been seen to give."""
    return ReplyInvalid("nothing whole came of it; write less", truncated=True)
