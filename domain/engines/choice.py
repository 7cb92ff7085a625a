"""Choice engine: from a scenario to a persona's reaction by the choice model alone, offline."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ParamSpec, TypeVar

from domain.choice import (
    ACTION_INDEX,
    CONCESSIONS,
    Attributes,
    ChoiceModel,
    Forecast,
    SegmentBaseline,
    SegmentBaselines,
    attributes_of,
    plan_steps,
)
from domain.customers import Panel, Respondents, draw_sample
from domain.engines.forecast_reaction import reaction_of
from domain.engines.phrasing import Concession, Words, say_nothing_measurable, speak
from domain.evidence import ByWords, Found, LivePrecedents, Retriever
from domain.lever_parsing import Readings
from domain.levers import AnyLever
from domain.personas import CustomerBase, Persona
from domain.reactions import Action, Answer, Engine, Evidence, Provenance, Reaction
from domain.scenarios import Scenario, Understanding

Args = ParamSpec("Args")
Result = TypeVar("Result")

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

        In one step where it can be: each way to a thread and back waits for its turn.
        """
        reaction = await self._computed(self._react_in_one_step, scenario, persona, panel, seed)
        if reaction is not None:
            return reaction
        verbatims = await asyncio.to_thread(self.customers.verbatims, persona.segment_id)
        found = await self.retriever.find(scenario.text, verbatims, QUOTES)
        return await self._computed(self._react, scenario, persona, panel, seed, found)

    async def _computed(
        self, react: Callable[Args, Result], *args: Args.args, **kwargs: Args.kwargs
    ) -> Result:
        """What a function gives, in a thread, in turn."""
        async with self._turns:
            return await asyncio.to_thread(react, *args, **kwargs)

    @cached_property
    def _turns(self) -> asyncio.Semaphore:
        return asyncio.Semaphore(self.at_once)

    def _react_in_one_step(
        self, scenario: Scenario, persona: Persona, panel: Panel, seed: int
    ) -> Reaction | None:
        """None where evidence is found by a model that has to be waited for."""
        verbatims = self.customers.verbatims(persona.segment_id)
        found = self.retriever.found(scenario.text, verbatims, QUOTES)
        return None if found is None else self._react(scenario, persona, panel, seed, found)

    def _react(
        self, scenario: Scenario, persona: Persona, panel: Panel, seed: int, found: Found
    ) -> Reaction:
        """The reaction of one build, computed again when another came between: none mixes two."""
        while True:
            version = self.customers.version
            reaction = self._react_once(scenario, persona, panel, seed, found)
            if self.customers.version == version:
                return reaction

    def _react_once(
        self, scenario: Scenario, persona: Persona, panel: Panel, seed: int, found: Found
    ) -> Reaction:
        task = self._task(scenario, persona, panel, seed)
        attributes = attributes_of(task.levers, task.people, task.notice_days)
        steps = plan_steps(task.people, attributes, task.baseline.ladder)
        forecast = task.baseline.model.forecast(task.baseline.status_quo, attributes, steps, seed)
        words = _words(task, attributes, forecast)
        provenance = self._provenance(task, found)
        return reaction_of(forecast, task.levers, words, provenance, task.reading)

    def _task(self, scenario: Scenario, persona: Persona, panel: Panel, seed: int) -> _ChoiceTask:
        """Levers and notice the caller gave stand; what is missing is read from the text."""
        reading = self._readings.of(scenario.text, self.customers.carrier)
        notice = reading.notice_days if scenario.notice_days is None else scenario.notice_days
        baseline, audience_share = self._baseline(scenario, persona.segment_id, panel, seed)
        return _ChoiceTask(
            text=scenario.text,
            persona=persona,
            levers=reading.levers if scenario.levers is None else scenario.levers,
            reading=reading.understanding if scenario.levers is None else None,
            notice_days=notice,
            baseline=baseline,
            audience_share=audience_share,
            seed=seed,
        )

    def _baseline(
        self, scenario: Scenario, segment_id: str, panel: Panel, seed: int
    ) -> tuple[SegmentBaseline, float]:
        """The customers that panel and scenario admit, and their share of the segment."""
        everybody, model = self.customers.respondents(), self.model_of()
        carrier = self.customers.carrier
        filters = (panel.audience, scenario.audience, panel.respondents_per_segment)
        if filters != (None, None, None):
            sample = draw_sample(everybody, segment_id, panel, scenario, seed)
            return SegmentBaseline.of(model, sample.people, carrier), sample.audience_share

        def whole_segment() -> SegmentBaseline:
            members = draw_sample(everybody, segment_id, panel, scenario, seed)
            return SegmentBaseline.of(model, members.people, carrier)

        return self._baselines.of(segment_id, model, everybody, whole_segment), 1.0

    def _provenance(self, task: _ChoiceTask, found: Found) -> Provenance:
        return Provenance(
            engine="choice",
            model=MODEL_NAME,
            seed=task.seed,
            persona_version=task.persona.version,
            data_as_of=self.customers.as_of,
            customers_asked=len(task.people),
            audience_share=task.audience_share,
            evidence=found.evidence,
            evidence_by=found.found_by,
            precedents=self._precedents(task),
        )

    def _precedents(self, task: _ChoiceTask) -> tuple[Evidence, ...]:
        past = self.customers.past_reactions(task.persona.segment_id)
        precedents = self._live_precedents.of(self.customers.carrier)
        return precedents.find(task.text, task.levers, past, PRECEDENTS)

    @cached_property
    def _readings(self) -> Readings:
        return Readings()

    @cached_property
    def _live_precedents(self) -> LivePrecedents:
        return LivePrecedents()

    @cached_property
    def _baselines(self) -> SegmentBaselines:
        return SegmentBaselines()


@dataclass(frozen=True, slots=True)
class _ChoiceTask:
    """A scenario as the customers a persona speaks for are to choose about it."""

    text: str
    persona: Persona
    levers: Sequence[AnyLever]
    reading: Understanding | None
    notice_days: int | None
    baseline: SegmentBaseline
    audience_share: float
    seed: int

    @property
    def people(self) -> Respondents:
        """Who is asked."""
        return self.baseline.people


def _words(task: _ChoiceTask, attributes: Attributes, forecast: Forecast) -> Words:
    if not task.levers:
        return say_nothing_measurable(task.persona, forecast)
    best = _best_concession(task, attributes, forecast)
    rng = random.Random(f"{task.seed}/{task.persona.persona_id}/{task.text}")  # noqa: S311 - words
    return speak(task.persona, task.levers, forecast, best, rng)


def _best_concession(task: _ChoiceTask, attributes: Attributes, forecast: Forecast) -> Concession:
    """What the concession that pleases these customers most would do besides the scenario."""
    offer = task.baseline.most_pleasing
    concession = (CONCESSIONS[offer],)
    both = attributes_of(concession, task.people, task.notice_days, besides=attributes)
    after = task.baseline.model.moved(task.baseline.status_quo, both).mean(axis=1)
    before = float(forecast.mix[UNHAPPY].sum())
    left = float(after[UNHAPPY].sum() / forecast.mix_at_mean[UNHAPPY].sum())
    return Concession(offer=offer, unhappy_before=before, unhappy_after=before * left)
