"""HTTP transport: sends one JSON request and reads its whole reply, within a total deadline.

httpx's own pool takes 8 times the ideal at 256 requests in flight, for its cost grows with the
square of them. Requests go straight to the transport over aiohttp: what an httpx client adds
(redirects, cookies, authentication) is not wanted here and was a sixth of the CPU of a call.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import AiohttpTransport

from domain.errors import ChatBroken, ChatRefused, ChatTimedOut

CONNECT_SECONDS = 10.0
SILENCE_SECONDS = 120.0  # between two bytes; the deadline is what limits a server that trickles
KEEP_ALIVE_SECONDS = 30.0  # below the idle limits of common proxies, which begin at 60 s
TOKEN = re.compile(r"[!-~]{1,16384}")
MOST_BYTES = 4_000_000  # chosen: a hundred times the longest reply asked for

TIMEOUT = httpx.Timeout(SILENCE_SECONDS, connect=CONNECT_SECONDS, pool=None).as_dict()
EVERY_REQUEST = {"content-type": "application/json", "accept-encoding": "gzip, deflate"}


@dataclass(frozen=True, slots=True)
class HttpReply:
    """Status, headers and the whole body of a reply."""

    status: int
    headers: httpx.Headers
    body: bytes


@asynccontextmanager
async def open_transport(most_connections: int) -> AsyncIterator[httpx.AsyncBaseTransport]:
    """What carries requests; it keeps every connection it opens, at most this many."""
    limits = httpx.Limits(max_connections=most_connections, keepalive_expiry=KEEP_ALIVE_SECONDS)
    transport = AiohttpTransport(limits=limits)
    try:
        yield transport
    finally:
        await transport.aclose()


async def post(
    transport: httpx.AsyncBaseTransport,
    url: str,
    headers: Mapping[str, str],
    body: Mapping[str, Any],
    *,
    deadline_seconds: float,
) -> HttpReply:
    """Post JSON and read the reply to its end. Raises ChatTimedOut and ChatBroken."""
    try:
        async with asyncio.timeout(deadline_seconds):
            response = await transport.handle_async_request(_request(url, headers, body))
            async with aclosing(response):
                return HttpReply(response.status_code, response.headers, await _whole(response))
    except TimeoutError as error:
        raise ChatTimedOut(deadline_seconds) from error
    except (httpx.HTTPError, httpx.InvalidURL, aiohttp.ClientError) as error:
        # Only the kind of error: messages of libraries may quote addresses and headers.
        reached = _was_sent(error)
        raise ChatBroken(type(error).__name__, reached=reached, may_cost=reached) from error


def _was_sent(error: Exception) -> bool:
    """Whether the request may have left. The transport names both alike; the cause differs."""
    never = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
    unsent = (httpx.PoolTimeout, httpx.UnsupportedProtocol, httpx.InvalidURL)
    return not isinstance(error.__cause__ or error, never) and not isinstance(error, unsent)


def bearer(token: str) -> str:
    """The authorization header of a token. Raises ChatRefused rather than send a mangled one."""
    if not TOKEN.fullmatch(token):
        remedy = "set it again without spaces or line breaks"
        raise ChatRefused("the token is empty or no token", remedy, lasting=True)
    return f"Bearer {token}"


def _request(url: str, headers: Mapping[str, str], body: Mapping[str, Any]) -> httpx.Request:
    content = json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return httpx.Request(
        "POST",
        _parsed(url),
        headers={**EVERY_REQUEST, **headers},
        content=content.encode(),
        extensions={"timeout": TIMEOUT},
    )


@lru_cache
def _parsed(url: str) -> httpx.URL:
    """Parsed once, for it is a fifth of what a request costs this process."""
    return httpx.URL(url)


async def _whole(response: httpx.Response) -> bytes:
    pieces: list[bytes] = []
    size = 0
    async for piece in response.aiter_bytes():
        size += len(piece)
        if size > MOST_BYTES:
            raise ChatBroken(f"a reply of more than {MOST_BYTES} bytes", may_cost=True)
        pieces.append(piece)
    return b"".join(pieces)
