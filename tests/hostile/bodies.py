"""Bodies: for each place of a JSON schema a smallest body that has it, to plant things there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Json = Any
Schema = Mapping[str, Any]
Step = str | int

KEY = "a name"  # stands for any member of an object that takes names it does not know
SHORT_TEXTS = ("S1", "MT", "a", "word " * 3)


@dataclass(frozen=True, slots=True)
class Place:
    """A body, the way to one value in it, and what the schema says of that value.

    `is_name`: what is planted is the name of a member, not its value.
    """

    body: Json
    steps: tuple[Step, ...]
    schema: Schema
    is_name: bool = False

    @property
    def pointer(self) -> str:
        """RFC 6901, as problems have it."""
        return "".join(f"/{step}" for step in self.steps)

    def holding(self, planted: Json) -> Json:
        """The body with something else in this place."""
        return _planted(self.body, self.steps, planted, is_name=self.is_name)

    def around(self, example: Json) -> Place:
        """The same place in a body that also has what an example has."""
        if not (isinstance(example, dict) and isinstance(self.body, dict)):
            return self
        return Place({**example, **self.body}, self.steps, self.schema, self.is_name)


def places(schema: Schema, document: Schema) -> Iterator[Place]:
    """Every place of a schema that holds neither object nor array, and names that may be chosen."""
    schema = _resolved(schema, document)
    if branches := schema.get("anyOf", schema.get("oneOf")):
        for branch in branches:
            if branch.get("type") != "null":
                yield from places(branch, document)
    elif "properties" in schema:
        yield from _in_members(schema, document)
    elif isinstance(schema.get("additionalProperties"), dict):
        inner = schema["additionalProperties"]
        yield Place({KEY: smallest(inner, document)}, (KEY,), {"type": "string"}, is_name=True)
        for place in places(inner, document):
            yield _inside(place, KEY, {KEY: place.body})
    elif "items" in schema:
        for place in places(schema["items"], document):
            yield _inside(place, 0, [place.body])
    else:
        yield Place(smallest(schema, document), (), schema)


def smallest(schema: Schema, document: Schema) -> Json:  # noqa: PLR0911 - one line per type
    """A value of the schema with nothing in it that need not be."""
    schema = _resolved(schema, document)
    if branches := schema.get("anyOf", schema.get("oneOf")):
        return smallest(branches[0], document)
    if "const" in schema or "enum" in schema:
        return schema.get("const", (schema.get("enum") or [None])[0])
    kind = schema.get("type")
    match kind[0] if isinstance(kind, list) else kind:
        case "object":
            members = schema.get("properties", {})
            needed = [*schema.get("required", ()), *(n for n in members if "const" in members[n])]
            return {name: smallest(members[name], document) for name in needed}
        case "array":
            return [smallest(schema.get("items", {}), document)] * schema.get("minItems", 0)
        case "integer" | "number":
            return max(schema.get("minimum", 1), 1)
        case "boolean":
            return True
    return _smallest_text(schema)


def _in_members(schema: Schema, document: Schema) -> Iterator[Place]:
    base = smallest(schema, document)
    for name, inner in _members(schema).items():
        if "const" in inner:
            continue
        for place in places(inner, document):
            yield _inside(place, name, {**base, name: place.body})


def _members(schema: Schema) -> dict[str, Schema]:
    """The members of an object, with what stands under `allOf` of those of several kinds."""
    told = {name: {**inner} for name, inner in schema["properties"].items()}
    for part in schema.get("allOf", ()):
        for name, inner in part.get("properties", {}).items():
            told[name] = {**told.get(name, {}), **inner}
    return told


def _inside(place: Place, step: Step, body: Json) -> Place:
    return Place(body, (step, *place.steps), place.schema, place.is_name)


def _smallest_text(schema: Schema) -> str:
    fits = re.compile(schema.get("pattern", ""))
    length = schema.get("minLength", 0)
    texts = (text for text in SHORT_TEXTS if fits.search(text) and len(text) >= length)
    return next(texts, "a" * max(length, 1))


def _planted(value: Json, steps: tuple[Step, ...], planted: Json, *, is_name: bool) -> Json:
    if not steps:
        return planted
    step, *rest = steps
    if is_name and not rest:
        return {planted: value[step]}
    inside = _planted(value[step], tuple(rest), planted, is_name=is_name)
    if isinstance(value, list):
        return [inside]
    return {**value, step: inside}


def _resolved(schema: Schema, document: Schema) -> Schema:
    while "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema
