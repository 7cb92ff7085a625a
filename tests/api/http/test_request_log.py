from __future__ import annotations

import logging
import re

import httpx
import pytest
from structlog.testing import capture_logs

pytestmark = pytest.mark.anyio

UNSAID = "the words of a customer"


@pytest.mark.parametrize("given", ["abc-123", "x" * 128, "!~"])
async def test_a_request_id_is_returned_as_given(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/healthz", headers={"X-Request-ID": given})
    assert answer.headers["x-request-id"] == given


@pytest.mark.parametrize(
    "given", ["", "x" * 129, "two words", "caf\u00e9".encode().decode("latin-1")]
)
async def test_a_request_id_that_cannot_be_used_is_replaced(
    client: httpx.AsyncClient, given: str
) -> None:
    header = given.encode("latin-1")
    answer = await client.get("/healthz", headers=[(b"X-Request-ID", header)])
    assert re.fullmatch("req_[0-9a-f]{32}", answer.headers["x-request-id"])


async def test_a_problem_carries_the_request_id(client: httpx.AsyncClient) -> None:
    answer = await client.get("/personas/S99", headers={"X-Request-ID": "mine"})
    assert answer.json()["request_id"] == answer.headers["x-request-id"] == "mine"


async def test_a_request_is_logged_by_its_route_and_never_by_its_body(
    client: httpx.AsyncClient,
) -> None:
    with capture_logs() as lines:
        await client.post("/personas/S1/ask", json={"scenario": UNSAID})
    (line,) = [line for line in lines if line["event"] == "request"]
    assert line["method"] == "POST"
    assert line["route"] == "/personas/{persona_or_segment_id}/ask"
    assert line["status"] == 200
    assert UNSAID not in str(lines)


@pytest.mark.parametrize(("path", "told"), [("/healthz", 0), ("/readyz", 0), ("/version", 1)])
async def test_probes_that_succeed_are_not_worth_a_line(
    client: httpx.AsyncClient, path: str, told: int
) -> None:
    with capture_logs() as lines:
        await client.get(path)
    assert len([line for line in lines if line["event"] == "request"]) == told


@pytest.mark.usefixtures("client")
async def test_an_error_the_server_logs_loses_its_message() -> None:
    error = RuntimeError(UNSAID)
    with capture_logs() as lines:
        logging.getLogger("uvicorn.error").error("it broke", exc_info=error)
    assert [(line["event"], line["error"]) for line in lines] == [("it broke", "RuntimeError")]
