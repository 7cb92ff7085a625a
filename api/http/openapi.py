"""OpenAPI: what every route answers, errors included, as a document tools can rely on."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.http.dependencies import EVENT_STREAM, JSON, NDJSON
from api.http.permissions import scopes_needed
from api.representations.client_schemas import fit_for_clients
from api.representations.examples import Illustrations, examples
from api.representations.problems import (
    FORBIDDEN,
    INTERNAL,
    INVALID,
    KINDS,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    PROBLEM_JSON,
    RATE_LIMITED,
    UNAUTHENTICATED,
    Fault,
    Kind,
    Problem,
)
from api.representations.webhook_schema import PATH_ITEMS, WEBHOOKS, SimulationEnded
from domain.callers import Scope

Response = dict[str, Any]
Responses = dict[int | str, Response]

REFERENCES = "#/components/schemas/{model}"
SECONDS = {"schema": {"type": "integer"}, "example": 2}

TAGS = [
    {"name": "Personas", "description": "Who speaks for each segment, and what they say."},
    {"name": "Segments", "description": "Groups of customers found in measured behavior."},
    {"name": "Scenarios", "description": "Templates, and how a text is understood."},
    {"name": "Simulations", "description": "Scenarios put to a panel, as durable jobs."},
    {"name": "Functions", "description": "Rows of SQL queries, sent by Snowflake in batches."},
    {"name": "Health", "description": "Whether the service lives and can answer."},
]

SERVERS = [{"url": "/", "description": "Wherever this document was read."}]

SECURITY_SCHEMES = {
    "ApiKey": {
        "type": "apiKey",
        "in": "header",
        "name": "X-API-Key",
        "description": "A key of `twin keys create`. Not needed on loopback before one is made.",
    },
    "Bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "The same key. In Snowflake this header is its proxy's: send X-API-Key.",
    },
}
RATE_HEADERS = {
    "Retry-After": {"description": "Seconds to wait.", **SECONDS},
    "RateLimit-Policy": {
        "description": "Requests a key may send (`q`) in a window of seconds (`w`).",
        "schema": {"type": "string"},
        "example": '"requests";q=600;w=60',
    },
    "RateLimit": {
        "description": "Requests left (`r`), and seconds until the oldest is forgotten (`t`).",
        "schema": {"type": "string"},
        "example": '"requests";r=0;t=2',
    },
}

TAGGED: Response = {
    "headers": {"ETag": {"description": "For If-None-Match.", "schema": {"type": "string"}}}
}
NOT_MODIFIED: Response = {"description": "What the client has is still right."}
POLLED: Response = {
    "headers": {"Retry-After": {"description": "Seconds; absent once final.", **SECONDS}}
}
# OpenAPI 3.1 has a schema for a whole body only; those who check streams hold each event to it.
EVENT = {
    "type": "object",
    "description": "An event of the stream, by the fields of server-sent events.",
    "properties": {name: {"type": "string"} for name in ("event", "id", "data")},
}
STREAMED: Response = {
    "description": "Events until the simulation is final or the service stops; then come back.",
    "content": {EVENT_STREAM: {"schema": EVENT}},
}
SPOKEN: Response = {
    "description": "All at once, or sentence by sentence as events.",
    "content": {JSON: {}, EVENT_STREAM: {"schema": EVENT}},
}
NOTHING_LEFT: Response = {"description": "The client has seen the end; it need not come back."}
LISTED_OR_STREAMED: Response = {
    "description": "A page, or all of them as lines.",
    "content": {NDJSON: {"schema": {"type": "string"}}},
}
ACCEPTED: Response = {
    "description": "On disk and about to run, or accepted before under the same key.",
    "headers": {
        "Location": {"description": "Where to poll.", "schema": {"type": "string"}},
        "Retry-After": {
            "description": "Seconds until a look; absent once final.",
            **SECONDS,
        },
        "Idempotency-Replayed": {
            "description": "`true` when the key had been accepted before.",
            "schema": {"type": "string", "enum": ["true"]},
        },
    },
}


def problems(*statuses: int) -> Responses:
    """The problems a route may answer with, for its `responses`."""
    by_status: dict[int, list[Kind]] = defaultdict(list)
    for kind in KINDS:
        by_status[kind.status].append(kind)
    return {status: _problem_response(by_status[status]) for status in statuses}


def describe(app: FastAPI) -> None:
    """Have the application serve its document, problems and examples included."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI documents


