"""A local Snowflake with stand-ins for AI_COMPLETE and AI_EMBED, run like fakesnow_app.py.

A prompt says what becomes of it: `<<error: text>>` gives that error in its row, `<<fail: text>>`
fails the statement, `<<null>>` gives nothing, `<<say: text>>` is the reply, `<<tokens: n>>` its
length, `<<wait: seconds>>` how long it takes. Calls are recorded. Needs numpy beside fakesnow.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

import asyncio
import json
import re
import sys
import time
import warnings
import zlib
from typing import Any, NoReturn

import fakesnow.server
import fakesnow_app  # type: ignore[import-not-found]  # beside this file, where it runs
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

MODELS = {"claude-haiku-4-5", "llama3.3-70b", "openai-gpt-5-mini"}
EMBEDDERS = {"snowflake-arctic-embed-m-v1.5", "e5-base-v2"}
DIMENSIONS = 8
RETURN_ROW_ERRORS = "ai_sql_error_handling_use_fail_on_error = false"
UNSUPPORTED = {"minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems", "format"}

calls: list[dict[str, Any]] = []
failures: list[str] = []
replies: list[str] = ["{}"]
statements: list[str] = []  # the session of each
one_at_a_time = asyncio.Lock()
forgiving: set[str] = set()  # sessions in which a row fails alone


def ai_complete(call: str) -> str | None:
    """What Snowflake documents for the arguments, as JSON."""
    asked = json.loads(call)
    calls.append({"statement": len(statements), **asked})
    told = dict(re.findall(r"<<(\w+)(?:: (.*?))?>>", asked["prompt"]))
    time.sleep(float(told.get("wait", 0)))
    if "fail" in told:
        fail(told["fail"])
    if "null" in told:
        return None
    error = told.get("error") or fault_in(asked)
    if error and statements[-1] not in forgiving:
        fail(error)
    return json.dumps({"value": None if error else value_of(asked, told), "error": error})


def fault_in(asked: dict[str, Any]) -> str | None:
    """Why AI_COMPLETE would not take the arguments."""
    if asked["model"] not in MODELS:
        return f'unknown model "{asked["model"]}"'
    if not 0 <= asked["model_parameters"].get("temperature", 0) <= 1:
        return "invalid options object"
    schema = (asked["response_format"] or {}).get("schema", {})
    found = UNSUPPORTED & set(re.findall(r'"(\w+)": ', json.dumps(schema)))
    return f"input schema validation error: {found}" if found else None


def value_of(asked: dict[str, Any], told: dict[str, str]) -> str | dict[str, Any]:
    """The details, in the two shapes they come in: with a schema an object, else a string."""
    shaped = asked["response_format"] is not None
    text = told.get("say") or (replies[-1] if shaped else f"heard {asked['prompt']}")
    written = int(told.get("tokens", 20))
    usage = {"prompt_tokens": 100, "completion_tokens": written, "total_tokens": 130 + written}
    details = {"created": 1, "model": asked["model"], "usage": usage}
    if not shaped:
        return json.dumps({"choices": [{"messages": text}], **details})
    return {"structured_output": [{"raw_message": json.loads(text), "type": "json"}], **details}


def ai_embed(call: str) -> str:
    """A vector that depends on the words of a text alone, as JSON in place of a VECTOR."""
    asked = json.loads(call)
    calls.append({"statement": len(statements), **asked})
    if asked["model"] not in EMBEDDERS:
        fail(f"unknown model {asked['model']}")
    vector = [0.0] * DIMENSIONS
    for word in asked["text"].split():
        vector[zlib.crc32(word.encode()) % DIMENSIONS] += 1.0
    return json.dumps(vector)


def fail(said: str) -> NoReturn:
    """Fail the whole statement, as a call does that may not give its error in its row."""
    failures.append(said)
    raise ValueError(said)


async def query(request: Request) -> Response:
    """The answer, or what Snowflake says when an AI call fails its statement."""
    session = request.headers["authorization"]
    sql = json.loads(await fakesnow_app.plain(request))["sqlText"]
    async with one_at_a_time:  # so that each AI call belongs to the last statement
        statements.append(session)
        answer: Response = await fakesnow_app.query(request)
    if RETURN_ROW_ERRORS in sql and json.loads(bytes(answer.body))["success"]:
        forgiving.add(session)
    if answer.status_code != 500 or not failures:
        return answer
    body = {"data": {}, "code": "100351", "message": failures.pop(), "success": False}
    return JSONResponse(body)


async def furnish(request: Request) -> Response:
    """Give a database both functions: macros, for only they take arguments by name."""
    name = request.path_params["database"].upper()
    if not re.fullmatch(r"\w+", name):
        return Response(status_code=400)
    for statement in (AI_COMPLETE, AI_EMBED):
        fakesnow.server.shared_fs.duck_conn.execute(statement.format(schema=f"{name}.main"))
    return Response()


async def made_calls(_request: Request) -> Response:
    """The arguments of every call since the last time this was asked."""
    made = list(calls)
    calls.clear()
    return JSONResponse(made)


async def set_reply(request: Request) -> Response:
    """What every prompt with a schema is answered from now on."""
    replies.append((await request.body()).decode())
    return Response()


AI_COMPLETE = """
create or replace macro {schema}.ai_complete(
    model, prompt, model_parameters := null, response_format := null,
    show_details := false, return_error_details := false
) as _ai_complete(json_object(
    'model', model, 'prompt', prompt, 'model_parameters', model_parameters,
    'response_format', response_format, 'show_details', show_details,
    'return_error_details', return_error_details
)::varchar)::json
"""
AI_EMBED = """
create or replace macro {schema}.ai_embed(model, text) as
    _ai_embed(json_object('model', model, 'text', text)::varchar)
"""

if __name__ == "__main__":
    warnings.simplefilter("ignore")
    fakesnow.server.logger.setLevel("ERROR")
    connection = fakesnow.server.shared_fs.duck_conn
    for stand_in in (ai_complete, ai_embed):
        connection.create_function(
            f"_{stand_in.__name__}",
            stand_in,
            ["VARCHAR"],
            "VARCHAR",
            side_effects=True,
            null_handling="special",
        )
    server = fakesnow_app.app()
    server.router.routes[:0] = [
        Route("/queries/v1/query-request", query, methods=["POST"]),
        Route("/test/ai/{database}", furnish, methods=["POST"]),
        Route("/test/ai-calls", made_calls),
        Route("/test/ai-reply", set_reply, methods=["POST"]),
    ]
    uvicorn.run(server, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
