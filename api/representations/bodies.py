"""Schemas: the bodies clients send and receive, where they differ from the domain's own values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictFloat,
    StrictInt,
    model_validator,
)
from pydantic.config import JsonDict

from api.representations.links import SimulationLinks, links_of
from domain.customers import Panel
from domain.errors import FieldError, InvalidInput
from domain.interview import Conversation, ConversationId, Turn
from domain.json_rules import NOTHING, SOMETHING, exactly_one, for_every_name, given, together
from domain.levers import AnyLever
from domain.reactions import Engine, Reaction
from domain.scenarios import Scenario, ScenarioText
from domain.simulations import (
    Budget,
    CallRecord,
    CallState,
    Failure,
    Labels,
    LeftOut,
    Replay,
    Simulation,
    SimulationRequest,
    SimulationState,
    Spent,
    Summary,
    WebhookUrl,
)
from domain.values import NOT_BLANK, SAYS_SOMETHING, WHOLE, Text, Value

Seed = Annotated[StrictInt, Field(ge=0, le=2**53 - 1, description="Same seed, same answer."), WHOLE]
QuestionText = Annotated[
    str,
    Field(min_length=1, max_length=4_000, json_schema_extra={"pattern": SAYS_SOMETHING.pattern}),
    NOT_BLANK,
]
SomeNumber = Annotated[StrictFloat, Field(ge=-1e12, le=1e12)]
Levers = Annotated[tuple[AnyLever, ...], Field(max_length=20)]
CallStatus = Literal["pending", "running", "done", "failed", "cancelled"]

STATUS_OF: dict[CallState, CallStatus] = {
    CallState.READY: "pending",
    CallState.LEASED: "running",
    CallState.DONE: "done",
    CallState.FAILED: "failed",
    CallState.CANCELLED: "cancelled",
}


def _from_text(scenario: object) -> object:
    return {"text": scenario} if isinstance(scenario, str) else scenario


ScenarioIn = Annotated[
    Scenario, BeforeValidator(_from_text, json_schema_input_type=ScenarioText | Scenario)
]

LEVERS_HAVE_A_SCENARIO: JsonDict = {
    "if": given("levers"),
    "then": {
        "required": ["scenario"],
        "properties": {"scenario": {**SOMETHING, "properties": {"levers": NOTHING}}},
    },
}


class AskBody(Value):
    """A scenario or a question for one persona."""

    model_config = ConfigDict(
        json_schema_extra=together(exactly_one("scenario", "question"), LEVERS_HAVE_A_SCENARIO)
    )

    scenario: ScenarioIn | None = Field(
        default=None, description="The move; a string is short for {text}."
    )
    question: QuestionText | None = None
    levers: Levers | None = Field(
        default=None, description="Levers of the scenario instead of reading it."
    )
    engine: Engine | None = Field(default=None, description="Default: the service's first engine.")
    seed: Seed = 42
    conversation_id: ConversationId | None = Field(
        default=None,
        description="A name of your own, such as a UUID: the first turn opens the conversation, "
        "those after it remember. It is with one persona.",
    )

    @model_validator(mode="after")
    def _one_request(self) -> Self:
        if (self.scenario is None) == (self.question is None):
            raise ValueError("give exactly one of scenario and question")
        if self.levers is not None and (self.scenario is None or self.scenario.levers is not None):
            raise ValueError("levers belong to a scenario that has none of its own")
        return self

    def full_scenario(self) -> Scenario | None:
        """The scenario with its levers, None when this is a question."""
        if self.scenario is None or self.levers is None:
            return self.scenario
        return self.scenario.with_(levers=self.levers)


class SimulationBody(Value):
    """Scenarios for a panel."""

    model_config = ConfigDict(json_schema_extra=together(exactly_one("scenario", "scenarios")))

    scenario: ScenarioIn | None = Field(default=None, description="Short for a single scenario.")
    scenarios: Annotated[tuple[ScenarioIn, ...], Field(min_length=1, max_length=50)] | None = None
    panel: Panel = Field(default=Panel(), description="Whom to ask; everybody by default.")
    engine: Engine | None = Field(default=None, description="Default: the service's first engine.")
    seed: Seed = 42
    repeats: Annotated[StrictInt, Field(ge=1, le=20), WHOLE] = 1
    labels: Labels = Field(
        default_factory=dict,
        description="To find it by. Names and values may have letters of any script and spaces; of "
        "the ASCII marks `_ . : / -` only.",
    )
    budget: Budget | None = Field(
        default=None, description="What it may take of a language model; no limit by default."
    )
    webhook_url: WebhookUrl | None = Field(
        default=None, description="Whom to tell once it has ended, if the operator allows the host."
    )

    @model_validator(mode="after")
    def _scenario_or_scenarios(self) -> Self:
        if (self.scenario is None) == (self.scenarios is None):
            raise ValueError("give exactly one of scenario and scenarios")
        return self

    def written(self) -> dict[str, str]:
        """Where this body has what a request holds elsewhere; see as_the_client_wrote."""
        return {"/scenarios/0": "/scenario"} if self.scenario else {}

    def to_request(self) -> SimulationRequest:
        """What is asked, whichever way it was written."""
        return SimulationRequest(
            scenarios=(self.scenario,) if self.scenario else self.scenarios or (),
            panel=self.panel,
            engine=self.engine,
            seed=self.seed,
            repeats=self.repeats,
            labels=self.labels,
            budget=self.budget,
            webhook_url=self.webhook_url,
        )


class ConversationBodyOut(Conversation):
    """A conversation and a page of its turns, in the order they were taken."""

    items: list[Turn]
    next_cursor: str | None


class RetryBody(Value):
    """How to go on with a simulation."""

    budget: Budget | None = Field(
        default=None, description="Instead of the one before; what was spent counts."
    )


class LeversBody(Value):
    """A text to read levers from."""

    text: ScenarioText


class RenderBody(Value):
    """Values for the blanks of a template, by name."""

    parameters: Annotated[
        dict[Text, Annotated[Text, Field(max_length=1_000)] | SomeNumber],
        Field(max_length=50, json_schema_extra=for_every_name),
    ] = Field(default_factory=dict)


class CallCounts(BaseModel):
    """Reactions by state. `pending` waits, `running` is being worked on, `cancelled` never came."""

    total: int
    done: int
    failed: int
    running: int
    pending: int
    cancelled: int


class SimulationBodyOut(BaseModel):
    """A simulation. Partial results are readable at `links.reactions` while it runs."""

    id: str
    state: SimulationState
    done: bool = Field(description="Whether the state is final, so that there is no need to poll.")
    request: SimulationRequest
    counts: CallCounts
    progress: Annotated[float, Field(ge=0, le=1)]
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    error: Failure | None
    summary: Summary | None
    budget: Budget | None
    spent: Spent
    replay: Replay | None
    left_out: tuple[LeftOut, ...] = Field(
        description="Personas without a customer in the audience: not asked, and not failed."
    )
    links: SimulationLinks


class ReactionItem(BaseModel):
    """One reaction of a simulation, had or still to come; one that failed says why in `error`."""

    index: int
    persona_id: str
    segment_id: str
    scenario_index: int
    repeat: int
    status: CallStatus
    reaction: Reaction | None
    error: Failure | None
    attempts: int
    engine: Engine | None
    model: str | None
    latency_ms: float | None


class Part(BaseModel):
    """Whether a part of the service can be used, and what to do when it cannot."""

    status: Literal["ok", "missing", "unavailable", "draining"]
    detail: str | None = None


class Readiness(BaseModel):
    """Whether the service can answer, part by part."""

    status: Literal["ready", "not ready"]
    parts: dict[str, Part]


class Alive(BaseModel):
    """The process runs."""

    status: Literal["ok"] = "ok"


class WhoseCustomers(BaseModel):
    """The carrier a build was made for."""

    name: str
    subscribers: int
    currency: str = Field(description="ISO 4217: what all amounts are in, also `..._dollars`.")
    plans: list[str]


class Build(BaseModel):
    """Customer data as they were published: which build, the day they describe, and whose."""

    id: str
    as_of: date
    carrier: WhoseCustomers
    unknown_plans: dict[str, int] = Field(
        description="Customers by plans of the data that the carrier does not have; none is best."
    )


class Version(BaseModel):
    """What runs here. `build` is null while there are no customer data."""

    service: str
    version: str
    engines: list[Engine]
    build: Build | None


def simulation_out(simulation: Simulation) -> SimulationBodyOut:
    """A simulation as clients see it."""
    counts = simulation.counts
    return SimulationBodyOut(
        id=simulation.id,
        state=simulation.state,
        done=simulation.state.final,
        request=simulation.request,
        counts=CallCounts(**counts.model_dump()),
        progress=simulation.progress,
        created_at=simulation.created_at,
        started_at=simulation.started_at,
        ended_at=simulation.ended_at,
        error=simulation.error,
        summary=simulation.summary,
        budget=simulation.budget,
        spent=simulation.spent,
        replay=simulation.replay,
        left_out=simulation.left_out,
        links=links_of(simulation),
    )


def reaction_item(record: CallRecord) -> ReactionItem:
    """A call and what became of it as clients see it."""
    spoken = record.reaction.provenance if record.reaction else None
    return ReactionItem(
        index=record.call.index,
        persona_id=record.call.persona_id,
        segment_id=record.call.segment_id,
        scenario_index=record.call.scenario_index,
        repeat=record.call.repeat,
        status=STATUS_OF[record.state],
        reaction=record.reaction,
        error=record.failure,
        attempts=record.attempts,
        engine=spoken.engine if spoken else None,
        model=spoken.model if spoken else None,
        latency_ms=record.latency_ms,
    )


def as_the_client_wrote(error: InvalidInput, written: Mapping[str, str]) -> InvalidInput:
    """The same faults, their pointers led to where the client's own body has the field.

    `written` gives, for the start of a pointer into a SimulationRequest, what stands in the body;
    the first that fits decides.
    """
    return InvalidInput(
        [
            FieldError(_led(fault.pointer, written), fault.detail, fault.code)
            for fault in error.faults
        ]
    )


def _led(pointer: str, written: Mapping[str, str]) -> str:
    for start, instead in written.items():
        if f"{pointer}/".startswith(f"{start}/"):
            return instead + pointer.removeprefix(start)
    return pointer
