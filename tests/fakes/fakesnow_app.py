"""A local Snowflake: fakesnow's server with what it lacks, run by an environment of its own.

fakesnow pins versions of DuckDB and sqlglot that need not be ours, so this file imports nothing of
the project. Usage: python fakesnow_app.py PORT
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import gzip
import json
import re
import sys
import warnings
from collections import deque

import fakesnow.server
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

SESSION_SECONDS = 3_600

KEYS = re.compile(
    r",\s*(primary|foreign) key \([^)]*\)( references [\w.]+ \([^)]*\))?", re.IGNORECASE
)

logins: deque[dict[str, object]] = deque(maxlen=1)


async def login(request: Request) -> Response:
    """fakesnow's answer with the fields that connector 5 will not do without."""
    asked = json.loads(await plain(request))
    logins.append(asked["data"])
    told = asked["data"].get("SESSION_PARAMETERS", {})
    if "NOP_REGEXES" in told:  # connector 5 writes names in capitals and lists as text
        told["nop_regexes"] = json.loads(told.pop("NOP_REGEXES"))
    request._body = packed(asked, request)
    answer = await fakesnow.server.login_request(request)
    body = json.loads(answer.body)
    body["data"] |= {
        "masterToken": body["data"]["token"],
        "sessionId": len(logins),
        "validityInSeconds": SESSION_SECONDS,
        "masterValidityInSeconds": SESSION_SECONDS,
    }
    return JSONResponse(body)


async def query(request: Request) -> Response:
    """fakesnow's answer, or what Snowflake says to a session that ended."""
    token = request.headers.get("authorization", "")[17:-1]
    if token in fakesnow.server.sessions:
        asked = json.loads(await plain(request))
        # Snowflake notes the keys of a table, DuckDB enforces them.
        asked["sqlText"] = KEYS.sub("", asked["sqlText"])
        request._body = packed(asked, request)
        answer: Response = await fakesnow.server.query_request(request)
        return with_whole_stage(answer)
    message = "Authentication token has expired.  The user must authenticate again."
    body = {"data": None, "code": "390114", "message": message, "success": False}
    return JSONResponse(body)


def with_whole_stage(answer: Response) -> Response:
    """The answer to a PUT with what connector 5 will not do without; any other as it is."""
    if b'"stageInfo"' not in bytes(answer.body):
        return answer
    body = json.loads(bytes(answer.body))
    body["data"]["stageInfo"] |= {"region": "local"}
    body["data"]["overwrite"] = True  # as all of ours ask for
    return JSONResponse(body)


async def plain(request: Request) -> bytes:
    """The body as it was before connector 4 zipped it; connector 5 does not."""
    body = await request.body()
    return gzip.decompress(body) if zipped(request) else body


def zipped(request: Request) -> bool:
    """Whether the client compressed the body."""
    return request.headers.get("content-encoding") == "gzip"


def packed(asked: dict[str, object], request: Request) -> bytes:
    """A body as this client would have sent it."""
    body = json.dumps(asked).encode()
    return gzip.compress(body) if zipped(request) else body


async def expire(_request: Request) -> Response:
    """End every session, as Snowflake does with those that idled too long."""
    ended = len(fakesnow.server.sessions)
    fakesnow.server.sessions.clear()
    return JSONResponse({"ended": ended})


async def last_login(_request: Request) -> Response:
    """What the newest session showed to be let in."""
    return JSONResponse(logins[-1])


def app() -> Starlette:
    """The server's routes, ours before those they replace."""
    ours = [
        Route("/session/v1/login-request", login, methods=["POST"]),
        Route("/queries/v1/query-request", query, methods=["POST"]),
        Route("/test/last-login", last_login),
        Route("/test/expire", expire, methods=["POST"]),
    ]
    server: Starlette = fakesnow.server.app
    server.router.routes[:0] = ours
    return server


if __name__ == "__main__":
    fakesnow.server.logger.setLevel("ERROR")
    warnings.simplefilter("ignore")
    uvicorn.run(app(), host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
