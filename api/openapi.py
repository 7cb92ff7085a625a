"""OpenAPI: what every route answers, errors included, as a document tools can rely on."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from api.dependencies import JSON
from api.examples import Illustrations, examples
from api.problems import (
    FORBIDDEN,
    INTERNAL,
    KINDS,
    METHOD_NOT_ALLOWED,
    NOT_ACCEPTABLE,
    PROBLEM_JSON,
    Fault,
    Kind,
    Problem,
)

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

TAGGED: Response = {
    "headers": {"ETag": {"description": "For If-None-Match.", "schema": {"type": "string"}}}
}
NOT_MODIFIED: Response = {"description": "What the client has is still right."}
POLLED: Response = {
    "headers": {"Retry-After": {"description": "Seconds; absent once final.", **SECONDS}}
}
ACCEPTED: Response = {
    "description": "On disk and about to run, or accepted before under the same key.",
    "headers": {
        "Location": {"description": "Where to poll.", "schema": {"type": "string"}},
        "Retry-After": {"description": "Seconds until the first look.", **SECONDS},
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


def _document(app: FastAPI) -> dict[str, Any]:
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        description=app.description,
        routes=app.routes,
    )
    _, schemas = models_json_schema(
        [(Problem, "serialization"), (Fault, "serialization")], ref_template=REFERENCES
    )
    document["components"]["schemas"].update(schemas["$defs"])
    operations = [each for path in document["paths"].values() for each in path.values()]
    used = {tag for operation in operations for tag in operation["tags"]}
    document["tags"] = [tag for tag in TAGS if tag["name"] in used]
    shown = examples()
    for operation in operations:
        _illustrate(operation, shown[operation["operationId"]])
    return document


def _illustrate(operation: dict[str, Any], shown: dict[str, Illustrations]) -> None:
    """Put the examples of an operation beside its request and its success."""
    if "request" in shown:
        operation["requestBody"]["content"][JSON]["examples"] = shown["request"]
    success = operation["responses"][min(operation["responses"])]
    success["content"][JSON]["examples"] = shown["response"]


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
    FORBIDDEN.status, METHOD_NOT_ALLOWED.status, NOT_ACCEPTABLE.status, INTERNAL.status
)