def as_3_1(document: dict[str, Any]) -> None:
    """Take out `itemSchema`, which FastAPI tells of streams and OpenAPI has from 3.2 on."""
    for path in document["paths"].values():
        for operation in path.values():
            for response in operation["responses"].values():
                for content in response.get("content", {}).values():
                    if content.pop("itemSchema", None) is not None:
                        content.setdefault("schema", {"type": "string"})


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
    )
    as_3_1(document)
    _, schemas = models_json_schema(
        [(model, "serialization") for model in (Problem, Fault, SimulationEnded)],
        ref_template=REFERENCES,
    )
    document["components"]["schemas"].update(schemas["$defs"])
    fit_for_clients(document)
    document["components"]["securitySchemes"] = SECURITY_SCHEMES
    document["servers"] = SERVERS
    document["webhooks"] = WEBHOOKS
    document["components"]["pathItems"] = PATH_ITEMS
    operations = [each for path in document["paths"].values() for each in path.values()]
    used = {tag for operation in operations for tag in operation["tags"]}
    document["tags"] = [tag for tag in TAGS if tag["name"] in used]
    shown, scopes = examples(), scopes_needed(app.routes)
    for operation in operations:
        for parameter in operation.get("parameters", []):
            _never_null(parameter["schema"])
            _filled_in(parameter)
        _protect(operation, scopes[operation["operationId"]])
        _illustrate(operation, shown.get(operation["operationId"], {}))
    return document


def _never_null(schema: dict[str, Any]) -> None:
    """A parameter may be left out; it has no way to be the null that its default is."""
    if schema.get("anyOf", [None])[-1] == {"type": "null"}:
        (only, _) = schema.pop("anyOf")
        schema.update({**only, **schema})


def _filled_in(parameter: dict[str, Any]) -> None:
    """Have a page of documentation fill the parameter in: it looks beside the schema, not in it."""
    if shown := parameter["schema"].pop("examples", None):
        parameter["example"] = shown[0]


def _protect(operation: dict[str, Any], scope: Scope | None) -> None:
    """Say which key an operation needs, and what is answered without it."""
    if scope is None:
        operation["security"] = []
        return
    operation["security"] = [{name: [scope.value]} for name in SECURITY_SCHEMES]
    operation["description"] += f"\n\nNeeds the scope `{scope}`."
    for status, response in problems(UNAUTHENTICATED.status, RATE_LIMITED.status).items():
        operation["responses"].setdefault(str(status), response)
    operation["responses"]["401"]["headers"] = {
        "WWW-Authenticate": {"description": "How to show a key.", "schema": {"type": "string"}}
    }
    operation["responses"]["429"]["headers"] = RATE_HEADERS


def _illustrate(operation: dict[str, Any], shown: dict[str, Illustrations]) -> None:
    """Put the examples of an operation beside its request and, if it has a body, its success."""
    if "request" in shown:
        operation["requestBody"]["content"][JSON]["examples"] = shown["request"]
    if "response" in shown:
        content = operation["responses"][min(operation["responses"])]["content"]
        content[JSON if JSON in content else min(content)]["examples"] = shown["response"]


def _problem_response(kinds: list[Kind]) -> Response:
    return {
        "description": "; ".join(kind.title for kind in kinds) + ".",
        "content": {
            PROBLEM_JSON: {
                "schema": {"$ref": REFERENCES.format(model="Problem")},
                "examples": {kind.slug: {"value": _example(kind)} for kind in kinds},
            }
        },
    }


def _example(kind: Kind) -> dict[str, Any]:
    return {
        "type": f"urn:cdt:problem:{kind.slug}",
        "title": kind.title,
        "status": kind.status,
        "detail": kind.title,
        "instance": "/simulations",
        "request_id": "req_0123456789abcdef0123456789abcdef",
    }


EVERYWHERE: Responses = problems(
    FORBIDDEN.status,
    METHOD_NOT_ALLOWED.status,
    NOT_ACCEPTABLE.status,
    INVALID.status,
    INTERNAL.status,
)
