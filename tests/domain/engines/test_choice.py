from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from domain.catalog import Carrier
from domain.choice.model import ChoiceModel
from domain.customers.panel import Panel
from domain.customers.respondents import Respondents
from domain.customers.segments import Segment
from domain.engines.choice import ChoiceReactions
from domain.lever_parsing.parser import read_levers
from domain.levers import Credit, PriceChange
from domain.personas.build import build_personas
from domain.personas.persona import Persona
from domain.reactions import Action, Evidence, Reaction
from domain.scenarios.scenario import LeverReading, Scenario

EVERYBODY = Panel()
RISE = Scenario(text="We are raising prices by $5 a month on River.")


@dataclass
class SmallBase:
    """A customer base held in memory."""

    people: Respondents
    built: tuple[Persona, ...]
    carrier: Carrier
    said: list[Evidence] = field(default_factory=list)
    past: list[Evidence] = field(default_factory=list)
    as_of: str = "2026-03-01"
    version: str = "0001"

    def plans(self) -> dict[str, int]:
        return {}

    def segments(self) -> Sequence[Segment]:
        return ()

    def personas(self) -> Sequence[Persona]:
        return self.built

    def respondents(self) -> Respondents:
        return self.people

    def verbatims(self, segment_id: str) -> Sequence[Evidence]:
        return [piece for piece in self.said if piece.source == segment_id]

    def past_reactions(self, segment_id: str) -> Sequence[Evidence]:
        return [piece for piece in self.past if piece.source == segment_id]


@pytest.fixture(scope="session")
def base(people: Respondents, carrier: Carrier) -> SmallBase:
    segments = [
        Segment(
            id=profile.id,
            name=profile.name,
            tagline=profile.tagline,
            traits=profile.traits,
            customers=200,
            share=1 / 3,
            statistics={},
            typical={},
            as_of="2026-03-01",
        )
        for profile in carrier.segments
    ]
    said = [
        Evidence(id="a", source="A", text="Prices only ever go up."),
        Evidence(id="b", source="A", text="The signal is gone in my basement."),
        Evidence(id="c", source="B", text="Prices are fine with me."),
    ]
    past = [
        Evidence(id="event:1", source="A", text="We raised prices by $3 a month."),
        Evidence(id="event:2", source="A", text="The network was down."),
        Evidence(id="event:3", source="B", text="We raised prices by $4 a month."),
    ]
    return SmallBase(people, build_personas(segments, {}, carrier, ()), carrier, said, past)


@pytest.fixture(scope="session")
def react(
    base: SmallBase, carrier: Carrier, model: ChoiceModel
) -> Callable[[Scenario, Panel], Reaction]:
    engine = ChoiceReactions(base, lambda: model)

    def put(scenario: Scenario, panel: Panel) -> Reaction:
        return asyncio.run(engine.react(scenario, base.built[0], panel, 7))

    return put


React = Callable[[Scenario, Panel], Reaction]


def test_levers_are_read_and_the_words_are_shown(react: React) -> None:
    reaction = react(RISE, EVERYBODY)

    (lever,) = reaction.levers
    assert isinstance(lever, PriceChange)
    assert (lever.amount_dollars, lever.plans) == (5.0, ("River",))
    assert lever.read_from is not None
    assert lever.read_from in RISE.text


def test_given_levers_stand_whatever_the_text_says(react: React) -> None:
    given = Credit(amount_dollars=30)

    reaction = react(RISE.model_copy(update={"levers": (given,)}), EVERYBODY)

    assert reaction.levers == (given,)


def test_an_empty_list_of_levers_is_not_a_missing_one(react: React) -> None:
    reaction = react(RISE.model_copy(update={"levers": ()}), EVERYBODY)

    assert not reaction.measurable


def test_nothing_measurable_claims_no_effect(react: React) -> None:
    reaction = react(Scenario(text="We have a new logo."), EVERYBODY)

    assert not reaction.measurable
    assert reaction.effects is None
    assert reaction.drivers == ()
    assert "Nothing measurable found" in reaction.initial_reaction


def test_a_reaction_says_who_spoke_and_on_what_grounds(react: React, base: SmallBase) -> None:
    grounds = react(RISE, EVERYBODY).provenance

    assert (grounds.engine, grounds.model, grounds.seed) == ("choice", "multinomial logit", 7)
    assert grounds.customers_asked == int((base.people.segment == 0).sum())
    assert [piece.id for piece in grounds.evidence] == ["a"]


def test_past_events_of_the_segment_are_cited_apart_from_its_words(react: React) -> None:
    rise, other = react(RISE, EVERYBODY), react(Scenario(text="We have a new logo."), EVERYBODY)

    assert [piece.id for piece in rise.provenance.precedents] == ["event:1"]
    assert rise.provenance.precedents[0] not in rise.provenance.evidence
    assert other.provenance.precedents == ()


def test_a_text_is_read_once_for_all_whom_it_is_put_to(
    monkeypatch: pytest.MonkeyPatch, base: SmallBase, carrier: Carrier, model: ChoiceModel
) -> None:
    read: list[str] = []

    def counted(text: str, carrier: Carrier) -> LeverReading:
        read.append(text)
        return read_levers(text, carrier)

    monkeypatch.setattr(sys.modules[read_levers.__module__], "read_levers", counted)
    engine = ChoiceReactions(base, lambda: model)

    for persona in base.built:
        asyncio.run(engine.react(RISE, persona, EVERYBODY, 7))

    assert read == [RISE.text]


def test_the_same_seed_gives_the_same_bytes(react: React) -> None:
    first, second = (react(RISE, Panel(respondents_per_segment=50)) for _ in range(2))

    assert first.model_dump_json() == second.model_dump_json()


def test_drivers_name_what_moved_the_segment(react: React) -> None:
    drivers = {driver.name: driver for driver in react(RISE, EVERYBODY).drivers}

    assert {"price_rise", "bad_news"} <= set(drivers)
    assert drivers["price_rise"].action == Action.COMPLAIN
    assert drivers["price_rise"].logits > 0
    assert drivers["price_rise"].percentage_points > 0


def test_only_some_customers_are_touched_by_a_rise_on_one_plan(
    react: React, base: SmallBase
) -> None:
    effects = react(RISE, EVERYBODY).effects

    mine = base.people.segment == 0
    assert effects is not None
    assert effects.affected_share == pytest.approx(float((base.people.plan[mine] == 1).mean()))


@dataclass
class Watched:
    """Gives a choice model slowly, and knows how many waited for it at the same time."""

    model: ChoiceModel
    now: int = 0
    most: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> ChoiceModel:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.02)
        with self.lock:
            self.now -= 1
        return self.model


@pytest.mark.parametrize("at_once", [1, 2])
def test_no_more_reactions_are_computed_at_once_than_there_is_use_for(
    base: SmallBase, carrier: Carrier, model: ChoiceModel, at_once: int
) -> None:
    watched = Watched(model)
    engine = ChoiceReactions(base, watched, at_once=at_once)

    async def ask_all() -> None:
        asks = (engine.react(RISE, base.built[0], EVERYBODY, seed) for seed in range(6))
        await asyncio.gather(*asks)

    asyncio.run(ask_all())

    assert watched.most == at_once
