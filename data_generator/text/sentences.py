"""Sentences: what customers say and what the carrier notes, read from the TOML files beside."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated, Literal, TypeAlias, TypeVar, get_args

from pydantic import AfterValidator, Field

from data_generator.customers.segments import SEGMENT_IDS
from domain.values import NOT_BLANK, Value

Category = Literal["Billing", "Technical", "Sales", "Account", "General", "Complaint"]
CATEGORIES: tuple[Category, ...] = get_args(Category)
RESOLUTIONS = ("Resolved", "Escalated", "Pending", "Unresolved")
POLARITIES = ("negative", "neutral", "positive")
MAX_STATEMENTS = 4  # of a topic in a polarity
HERE = Path(__file__).parent
Model = TypeVar("Model", bound=Value)
Entries = TypeVar("Entries", bound=Mapping[str, object])


def _well_formed(text: str) -> str:
    if text != " ".join(text.split()) or "{" in text.replace("{plan}", ""):
        raise ValueError("stray spaces, or a blank to fill other than {plan}")
    return text


def _exactly(names: tuple[str, ...]) -> AfterValidator:
    def check(entries: Entries) -> Entries:
        if set(entries) != set(names):
            raise ValueError(f"{sorted(set(entries) ^ set(names))} are missing or unknown")
        return entries

    return AfterValidator(check)


Closing = Annotated[str, AfterValidator(_well_formed)]
Statement = Annotated[str, NOT_BLANK, AfterValidator(_well_formed)]
Opening = Annotated[str, Field(pattern=r"\{plan\}.*\{subject\}|\{subject\}.*\{plan\}")]
Statements: TypeAlias = Annotated[
    tuple[Statement, ...], Field(min_length=1, max_length=MAX_STATEMENTS)
]


class ByPolarity(Value):
    """Statements by polarity."""

    negative: Statements
    neutral: Statements
    positive: Statements

    @property
    def in_order(self) -> tuple[tuple[str, ...], ...]:
        """In the order of POLARITIES."""
        return self.negative, self.neutral, self.positive


class Topic(ByPolarity):
    """What a contact is about, and what customers say of it, first person."""

    category: Category
    subcategory: str
    intent: str
    subject: str
    about_network: bool = False


class Summaries(Value):
    """How the carrier begins the note of a contact, and how it ends one by resolution."""

    openings: tuple[Opening, Opening, Opening, Opening]
    complaint_openings: tuple[Opening, Opening, Opening, Opening]
    notes: Annotated[dict[str, Statements], _exactly(RESOLUTIONS)]


class Support(Value):
    """All that is said and noted about contacts with support."""

    summaries: Summaries
    topics: tuple[Topic, ...]


class ThreeByPolarity(Value):
    """Three closings by polarity."""

    negative: tuple[Closing, Closing, Closing]
    neutral: tuple[Closing, Closing, Closing]
    positive: tuple[Closing, Closing, Closing]

    @property
    def in_order(self) -> tuple[tuple[str, str, str], ...]:
        """In the order of POLARITIES."""
        return self.negative, self.neutral, self.positive


class Closings(Value):
    """How customers end a statement: anybody, and those of each segment."""

    common: ThreeByPolarity
    segments: Annotated[dict[str, ThreeByPolarity], _exactly(SEGMENT_IDS)]


class Reactions(Value):
    """What customers say about a past event, by its theme."""

    price: ByPolarity
    plan: ByPolarity
    add_on: ByPolarity
    reward: ByPolarity
    policy: ByPolarity
    competitor: ByPolarity
    outage: ByPolarity
    network: ByPolarity


@cache
def support() -> Support:
    """The sentences about contacts with support."""
    return read_sentences(HERE / "support.toml", Support)


@cache
def closings() -> Closings:
    """How statements end."""
    return read_sentences(HERE / "closings.toml", Closings)


@cache
def reactions() -> Reactions:
    """The sentences about past events."""
    return read_sentences(HERE / "reactions.toml", Reactions)


def read_sentences(path: Path, model: type[Model]) -> Model:
    """The sentences of a TOML file. Raises ValueError that names the file and the wrong entry."""
    try:
        return model.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from error
