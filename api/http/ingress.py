"""Ingress: what reaches the application is whole, small enough, and JSON in one sense only.

Pure ASGI, before the framework. A body that two parsers could read differently is refused: names
given twice, NaN and infinity, lone surrogates, NUL, encodings other than UTF-8 (RFC 7493).
"""

from __future__ import annotations

import asyncio
import json
import math
import re
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.representations.problems import (
    MALFORMED,
    NOT_FOUND,
    TOO_LARGE,
    TOO_SLOW,
    UNSUPPORTED,
    Refused,
    refusal,
)
from api.settings import Settings

METHODS_WITH_BODY = frozenset({"POST", "PUT", "PATCH"})
MAX_DEPTH = 64
JSON_TYPE = re.compile(r"application/json\s*(;\s*(charset=\"?utf-8\"?\s*)?)?", re.IGNORECASE)
UNFIT_TEXT = re.compile("[\0\ud800-\udfff]")


class ClientGone(Exception):
    """The client hung up before its body was whole; there is nobody left to answer."""


class Ingress:
    """Reads the whole body before the application sees any of it, and refuses what is unfit."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass an HTTP request on, or answer it with a problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            _refuse_nul(scope["path"])
            body = await self._read_body(scope, receive)
        except Refused as refused:
            await refusal(scope, refused)(scope, receive, send)
        except ClientGone:
            return
        else:
            await self._app(scope, _replay(body, receive), send)

    async def _read_body(self, scope: Scope, receive: Receive) -> bytes:
        if scope["method"] not in METHODS_WITH_BODY:
            return b""
        headers = Headers(scope=scope)
        if not _has_body(headers):
            return b""
        _refuse_other_types(headers)
        self._refuse_too_large(_announced_bytes(headers))
        try:
            async with asyncio.timeout(self._settings.receive_seconds):
                body = await self._receive_all(receive)
        except TimeoutError:
            seconds = self._settings.receive_seconds
            detail = f"the body was not complete after {seconds:g} s"
            raise Refused(TOO_SLOW, detail, headers={"Connection": "close"}) from None
        if body:
            check_json(body)
        return body

    async def _receive_all(self, receive: Receive) -> bytes:
        body = bytearray()
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGone
            body += message.get("body", b"")
            self._refuse_too_large(len(body))
            more = message.get("more_body", False)
        return bytes(body)

    def _refuse_too_large(self, size: int) -> None:
        limit = self._settings.max_body_bytes
        if size > limit:
            detail = f"a body may have {limit:,} bytes"
            raise Refused(TOO_LARGE, detail, headers={"Connection": "close"})


def check_json(body: bytes) -> None:
    """Raise Refused unless the body is JSON that every parser reads the same way."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Refused(MALFORMED, f"byte {error.start} is not UTF-8; send UTF-8") from None
    try:
        value = json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_refuse_constant,
            parse_float=_finite,
            parse_int=_finite,
        )
    except json.JSONDecodeError as error:
        detail = f"not valid JSON at line {error.lineno}, column {error.colno}"
        raise Refused(MALFORMED, detail) from None
    except RecursionError:
        _refuse_depth()
    if "\\u" in text or text.count("[") + text.count("{") > MAX_DEPTH:
        _check_values(value)


def _refuse_nul(path: str) -> None:
    """One store has no text with NUL, another would look for it: nothing of ours is called so."""
    if "\0" in path:
        raise Refused(NOT_FOUND, "no address holds NUL")


def _unique(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise Refused(MALFORMED, "an object has the same name twice")
    return members


def _refuse_constant(_: str) -> NoReturn:
    raise Refused(MALFORMED, "NaN and infinity are not JSON")


def _finite(literal: str) -> float:
    value = float(literal)
    if not math.isfinite(value):
        raise Refused(MALFORMED, "a number is too large for a 64-bit float")
    return value


def _check_values(value: Any) -> None:  # noqa: ANN401 - any JSON
    level: list[Any] = [value]
    depth = 0
    while level:
        inner: list[Any] = []
        _check_texts(item for item in level if isinstance(item, str))
        for item in level:
            if isinstance(item, dict):
                _check_texts(item)
                inner.extend(item.values())
            elif isinstance(item, list):
                inner.extend(item)
            else:
                continue
            if depth == MAX_DEPTH:
                _refuse_depth()
        level, depth = inner, depth + 1


def _check_texts(texts: Iterable[str]) -> None:
    if any(UNFIT_TEXT.search(text) for text in texts):
        raise Refused(MALFORMED, "a text holds NUL or half of a surrogate pair")


def _refuse_depth() -> NoReturn:
    raise Refused(MALFORMED, f"nested deeper than {MAX_DEPTH} levels")


def _has_body(headers: Headers) -> bool:
    return "transfer-encoding" in headers or headers.get("content-length", "0") != "0"


def _refuse_other_types(headers: Headers) -> None:
    if not JSON_TYPE.fullmatch(headers.get("content-type", "").strip()):
        raise Refused(UNSUPPORTED, "send Content-Type: application/json in UTF-8")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise Refused(UNSUPPORTED, "send the body without Content-Encoding")


def _announced_bytes(headers: Headers) -> int:
    announced = headers.get("content-length", "0")
    if not (announced.isascii() and announced.isdigit() and len(announced) < 20):
        raise Refused(MALFORMED, "Content-Length is not a number")
    return int(announced)


def _replay(body: bytes, receive: Receive) -> Receive:
    """Gives the body once, then whatever the server has to say."""
    unread = [body]

    async def replayed() -> Message:
        if unread:
            return {"type": "http.request", "body": unread.pop(), "more_body": False}
        return await receive()

    return replayed
