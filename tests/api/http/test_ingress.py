from __future__ import annotations

import asyncio

import httpx
import pytest
from fastapi import FastAPI
from starlette.types import Message

from api.http.ingress import MAX_DEPTH, check_json
from api.representations.problems import Refused
from api.settings import Settings
from tests.api.conftest import SMALLEST_BODY

pytestmark = pytest.mark.anyio

JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b'"text"',
        b"[1, -0, 1.5e300, true]",
        '{"text": "caf\u00e9 \U0001f600"}'.encode(),
        b'"\\ud83d\\ude00"',
        b"[" * MAX_DEPTH + b"]" * MAX_DEPTH,
        b'["[[[[", "\\u005b"]',
    ],
)
def test_json_with_one_meaning_passes(body: bytes) -> None:
    check_json(body or b"{}")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"{", "line 1, column 2"),
        (b"{'a': 1}", "not valid JSON"),
        (b'{"a": 1,}', "not valid JSON"),
        (b"[1] trailing", "not valid JSON"),
        (b"\xef\xbb\xbf{}", "not valid JSON"),
        (b'{"a": NaN}', "NaN"),
        (b"[-Infinity]", "infinity"),
        (b"[1e999]", "64-bit"),
        (b"[" + b"9" * 5000 + b"]", "64-bit"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b'{"a": {"b": 1, "\\u0062": 2}}', "twice"),
        (b'["\\ud800"]', "surrogate"),
        (b'{"\\udc00": 1}', "surrogate"),
        (b'{"text": "a\\u0000b"}', "NUL"),
        (b'["\x00"]', "not valid JSON"),
        (b'["\xff"]', "UTF-8"),
        (b'["\xed\xa0\x80"]', "UTF-8"),
        ('{"text": "x"}'.encode("utf-16"), "UTF-8"),
        (b"[" * (MAX_DEPTH + 1) + b"]" * (MAX_DEPTH + 1), "deeper"),
        (b'{"a":' * 200 + b"1" + b"}" * 200, "deeper"),
        (b"[" * 500_000, "deeper"),
        (b"[" * 30_000 + b"]" * 30_000, "deeper"),
    ],
)
def test_json_that_two_parsers_may_read_differently_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(Refused, match=reason):
        check_json(body)


@pytest.mark.parametrize(
    ("headers", "body", "status", "slug"),
    [
        (JSON, b'{"scenario": NaN}', 400, "malformed-request"),
        (JSON | {"content-length": "-1"}, b"{}", 400, "malformed-request"),
        ({"content-type": "text/plain"}, b"{}", 415, "unsupported-media-type"),
        ({"content-type": "application/json; charset=latin-1"}, b"{}", 415, None),
        ({}, b"{}", 415, None),
        (JSON | {"content-encoding": "gzip"}, b"{}", 415, None),
        (JSON, b'"' + b"x" * SMALLEST_BODY + b'"', 413, "body-too-large"),
        (JSON, b"", 422, "invalid-request"),
        (JSON, b"[]", 422, "invalid-request"),
    ],
)
async def test_an_unfit_body_is_a_problem_that_says_why(
    client: httpx.AsyncClient,
    headers: dict[str, str],
    body: bytes,
    status: int,
    slug: str | None,
) -> None:
    answer = await client.post("/simulations", content=body, headers=headers)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"
    if slug:
        assert answer.json()["type"] == f"urn:cdt:problem:{slug}"


@pytest.mark.parametrize(
    "content_type", ["application/json", "APPLICATION/JSON; charset=UTF-8", "application/json ;"]
)
async def test_json_may_be_announced_in_several_ways(
    client: httpx.AsyncClient, content_type: str
) -> None:
    answer = await client.post(
        "/scenarios/levers", content=b'{"text": "hello"}', headers={"content-type": content_type}
    )
    assert answer.status_code == 200


async def test_a_body_larger_than_announced_is_cut_off(app: FastAPI) -> None:
    chunks = [b"x" * 1024] * (SMALLEST_BODY // 1024 + 1)
    pieces: list[Message] = [
        {"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks
    ]
    assert (await _post(app, pieces))["status"] == 413


async def test_a_body_that_never_ends_is_given_up(app: FastAPI) -> None:
    sent = await _post(app, [{"type": "http.request", "body": b"{", "more_body": True}])
    assert sent["status"] == 408


async def test_a_client_that_hangs_up_gets_no_answer(app: FastAPI) -> None:
    assert await _post(app, [{"type": "http.disconnect"}]) == {}


async def test_a_service_bound_beyond_loopback_without_keys_serves_nobody(app: FastAPI) -> None:
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://192.0.2.7") as stranger:
        answer = await stranger.get("/personas")
    assert answer.status_code == 403
    assert "CDT_ALLOW_UNAUTHENTICATED" in answer.json()["detail"]


async def test_what_passes_reaches_the_application_unchanged(client: httpx.AsyncClient) -> None:
    text = "Raising prices by $5/month, n\u00e3o \U0001f600"
    answer = await client.post("/scenarios/levers", json={"text": text})
    assert answer.json()["levers"][0]["amount_dollars"] == 5


def test_the_default_limit_is_one_mebibyte() -> None:
    assert Settings().max_body_bytes == 1024 * 1024


async def _post(app: FastAPI, pieces: list[Message]) -> Message:
    """The start of the answer to a body that arrives in pieces and then stalls."""
    waiting = list(pieces)
    answer: Message = {}

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return waiting.pop(0)

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.update(message)

    headers = [(b"content-type", b"application/json"), (b"transfer-encoding", b"chunked")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/simulations",
        "raw_path": b"/simulations",
        "query_string": b"",
        "headers": headers,
    }
    await app(scope, receive, send)
    return answer
