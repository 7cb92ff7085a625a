"""Completions: writes requests and reads replies of the chat-completions API most servers share.

Messages of providers are matched, never passed on: they may quote the prompt or a secret.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from pydantic import BaseModel, ValidationError

from adapters.chat.http_transport import HttpReply
from adapters.chat.usage import tokens_of
from domain.errors import ChatBroken, ChatFailed, ChatRefused, ChatThrottled, ReplyInvalid
from domain.language_model import Completion, Prompt, Schema

MOST_READ = 20_000  # bytes of an error's body that are searched
TRANSIENT = frozenset({408, 409, 425, 500})  # and everything above 500
GATEWAYS = (502, 504)  # between us and a provider that may have worked all the same
CUT_SHORT = ("length", "max_tokens")  # finish reasons of OpenAI's dialect and of Anthropic's
CHECK_SETTINGS = "check the CDT_MODEL settings with `twin doctor`"
SECONDS = re.compile(r"[0-9]{1,6}(\.[0-9]{1,6})?")
# A number or a few words; a key that a server repeats under this name is neither.
SAFE_CODE = re.compile(
    rb'"(?:code|error_code)"\s{0,4}:\s{0,4}'
    rb'"?([0-9]{1,8}|[a-z]{1,20}(?:_[a-z]{1,20}){0,5})"?\s{0,4}[,}]'
)


class _Text(BaseModel):
    text: str = ""


class _Message(BaseModel):
    content: str | list[_Text]


class _Choice(BaseModel):
    message: _Message
    finish_reason: str | None = None  # Cortex leaves it out for Claude


class _Body(BaseModel):
    choices: list[_Choice]
    usage: Any = None  # see adapters/chat/usage.py


def messages_of(prompt: Prompt) -> list[dict[str, str]]:
    """One system and one user message: some chat templates refuse two of a role in a row."""
    return [
        {"role": "system", "content": prompt.system},
        {"role": "user", "content": "\n\n".join(prompt.user)},
    ]


def schema_format(schema: Schema, *, strict: bool) -> dict[str, Any]:
    """The `response_format` that binds a reply to a schema; OpenAI itself does so only if strict.

    Left out when false, for Cortex does not document it.
    """
    binding = {"strict": True} if strict else {}
    return {"type": "json_schema", "json_schema": {"name": "reply", "schema": schema, **binding}}


def completion_of(reply: HttpReply, model: str, prompt: Prompt, most_tokens: int) -> Completion:
    """What a reply says. Raises the ChatFailed error that stands for it when it says nothing.

    One that used up `most_tokens` was cut short: Cortex gives no finish reason but "stop".
    """
    if reply.status != 200:
        raise failure_of(reply)
    try:
        body = _Body.model_validate_json(reply.body)
    except ValidationError as error:
        raise unreadable(reply.body, "a chat completion") from error
    if not body.choices:
        raise ChatBroken("its answer holds no choice", may_cost=True)
    choice, tokens = body.choices[0], tokens_of(body.usage, prompt, most_tokens)
    return Completion(
        text=_text(choice.message.content),
        model=model,
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        truncated=choice.finish_reason in CUT_SHORT or tokens.used_up,
        estimated=tokens.estimated,
    )


def unreadable(body: str | bytes, kind: str) -> ChatFailed:
    """The error for an answer that cannot be read as one of this kind.

    JSON may hold half of a character that takes two, as of an emoji cut in the middle, and is all
    right but for that; the model may do better when asked again.
    """
    with suppress(ValueError, RecursionError):
        if _has_lone_surrogate(json.loads(body)):
            return ReplyInvalid("it holds half a character; write whole ones")
    return ChatBroken(f"its answer is not {kind}", may_cost=True)


def _has_lone_surrogate(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False


def failure_of(reply: HttpReply) -> ChatFailed:
    """The error that a status other than 200 stands for."""
    body = reply.body[:MOST_READ].lower()
    return failure_for(reply.status, body, _label(reply), _retry_after(reply))


def failure_for(status: int, body: bytes, label: str, wait_seconds: float | None) -> ChatFailed:
    """The error for a status, however it came; `body` is searched, `label` may be shown."""
    if status == 429 and b"insufficient_quota" in body:
        return ChatRefused("the account is out of credit", "top it up", lasting=True)
    if status == 429 or (status == 400 and b"throttled" in body):
        return ChatThrottled(wait_seconds)
    if status == 503 and wait_seconds is not None:
        return ChatThrottled(wait_seconds)
    if status == 422:
        return ReplyInvalid("it does not have the shape asked for")
    if status in TRANSIENT or status > 500:
        return ChatBroken(label, may_cost=status in GATEWAYS)
    reason, remedy, lasting = _refusal(status, body)
    return ChatRefused(f"{reason} ({label})", remedy, lasting=lasting)


def _refusal(status: int, body: bytes) -> tuple[str, str, bool]:
    """Why, what to do, and whether every other call would fare the same."""
    if status == 400 and b"unknown model" in body:
        return "it does not know the model", f"set CDT_MODEL; {CHECK_SETTINGS}", True
    if status == 400 and b"token" in body:
        return "the prompt is too long", "use a shorter scenario or a larger model", False
    return REFUSALS.get(status, ("it does not take the request", CHECK_SETTINGS, status != 400))


REFUSALS: dict[int, tuple[str, str, bool]] = {
    400: ("it finds fault with the request", CHECK_SETTINGS, False),
    401: ("the credentials are not valid", "renew them", True),
    402: ("the budget is spent", "raise the account's budget", True),
    403: ("the credentials may not call it", "grant the role access to the model", True),
    404: ("nothing answers at this address", CHECK_SETTINGS, True),
    405: ("nothing answers at this address", CHECK_SETTINGS, True),
    413: ("the prompt is too long", "use a shorter scenario", False),
}


def _label(reply: HttpReply) -> str:
    """The status with the provider's own code, when it looks like one."""
    code = SAFE_CODE.search(reply.body[:MOST_READ])
    return f"HTTP {reply.status}, code {code[1].decode()}" if code else f"HTTP {reply.status}"


def _retry_after(reply: HttpReply) -> float | None:
    """Seconds to wait, which the header gives as a number or as a date (RFC 9110, 10.2.3)."""
    value = reply.headers.get("retry-after", "").strip()
    if SECONDS.fullmatch(value):
        return float(value)
    try:
        when = parsedate_to_datetime(value)
    except ValueError:
        return None
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())


def _text(content: str | Sequence[_Text]) -> str:
    return content if isinstance(content, str) else "".join(part.text for part in content)
