"""React: the offline engine, from a scenario to a persona's reaction by the choice model alone."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from domain.catalog import Carrier
from domain.choice import ChoiceModel, Contribution, Forecast, plan_steps
from domain.errors import FieldError, InvalidInput
from domain.lever_features import feel
from domain.levers import read_levers
from domain.part_worths import ACTION_INDEX
from domain.personas import Persona
from domain.ports import CustomerBase, Found, Retriever
from domain.reactions import (
    ACTIONS,
    Action,
    Driver,
    Effects,
    Engine,
    Evidence,
    Provenance,
    Reaction,
    RevenueEffect,
)
from domain.respondents import Respondents
from domain.retrieval import ByWords, most_relevant
from domain.scenarios import (
    AnyLever,
    Audience,
    Credit,
    LoyaltyReward,
    NetworkChange,
    Scenario,
    ValueAdd,
)
from domain.simulations import Panel
from domain.voice import FEATURE_WORDS, Concession, Words, money, say_nothing_measurable, speak

MODEL_NAME = "multinomial logit"
QUOTES = 2  # verbatims cited with a reaction
PRECEDENTS = 2  # past events cited with a reaction
UNHAPPY = [ACTION_INDEX[a] for a in (Action.COMPLAIN, Action.THREATEN_CHURN, Action.CHURN)]
CONCESSION_DOLLARS = 3.0  # chosen: worth a month of each concession compared, so they cost alike


@dataclass(frozen=True)
class ChoiceReactions:
    """Engine `choice`: numbers from the choice model, words composed from the numbers.

    `model_of` gives the choice model of the customer base's current build.
    """

    customers: CustomerBase
    carrier: Carrier
    model_of: Callable[[], ChoiceModel]
    retriever: Retriever = field(default_factory=ByWords)

    @property
    def engine(self) -> Engine:
        """The name reactions carry in their provenance."""
        return "choice"

    async def react(
        self, scenario: Scenario, persona: Persona, panel: Panel, seed: int
    ) -> Reaction:
        """The persona's reaction; see domain.ports.ReactionModel. Computed off the event loop."""
        said = await asyncio.to_thread(self.customers.verbatims, persona.segment_id)
        found = await self.retriever.find(scenario.text, said, QUOTES)
        return await asyncio.to_thread(self._react, scenario, persona, panel, seed, found)

    def _react(
        self, scenario: Scenario, persona: Persona, panel: Panel, seed: int, found: Found
    ) -> Reaction:
        put = self._put(scenario, persona, panel, seed)
        felt = feel(put.levers, put.people, put.notice_days)
        steps = plan_steps(put.people, felt, self.carrier)
        forecast = self.model_of().forecast(put.people, felt, steps, seed)
        return _reaction(put, forecast, self._words(put, forecast), self._provenance(put, found))

    def _put(self, scenario: Scenario, persona: Persona, panel: Panel, seed: int) -> _Put:
        """Levers and notice the caller gave stand; what is missing is read from the text."""
        reading = read_levers(scenario.text, self.carrier)
        notice = reading.notice_days if scenario.notice_days is None else scenario.notice_days
        return _Put(
            text=scenario.text,
            persona=persona,
            levers=reading.levers if scenario.levers is None else scenario.levers,
            notice_days=notice,
            people=admitted(
                self.customers.respondents(), persona.segment_id, panel, scenario, seed
            ),
            seed=seed,
        )

    def _words(self, put: _Put, forecast: Forecast) -> Words:
        if not put.levers:
            return say_nothing_measurable(put.persona, forecast)
        best = _best_concession(self.model_of(), put, forecast)
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
            evidence=found.evidence,
            evidence_by=found.found_by,
            precedents=self._precedents(put),
        )

    def _precedents(self, put: _Put) -> tuple[Evidence, ...]:
        """By words even where verbatims are found by meaning: events are told in few of them."""
        past = self.customers.past_reactions(put.persona.segment_id)
        return most_relevant(put.text, past, PRECEDENTS)


@dataclass(frozen=True, slots=True)
class _Put:
    """A scenario as it is put to the customers a persona speaks for."""

    text: str
    persona: Persona
    levers: Sequence[AnyLever]
    notice_days: int | None
    people: Respondents
    seed: int


def admitted(
    people: Respondents, segment_id: str, panel: Panel, scenario: Scenario, seed: int
) -> Respondents:
    """The segment's customers that the panel and the scenario's audience admit.

    With `respondents_per_segment`, a sample without replacement that depends only on the seed.
    Raises InvalidInput when nobody is left.
    """
    keep = people.segment == _code(people.segment_ids, segment_id)
    for audience in (panel.audience, scenario.audience):
        if audience is not None:
            keep &= _in_audience(people, audience)
    rows = np.flatnonzero(keep)
    if not len(rows):
        raise InvalidInput(
            [FieldError("/panel/audience", f"no customer of {segment_id} is in it", "empty_panel")]
        )
    wanted = panel.respondents_per_segment
    if wanted is not None and wanted < len(rows):
        rows = np.sort(np.random.default_rng(seed).choice(rows, wanted, replace=False))
    return people.where(rows)


def _in_audience(people: Respondents, audience: Audience) -> NDArray[np.bool_]:
    keep = np.ones(len(people), dtype=bool)
    if audience.segments:
        wanted = [_code(people.segment_ids, segment) for segment in audience.segments]
        keep &= np.isin(people.segment, wanted)
    if audience.plans:
        names = {name.lower() for name in audience.plans}
        codes = [i for i, name in enumerate(people.plan_names) if name.lower() in names]
        keep &= np.isin(people.plan, codes)
    if audience.states:
        keep &= np.isin(people.state, [_code(people.state_codes, s) for s in audience.states])
    if audience.min_tenure_months is not None:
        keep &= people.tenure_months >= audience.min_tenure_months
    if audience.max_tenure_months is not None:
        keep &= people.tenure_months <= audience.max_tenure_months
    return keep


def _code(names: Sequence[str], name: str) -> int:
    """Position of a name, or -2, which no row carries."""
    return names.index(name) if name in names else -2


def _best_concession(model: ChoiceModel, put: _Put, forecast: Forecast) -> Concession:
    """Of concessions that cost about the same, the one that moves sentiment most."""
    feelings, _ = model.part_worths.feelings()
    offers = {
        offer: feel((*put.levers, lever), put.people, put.notice_days)
        for offer, lever in _concessions().items()
    }
    best = max(offers, key=lambda offer: float((offers[offer].features @ feelings).mean()))
    after = model.action_chances(put.people, offers[best]).mean(axis=0)
    return Concession(
        offer=best,
        unhappy_before=float(forecast.mix[UNHAPPY].sum()),
        unhappy_after=float(after[UNHAPPY].sum()),
    )


def _concessions() -> dict[str, AnyLever]:
    yearly = CONCESSION_DOLLARS * 12
    return {
        f"A one-time credit of {money(yearly)}": Credit(amount_dollars=yearly),
        f"A streaming perk worth {money(CONCESSION_DOLLARS)} a month": ValueAdd(
            name="a streaming perk",
            monthly_worth_dollars=CONCESSION_DOLLARS,
            affinity="streaming",
        ),
        f"A loyalty reward of {money(yearly)}": LoyaltyReward(worth_dollars=yearly),
        "Five points more coverage where it is thin": NetworkChange(
            coverage_points=5, where="rural"
        ),
    }


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
