"""Simulation: scenarios put to a panel as a durable job, and the summary it ends in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StrictInt

from domain.callers import PUBLIC
from domain.customers import Panel
from domain.json_rules import for_every_name
from domain.reactions import Action, Engine, Reaction
from domain.scenarios import Scenario, Understanding
from domain.simulations.damage import DAMAGED
from domain.simulations.usage import NOTHING, Budget, Spent, Usage
from domain.values import (
    WHOLE,
    Estimate,
    Probability,
    SegmentId,
    Sentiment,
    Share,
    Text,
    Value,
)


class SimulationState(StrEnum):
    """queued -> running -> succeeded | partial | failed | budget_exhausted.

    Or, from the first two, -> cancelling -> cancelled.

    The final ones stay as they are until somebody retries what was not had.
    """

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    BUDGET_EXHAUSTED = "budget_exhausted"

    @property
    def final(self) -> bool:
        """Whether nothing more will happen."""
        return self in FINAL_STATES


FINAL_STATES = frozenset(
    {
        SimulationState.SUCCEEDED,
        SimulationState.PARTIAL,
        SimulationState.FAILED,
        SimulationState.CANCELLED,
        SimulationState.BUDGET_EXHAUSTED,
    }
)


class CallState(StrEnum):
    """State of one reaction asked for."""

    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


# What is no character of a label: controls, ASCII marks but `_ . : / -`, spaces but the common one,
# and what is not seen but for what it does, such as turning the direction of writing.
UNFIT_FOR_LABELS = (
    r"\x00-\x1f!-,;-@\[-\^`{-\xa0\xad\u061c\u1680\u180e\u2000-\u200b\u200e\u200f"
    r"\u2028-\u202f\u205f-\u206f\u3000\ufeff"
)
Label = Annotated[str, Field(min_length=1, max_length=64, pattern=rf"^[^{UNFIT_FOR_LABELS}]+$")]
Labels = Annotated[dict[Label, Label], Field(max_length=16, json_schema_extra=for_every_name)]
WebhookUrl = Annotated[Text, Field(max_length=2_048)]  # domain/webhooks.py says which


class SimulationRequest(Value):
    """What a client asks for. Everything in it is checked before anything is accepted."""

    scenarios: Annotated[tuple[Scenario, ...], Field(min_length=1, max_length=50)]
    panel: Panel = Panel()
    engine: Engine | None = None
    seed: Annotated[StrictInt, Field(ge=0, le=2**53 - 1), WHOLE] = 42
    repeats: Annotated[StrictInt, Field(ge=1, le=20), WHOLE] = 1
    labels: Labels = Field(default_factory=dict)
    webhook_url: WebhookUrl | None = None
    budget: Budget | None = None


class Call(Value):
    """One reaction to be had: which scenario is put to which persona, and which repeat it is."""

    index: Annotated[int, Field(ge=0)]
    scenario_index: Annotated[int, Field(ge=0)]
    repeat: Annotated[int, Field(ge=0)]
    persona_id: str
    segment_id: SegmentId


class LeftOut(Value):
    """A persona that a scenario was not put to, and why: it is neither asked nor failed."""

    scenario_index: Annotated[int, Field(ge=0)]
    persona_id: str
    segment_id: SegmentId
    reason: str


class Failure(Value):
    """Why a call ended without a reaction: a code for machines, words safe to show."""

    code: str
    detail: str


class Counts(Value):
    """Calls by state; `total` is their sum.

    `pending` waits, `running` is leased to a worker, `cancelled` was called off before it began or
    while it ran.
    """

    total: int
    done: int
    failed: int
    running: int
    pending: int
    cancelled: int = 0


class CallRecord(Value):
    """A call, what became of it so far, and what it took of a language model."""

    call: Call
    state: CallState
    attempts: int
    reaction: Reaction | None = None
    failure: Failure | None = None
    latency_ms: float | None = None
    spent: Spent = NOTHING


class SegmentSummary(Value):
    """How one segment takes one scenario. Effects are None below the smallest cell we report.

    Of the valid reactions `reactions_degraded` have the engine's own words, because the language
    model failed; the words here are the model's where there is one that has them.
    """

    segment_id: SegmentId
    segment_name: str
    share: Share
    subscribers: int
    customers_asked: int
    reactions_valid: int
    reactions_failed: int
    reactions_degraded: int = 0
    sufficient_evidence: bool
    sentiment: Estimate | None
    likely_action: Action | None
    action_mix: dict[Action, Probability]
    churn_uplift_points: Estimate | None
    monthly_revenue_change_dollars: Estimate | None
    initial_reaction: str
    sample_verbatim: str
    what_would_change_mind: str


class RevenueSummary(Value):
    """Change of revenue in dollars over all subscribers, by cause, monthly and annual."""

    price: Estimate
    churn: Estimate
    downgrade: Estimate
    upgrade: Estimate
    monthly_total: Estimate
    annual_total: Estimate


class ScenarioSummary(Value):
    """The market's reaction to one scenario, weighted by segment share.

    Segments share the uncertainty of the part-worths, so intervals add up as if perfectly
    correlated: the wider and safer choice.

    Of the valid reactions `reactions_degraded` have the engine's own words, because the language
    model failed; their numbers are as good as any.

    `reading` is how far the text was read, None where the levers were given: of one that is
    `partial` all figures are those of the part that was read, and there is no verdict.
    """

    scenario_index: int
    text: str
    measurable: bool
    reactions_asked: int
    reactions_valid: int
    reactions_failed: int
    reactions_degraded: int = 0
    customers_asked: int
    subscribers: int
    subscribers_affected: int
    sentiment: Estimate | None
    sentiment_score: Sentiment | None
    action_mix: dict[Action, Probability]
    status_quo_mix: dict[Action, Probability]
    churn_uplift_points: Estimate | None
    revenue: RevenueSummary | None
    monthly_revenue_at_risk_dollars: Estimate | None
    most_positive_segment: SegmentId | None
    most_negative_segment: SegmentId | None
    segments: tuple[SegmentSummary, ...]
    recommendation: str
    reading: Understanding | None = None


class Summary(Value):
    """What a finished simulation says, one entry per scenario, in the order they were asked."""

    scenarios: tuple[ScenarioSummary, ...]
    usage: Usage = Usage()


class Replay(Value):
    """How a simulation that repeats another compares with it, None while that is not known.

    `differing` calls came to something else than those of the same index in simulation `of`; the
    replay is `identical` when none did. It stays unknown when the other was deleted meanwhile.
    """

    of: str
    identical: bool | None = None
    differing: int | None = None


class Simulation(Value):
    """A simulation as its clients see it; `budget` is the one in force, which a retry may raise."""

    id: str
    state: SimulationState
    request: SimulationRequest
    counts: Counts
    created_at: datetime
    started_at: datetime | None = None
    ended_at: datetime | None = None
    error: Failure | None = None
    summary: Summary | None = None
    tenant: str = PUBLIC
    budget: Budget | None = None
    spent: Spent = NOTHING
    replay: Replay | None = None
    left_out: tuple[LeftOut, ...] = ()

    @property
    def progress(self) -> float:
        """Share of calls that are over, 0 to 1."""
        over = self.counts.done + self.counts.failed + self.counts.cancelled
        return over / self.counts.total if self.counts.total else 1.0

    @property
    def damaged(self) -> bool:
        """Whether what is kept of it cannot be read; some of its fields then stand for nothing."""
        return self.error is not None and self.error.code == DAMAGED

    def scenario_of(self, call: Call) -> Scenario | None:
        """The scenario a call puts, None where a damaged one names none there is."""
        known = call.scenario_index < len(self.request.scenarios)
        return self.request.scenarios[call.scenario_index] if known else None


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a simulation is: its state, and the number of the call that ended last, 0 for none.

    Calls of a simulation are numbered from 1 on as they end, some numbers left out.
    """

    state: SimulationState
    sequence: int


@dataclass(frozen=True, slots=True)
class Idempotency:
    """A client's promise that the same key means the same request: sha256 of its canonical body.

    Keys are the tenant's own, and each `route` has its own.
    """

    key: str
    request_hash: str
    route: str = "/simulations"


@dataclass(frozen=True, slots=True)
class Allowance:
    """How many reactions a tenant may ask for on a day, which ends in so many seconds."""

    day: date
    most: int
    seconds_left: int


@dataclass(frozen=True, slots=True)
class LeasedCall:
    """A call handed to one worker until its lease runs out; `attempts` fences off older holders.

    `failures` is how often it was put off after failing. `budgeted`: it has leave for one request
    to a language model, and each further one is to be reserved.
    """

    simulation_id: str
    call: Call
    scenario: Scenario
    request: SimulationRequest
    attempts: int
    owner: str
    failures: int = 0
    tenant: str = PUBLIC
    budgeted: bool = False


@dataclass(frozen=True, slots=True)
class FinishedCall:
    """What a leased call came to. `spent` is what it took since it was reserved for last."""

    leased: LeasedCall
    outcome: Reaction | Failure
    latency_ms: float
    spent: Spent = NOTHING
