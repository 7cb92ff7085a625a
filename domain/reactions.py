"""Reaction: a persona's structured answer to a scenario. Answer: its words on a question."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, model_validator

from domain.errors import TwinError
from domain.levers import AnyLever
from domain.scenarios import Understanding
from domain.values import Estimate, Probability, SegmentId, Sentiment, Share, Value

Engine = Literal["choice", "llm", "grounded"]
Words = Annotated[str, Field(min_length=1, max_length=2_000)]

SUM_TOLERANCE = 1e-6  # floats of seven probabilities add up to one within this


class Action(StrEnum):
    """What a customer may do about a scenario, in the order every array of actions uses."""

    ACCEPT = "ACCEPT"
    IGNORE = "IGNORE"
    COMPLAIN = "COMPLAIN"
    THREATEN_CHURN = "THREATEN_CHURN"
    CHURN = "CHURN"
    UPGRADE = "UPGRADE"
    DOWNGRADE = "DOWNGRADE"


ACTIONS: tuple[Action, ...] = tuple(Action)


class Driver(Value):
    """One reason for a reaction: how far a feature moves the segment from its status quo.

    `action` is the one that gains most on the status quo. `logits` is the mean change of its
    utility; `percentage_points` what its chance loses when the feature is switched off.
    """

    name: str
    action: Action
    logits: float
    percentage_points: float
    explanation: str


class RevenueEffect(Value):
    """Change of monthly revenue against the status quo, dollars per customer asked, by cause."""

    price: Estimate
    churn: Estimate
    downgrade: Estimate
    upgrade: Estimate
    total: Estimate


class Effects(Value):
    """What the scenario changes against the status quo, over the customers asked.

    `churn_uplift` is in percentage points of customers leaving; `revenue_at_risk` in dollars of
    monthly bill, per customer asked, held by customers who threaten to leave or leave.
    """

    affected_share: Share
    status_quo: dict[Action, Probability]
    status_quo_sentiment: Sentiment
    sentiment: Estimate
    churn_uplift: Estimate
    revenue: RevenueEffect
    revenue_at_risk: Estimate
    monthly_bill_dollars: float


class Evidence(Value):
    """Something the segment really said or did that a reaction leans on."""

    id: str
    source: str
    text: str


class Degraded(Value):
    """Why the words are not those of the language model that was to put them.

    `code` is that of the failure, for machines; `detail` is in words safe to show.
    """

    code: str
    detail: str

    @classmethod
    def by(cls, failure: TwinError) -> Degraded:
        """Degraded by this failure."""
        return cls(code=failure.code, detail=str(failure))


class Provenance(Value):
    """Who spoke and on what grounds. The same seed, engine, model and data give the same bytes.

    Tokens are those spent for this reaction: none where `cached`, which says that the words are a
    reply the model gave before to the very same prompt. `tokens_estimated`: the model's provider
    told no count that can be true for one reply or more, which then count as the most they can
    have been: a token for each byte sent, and all the tokens a reply was allowed.

    `audience_share` is the part of the segment that the filters admit; of them `customers_asked`
    were asked.

    `words_by` is the model that wrote the words where another, `model`, gave the numbers; the two
    are equal where the numbers' own words stand. `degraded` says that these stand because the
    language model failed; it is None where none was to be asked. `evidence_by` tells how the
    evidence was found: BM25, or a similarity and the model that embedded the words. `precedents`
    are past events like the scenario, and what the segment did about them; no number rests on them.
    `recalled` are the earlier turns of a conversation, by index, that words or levers were taken
    from.
    """

    engine: Engine
    model: str
    words_by: str | None = None
    seed: int
    prompt_hash: str | None = None
    attempts: Annotated[int, Field(ge=1)] = 1
    input_tokens: Annotated[int, Field(ge=0)] = 0
    output_tokens: Annotated[int, Field(ge=0)] = 0
    tokens_estimated: bool = False
    cached: bool = False
    persona_version: int
    data_as_of: str
    customers_asked: Annotated[int, Field(ge=0)]
    audience_share: Share = 1.0
    evidence: tuple[Evidence, ...] = ()
    evidence_by: str | None = None
    precedents: tuple[Evidence, ...] = ()
    recalled: tuple[int, ...] = ()
    degraded: Degraded | None = None


class Reaction(Value):
    """How a persona reacts.

    `measurable` False: no lever was understood, and the answer is the status quo.
    `action_probabilities` covers every action and sums to one; its maximum is `likely_action`, and
    `action_probability` is that maximum. `reading` is how far the scenario's text was read; None
    where the levers were given, and in reactions stored before it was told.
    """

    initial_reaction: Words
    sentiment_score: Sentiment
    likely_action: Action
    action_probability: Probability
    reasoning: Words
    what_would_change_mind: Words
    sample_verbatim: Words
    measurable: bool
    action_probabilities: dict[Action, Probability]
    drivers: tuple[Driver, ...]
    levers: tuple[AnyLever, ...]
    effects: Effects | None
    provenance: Provenance
    reading: Understanding | None = None

    @model_validator(mode="after")
    def _coherent(self) -> Reaction:
        mix = self.action_probabilities
        if set(mix) != set(ACTIONS):
            raise ValueError("action_probabilities must name each of the seven actions")
        if not math.isclose(sum(mix.values()), 1.0, abs_tol=SUM_TOLERANCE):
            raise ValueError("action_probabilities must sum to 1")
        if mix[self.likely_action] != max(mix.values()):
            raise ValueError("likely_action must be the most probable action")
        if self.action_probability != mix[self.likely_action]:
            raise ValueError("action_probability must be that of likely_action")
        return self


class Answer(Value):
    """A persona's answer to a free question, with what it rests on."""

    persona_id: str
    segment_id: SegmentId
    question: str
    text: Words
    evidence: tuple[Evidence, ...]
    provenance: Provenance
