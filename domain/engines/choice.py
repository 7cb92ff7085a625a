"""React: the offline engine, from a scenario to a persona's reaction by the choice model alone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ParamSpec, TypeVar

import numpy as np

from domain.choice import (
    ACTION_INDEX,
    CONCESSIONS,
    Attributes,
    ChoiceModel,
    Contribution,
    Crowd,
    Crowds,
    Forecast,
    attributes_of,
    plan_steps,
)
from domain.customers import Panel, Respondents, code, in_audience
from domain.engines.phrasing import FEATURE_WORDS, Concession, Words, say_nothing_measurable, speak
from domain.errors import FieldError, InvalidInput
from domain.evidence import ByWords, Found, LivePrecedents, Retriever
from domain.lever_parsing import Readings
from domain.levers import AnyLever
from domain.personas import CustomerBase, Persona
from domain.reactions import (
    ACTIONS,
    Action,
    Answer,
    Driver,
    Effects,
    Engine,
    Evidence,
    Provenance,
    Reaction,
    RevenueEffect,
)
from domain.scenarios import Scenario

Given = ParamSpec("Given")
Had = TypeVar("Had")

MODEL_NAME = "multinomial logit"
QUOTES = 2  # verbatims cited with a reaction
PRECEDENTS = 2  # past events cited with a reaction
UNHAPPY = [ACTION_INDEX[a] for a in (Action.COMPLAIN, Action.THREATEN_CHURN, Action.CHURN)]


@dataclass(frozen=True)
class ChoiceReactions:
    """Engine `choice`: numbers from the choice model, words composed from the numbers.

    `model_of` gives the choice model of the customer base's current build. `at_once` reactions are
    computed at the same time: threads beyond the processors keep the event loop waiting, and gain
    nothing. Belongs to one event loop.
    """

    customers: CustomerBase
    model_of: Callable[[], ChoiceModel]
    retriever: Retriever = field(default_factory=ByWords)
    at_once: int = 2

    @property
    def engine(self) -> Engine:
        """The name reactions carry in their provenance."""
        return "choice"

    @property
    def asks(self) -> None:
        """No language model."""

    async def answer(
        self, persona: Persona, known: Answer, seed: int, earlier: Sequence[str] = ()
    ) -> Answer:
        """What the figures and words say, as it stands; see ReactionModel."""
        return known

    async def react(
        self,
        scenario: Scenario,
        persona: Persona,
        panel: Panel,
        seed: int,
        earlier: Sequence[str] = (),
    ) -> Reaction:
        """The persona's reaction; see ReactionModel. Computed off the event loop.

        At one go where it can be: each way to a thread and back waits for its turn.
        """
        at_once = await self._computed(self._react_at_once, scenario, persona, panel, seed)
        if at_once is not None:
            return at_once
        said = await asyncio.to_thread(self.customers.verbatims, persona.segment_id)
        found = await self.retriever.find(scenario.text, said, QUOTES)
        return await self._computed(self._react, scenario, persona, panel, seed, found)

    async def _computed(
        self, react: Callable[Given, Had], *given: Given.args, **named: Given.kwargs
    ) -> Had:
        """What a function gives, in a thread, in turn."""
        async with self._turns:
            return await asyncio.to_thread(react, *given, **named)

    @cached_property
    def _turns(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self.at_once)

    def _react_at_once(
        self, scenario: Scenario, persona: Persona, panel: Panel, seed: int
    ) -> Reaction | None:
        """None where evidence is found by a model that has to be waited for."""
        said = self.customers.verbatims(persona.segment_id)
        found = self.retriever.found(scenario.text, said, QUOTES)
        return None if found is None else self._react(scenario, persona, panel, seed, found)

    def _react(
        self, scenario: Scenario, persona: Persona, panel: Panel, seed: int, found: Found
    ) -> Reaction:
        """The reaction of one build, had again where another came between: figures never mix."""
        while True:
            version = self.customers.version
            reaction = self._reacted(scenario, persona, panel, seed, found)
            if self.customers.version == version:
                return reaction

    def _reacted(
        self, scenario: Scenario, persona: Persona, panel: Panel, seed: int, found: Found
    ) -> Reaction:
        put = self._put(scenario, persona, panel, seed)
        attributes = attributes_of(put.levers, put.people, put.notice_days)
        steps = plan_steps(put.people, attributes, put.crowd.ladder)
        forecast = put.crowd.model.forecast(put.crowd.group, attributes, steps, seed)
        words = self._words(put, attributes, forecast)
        return _reaction(put, forecast, words, self._provenance(put, found))

    def _put(self, scenario: Scenario, persona: Persona, panel: Panel, seed: int) -> _Put:
        """Levers and notice the caller gave stand; what is missing is read from the text."""
        reading = self._readings.of(scenario.text, self.customers.carrier)
        notice = reading.notice_days if scenario.notice_days is None else scenario.notice_days
        crowd, audience_share = self._asked(scenario, persona.segment_id, panel, seed)
        return _Put(
            text=scenario.text,
            persona=persona,
            levers=reading.levers if scenario.levers is None else scenario.levers,
            notice_days=notice,
            crowd=crowd,
            audience_share=audience_share,
            seed=seed,
        )

    def _asked(
        self, scenario: Scenario, segment_id: str, panel: Panel, seed: int
    ) -> tuple[Crowd, float]:
        """The crowd that panel and scenario admit, and its share of the segment."""
        everybody, model = self.customers.respondents(), self.model_of()
        carrier = self.customers.carrier
        told = (panel.audience, scenario.audience, panel.respondents_per_segment)
        if told != (None, None, None):
            some = admitted(everybody, segment_id, panel, scenario, seed)
            return Crowd.of(model, some.people, carrier), some.audience_share

        def whole_segment() -> Crowd:
            members = admitted(everybody, segment_id, panel, scenario, seed)
            return Crowd.of(model, members.people, carrier)

        return self._crowds.of(segment_id, model, everybody, whole_segment), 1.0

    def _words(self, put: _Put, attributes: Attributes, forecast: Forecast) -> Words:
        if not put.levers:
            return say_nothing_measurable(put.persona, forecast)
        best = _best_concession(put, attributes, forecast)
        dice = random.Random(f"{put.seed}/{put.persona.persona_id}/{put.text}")  # noqa: S311 - words
        return speak(put.persona, put.levers, forecast, best, dice)

    def _provenance(self, put: _Put, found: Found) -> Provenance:
        return Provenance(
            engine="choice",
            model=MODEL_NAME,
            seed=put.seed,
            persona_version=put.persona.version,
            data_as_of=self.customers.as_of,
            customers_asked=len(put.people),
            audience_share=put.audience_share,
            evidence=found.evidence,
            evidence_by=found.found_by,
            precedents=self._precedents(put),
        )

    def _precedents(self, put: _Put) -> tuple[Evidence, ...]:
        past = self.customers.past_reactions(put.persona.segment_id)
        known = self._known_precedents.of(self.customers.carrier)
        return known.find(put.text, put.levers, past, PRECEDENTS)

    @cached_property
    def _readings(self) -> Readings:
        return Readings()

    @cached_property
    def _known_precedents(self) -> LivePrecedents:
        return LivePrecedents()

    @cached_property
    def _crowds(self) -> Crowds:
        return Crowds()


@dataclass(frozen=True, slots=True)
class Admitted:
    """Customers to ask. `audience_share` is the part of their segment that filters admit."""

    people: Respondents
    audience_share: float


@dataclass(frozen=True, slots=True)
class _Put:
    """A scenario as it is put to the customers a persona speaks for."""

    text: str
    persona: Persona
    levers: Sequence[AnyLever]
    notice_days: int | None
    crowd: Crowd
    audience_share: float
    seed: int

    @property
    def people(self) -> Respondents:
        """Who is asked."""
        return self.crowd.people


def admitted(
    people: Respondents, segment_id: str, panel: Panel, scenario: Scenario, seed: int
) -> Admitted:
    """The segment's customers that the panel and the scenario's audience admit.

    With `respondents_per_segment`, a sample without replacement that depends only on the seed.
    Raises InvalidInput when nobody is left.
    """
    members = people.segment == code(people.segment_ids, segment_id)
    keep = members.copy()
    for audience in (panel.audience, scenario.audience):
        if audience is not None:
            keep &= in_audience(people, audience)
    rows = np.flatnonzero(keep)
    if not len(rows):
        raise InvalidInput(
            [FieldError("/panel/audience", f"no customer of {segment_id} is in it", "empty_panel")]
        )
    share = len(rows) / int(members.sum())
    wanted = panel.respondents_per_segment
    if wanted is not None and wanted < len(rows):
        rows = np.sort(np.random.default_rng(seed).choice(rows, wanted, replace=False))
    return Admitted(people.where(rows), share)


def _best_concession(put: _Put, attributes: Attributes, forecast: Forecast) -> Concession:
    """What the concession that pleases this crowd most would do besides the scenario."""
    offer = put.crowd.most_pleasing
    besides = attributes_of((CONCESSIONS[offer],), put.people, put.notice_days, besides=attributes)
    after = put.crowd.model.moved(put.crowd.group, besides).mean(axis=1)
    before = float(forecast.mix[UNHAPPY].sum())
    left = float(after[UNHAPPY].sum() / forecast.mix_at_mean[UNHAPPY].sum())
    return Concession(offer=offer, unhappy_before=before, unhappy_after=before * left)


def _reaction(put: _Put, forecast: Forecast, words: Words, provenance: Provenance) -> Reaction:
    mix = {action: float(p) for action, p in zip(ACTIONS, forecast.mix, strict=True)}
    return Reaction(
        initial_reaction=words.initial_reaction,
        sentiment_score=forecast.sentiment.value,
        likely_action=forecast.likely_action,
        action_probability=mix[forecast.likely_action],
        reasoning=words.reasoning,
        what_would_change_mind=words.what_would_change_mind,
        sample_verbatim=words.sample_verbatim,
        measurable=bool(put.levers),
        action_probabilities=mix,
        drivers=tuple(_driver(c, forecast.gained) for c in forecast.contributions),
        levers=tuple(put.levers),
        effects=_effects(forecast) if put.levers else None,
        provenance=provenance,
    )


def _driver(contribution: Contribution, action: Action) -> Driver:
    direction = "more" if contribution.percentage_points > 0 else "less"
    return Driver(
        name=contribution.feature,
        action=action,
        logits=contribution.logits,
        percentage_points=contribution.percentage_points,
        explanation=(
            f"{FEATURE_WORDS[contribution.feature]} makes {action} "
            f"{abs(contribution.percentage_points):.1f} points {direction} likely"
        ),
    )


def _effects(forecast: Forecast) -> Effects:
    revenue = forecast.revenue
    return Effects(
        affected_share=forecast.affected_share,
        status_quo={a: float(p) for a, p in zip(ACTIONS, forecast.status_quo, strict=True)},
        status_quo_sentiment=forecast.status_quo_sentiment,
        sentiment=forecast.sentiment,
        churn_uplift=forecast.churn_uplift_points,
        revenue=RevenueEffect(
            price=revenue.price,
            churn=revenue.churn,
            downgrade=revenue.downgrade,
            upgrade=revenue.upgrade,
            total=revenue.total,
        ),
        revenue_at_risk=forecast.revenue_at_risk,
        monthly_bill_dollars=forecast.monthly_bill_dollars,
    )
