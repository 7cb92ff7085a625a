"""Client shapes: schemas as generators of clients understand them, which tell the same as before.

what is sent       has no `default`: a generator takes a field with one for always there
what is answered   requires every field that is always there, so that no client must ask
several kinds      a field that may be a text or an object, or one of ten levers, has its kinds
under `allOf`: openapi-typescript and openapi-python-client join them with
the field, openapi-generator leaves the field open, where it would else want
each value wrapped in a class of its own
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

Schema = dict[str, Any]

PREFIX = "#/components/schemas/"
UNIONS = ("anyOf", "oneOf")

# Answers that leave out what they have nothing to say of, by the names of their models.
SOMETIMES_LESS = frozenset(
    {"PersonaListed", "SegmentListed", "SimulationListed", "Problem", "Fault"}
)


def fit_for_clients(document: Schema) -> None:
    """Change the schemas of a document, its components."""
    schemas: dict[str, Schema] = document["components"]["schemas"]
    operations = [each for path in document["paths"].values() for each in path.values()]
    sent = _reached([each.get("requestBody") for each in operations], schemas)
    answered = _reached([each["responses"] for each in operations], schemas) - sent
    for name in sent:
        _tell_defaults(schemas[name])
        _set_kinds_apart(schemas[name])
    for name in answered - SOMETIMES_LESS:
        _require_everything(schemas[name])


def _reached(node: object, schemas: Mapping[str, Schema]) -> set[str]:
    """The schemas something refers to, and those they refer to."""
    found: set[str] = set()
    ahead = set(_references(node))
    while ahead:
        name = ahead.pop()
        found.add(name)
        ahead |= set(_references(schemas[name])) - found
    return found


def _references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(reference := node.get("$ref"), str):
            yield reference.removeprefix(PREFIX)
        for name, inner in node.items():
            if name not in {"example", "examples"}:
                yield from _references(inner)
    elif isinstance(node, list):
        for inner in node:
            yield from _references(inner)


def _tell_defaults(schema: Schema) -> None:
    """What holds for a field that is left out, in words."""
    for field in schema.get("properties", {}).values():
        default = field.pop("default", None)
        if isinstance(default, str | int | float) and "const" not in field:
            words = (field.get("description"), f"Default: {json.dumps(default)}.")
            field["description"] = " ".join(each for each in words if each)


def _require_everything(schema: Schema) -> None:
    if properties := schema.get("properties"):
        schema["required"] = list(properties)
        for field in properties.values():
            field.pop("default", None)


def _set_kinds_apart(schema: Schema) -> None:
    fields = schema.get("properties", {})
    several = {name: field for name, field in fields.items() if _has_kinds(field)}
    if not several:
        return
    kinds = {name: {**field} for name, field in several.items()}
    for name, field in kinds.items():
        texts = ("title", "description")
        fields[name] = {word: field.pop(word) for word in texts if word in field}
        _null_as_a_type(field)
    schema["allOf"] = [{"type": "object", "properties": kinds}, *schema.get("allOf", ())]


def _null_as_a_type(field: Schema) -> None:
    """`anyOf` of a type and null as a type that may be null, which openapi-generator can read."""
    match field:
        case {"anyOf": [{"type": str(kind)} as known, {"type": "null"}]}:
            field.pop("anyOf")
            field |= {**known, "type": [kind, "null"]}


def _has_kinds(field: object) -> bool:
    """Whether a value, or one inside it, may be of several kinds; null is none of them."""
    if isinstance(field, list):
        return any(map(_has_kinds, field))
    if not isinstance(field, dict):
        return False
    return any(_kinds(field.get(union, ())) > 1 for union in UNIONS) or any(
        map(_has_kinds, field.values())
    )


def _kinds(alternatives: object) -> int:
    assert isinstance(alternatives, list | tuple)  # noqa: S101 - as JSON Schema has it
    return sum(each != {"type": "null"} for each in alternatives)
