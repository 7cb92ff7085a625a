from __future__ import annotations

from collections.abc import Sequence

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from api.app import create_app
from api.request_log import RequestLog
from api.settings import Settings

pytestmark = pytest.mark.anyio

HEADER = b"Sf-Context-Current-User"
Names = Sequence[bytes]


async def logged_caller(names: Names, *, spcs: bool) -> object:
    """The caller in the log of a request that names these users."""
    transport = httpx.ASGITransport(create_app(Settings(spcs=spcs)))
    async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:
        with capture_logs() as lines:
            await client.get("/openapi.json", headers=[(HEADER, name) for name in names])
    (line,) = [line for line in lines if line["event"] == "request"]
    return line["caller"]


async def test_in_a_container_the_user_snowflake_names_is_the_caller() -> None:
    assert await logged_caller([b"DANA_FOX"], spcs=True) == "DANA_FOX"


async def test_elsewhere_anyone_may_send_the_header_and_it_names_nobody() -> None:
    assert await logged_caller([b"DANA_FOX"], spcs=False) is None


@pytest.mark.parametrize(
    "names", [[], [b""], [b"DANA_FOX", b"ADMIN"], [b"x" * 256], ["JOS\u00c9".encode()], [b"a\x1bb"]]
)
async def test_a_name_that_is_missing_doubled_or_odd_is_nobodys(names: Names) -> None:
    assert await logged_caller(names, spcs=True) is None


@pytest.mark.parametrize(("behind_snowflake", "user"), [(True, "DANA_FOX"), (False, None)])
async def test_the_caller_is_in_the_state_of_the_request(
    behind_snowflake: bool, user: str | None
) -> None:
    async def who(scope: Scope, receive: Receive, send: Send) -> None:
        await JSONResponse(Request(scope).state.caller.user)(scope, receive, send)

    app = RequestLog(who, behind_snowflake=behind_snowflake)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app), base_url="http://twin"
    ) as client:
        answer = await client.get("/", headers={"Sf-Context-Current-User": "DANA_FOX"})
    assert answer.json() == user
