"""Rules: what holds between the fields of a value, in the JSON Schema of what its validators check.

They stand under `allOf`, so that a reader who knows nothing but `properties` still finds those.
"""

from __future__ import annotations

from pydantic.config import JsonDict

NOTHING: JsonDict = {"type": "null"}
SOMETHING: JsonDict = {"not": NOTHING}


def exactly_one(*names: str) -> JsonDict:
    """One of these fields has a value; the others are absent or null."""
    return {
        "oneOf": [_given(name, absent=[each for each in names if each != name]) for name in names]
    }


def at_least_one(*names: str) -> JsonDict:
    """Not all of these fields are absent or null."""
    return {"anyOf": [_given(name) for name in names]}


def not_all_zero(*names: str) -> JsonDict:
    """One of these numbers is there, and not zero."""
    return {
        "anyOf": [
            {"required": [name], "properties": {name: {"not": {"const": 0}}}} for name in names
        ]
    }


def together(*rules: JsonDict) -> JsonDict:
    """What a model's `json_schema_extra` is when all of these hold."""
    return {"allOf": [*rules]}


def for_every_name(schema: JsonDict) -> None:
    """What holds for the names an object may have is told of all of them.

    Pydantic tells of names that fit a pattern only, and so lets any other name in.
    """
    by_pattern = schema.pop("patternProperties")
    assert isinstance(by_pattern, dict)  # noqa: S101 - how pydantic tells of it
    ((pattern, values),) = by_pattern.items()
    names = schema.setdefault("propertyNames", {})
    assert isinstance(names, dict)  # noqa: S101 - how pydantic tells of it
    names["pattern"] = pattern
    schema["additionalProperties"] = values


def _given(name: str, absent: list[str] | None = None) -> JsonDict:
    others: JsonDict = dict.fromkeys(absent or (), NOTHING)
    return {"required": [name], "properties": {name: SOMETHING, **others}}
