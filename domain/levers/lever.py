"""Lever: what every kind says of itself; a kind that leaves something out fails the type check."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from domain.values import Text, Value

Category = Literal["Pricing", "Product", "Policy", "Competitive", "Retention", "Service", "General"]
Scope = Literal["all", "prepaid", "postpaid"]
Affinity = Literal["streaming", "music", "gaming", "roaming", "protection", "data", "general"]


class Effect(NamedTuple):
    """What a lever changes, and whether for the better of customers."""

    changed: str
    better: bool


def beginning(words: str) -> re.Pattern[str]:
    """Any of these beginnings of words, whatever their case."""
    return re.compile(rf"\b(?:{words})", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Size:
    """The fields that hold how large a lever is, and the words of a question that mean the lever.

    Of two fields, one for each unit, a lever has a value in one.
    """

    dollars_field: str
    words: re.Pattern[str]
    percent_field: str | None = None

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields by name."""
        percent = () if self.percent_field is None else (self.percent_field,)
        return (self.dollars_field, *percent)


class Lever(Value, ABC):
    """Part of every lever: the words of the scenario it was read from, None when it was given.

    Kinds are final: a type checker names what a final class leaves abstract.
    """

    read_from: Annotated[Text, Field(max_length=400)] | None = None

    @property
    @abstractmethod
    def category(self) -> Category:
        """What a scenario is about that has this lever and none of a category before it."""

    @property
    @abstractmethod
    def effect(self) -> Effect:
        """By which past events that did the same are told from those that did the opposite."""

    @property
    @abstractmethod
    def size(self) -> Size | None:
        """What a follow-up question may change of it; None for what has no price."""

    @abstractmethod
    def describe(self) -> str:
        """The lever as a customer would name it, a noun phrase without a capital."""

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """As pydantic has it, and `kind` is needed: which lever it is, nothing else tells."""
        reference = handler(core_schema)
        schema = handler.resolve_ref_schema(reference)
        schema["required"] = ["kind", *schema.get("required", [])]
        return reference
