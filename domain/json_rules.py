"""Rules: what holds between the fields of a value, in the JSON Schema of what its validators check.

They stand under `allOf`, so that a reader who knows nothing but `properties` still finds those, and
are told with `if`: there are generators of clients that take what any part of an `anyOf` requires
for required always.
"""

from __future__ import annotations

from pydantic.config import JsonDict

NOTHING: JsonDict = {"type": "null"}
SOMETHING: JsonDict = {"not": NOTHING}


def exactly_one(one: str, other: str) -> JsonDict:
    """One of these two fields has a value; the other is absent or null."""
    return {"if": given(one), "then": {"properties": {other: NOTHING}}, "else": given(other)}


def at_least_one(*names: str) -> JsonDict:
    """Not all of these fields are absent or null."""
    return _one_of([given(name) for name in names])


def not_all_zero(*names: str) -> JsonDict:
    """One of these numbers is there, and not zero."""
    return _one_of(
        [{"required": [name], "properties": {name: {"not": {"const": 0}}}} for name in names]
    )


def given(name: str) -> JsonDict:
    """This field has a value."""
    return {"required": [name], "properties": {name: SOMETHING}}


def together(first: JsonDict, *more: JsonDict) -> JsonDict:
    """What a model's `json_schema_extra` is when all of these hold."""
    return {"allOf": [first, *more]} if more else first


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


def _one_of(rules: list[JsonDict]) -> JsonDict:
    first, *rest = rules
    return {"if": first, "else": _one_of(rest)} if rest else first
