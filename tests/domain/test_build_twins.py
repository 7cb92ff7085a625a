from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest

from domain.build_twins import build_twins
from domain.catalog import Carrier, Plan, SegmentProfile
from domain.customers.outcomes import CampaignOutcomes, PastEvent
from domain.customers.respondents import FLOAT_COLUMNS, Respondents
from domain.customers.segmentation import Discover, Earlier, Segmentation
from domain.customers.segments import Segment
from domain.errors import DatasetRejected
from domain.personas.persona import Persona, PersonaVersion
from domain.reactions import Evidence
from domain.values import Figure, Source

AGES = {"S1": 20.0, "S2": 60.0}


def profile(segment_id: str, age: float) -> SegmentProfile:
    return SegmentProfile(
        id=segment_id,
        name=f"Segment {segment_id}",
        tagline="As it is",
        traits=("Plain",),
        signature={"age": age},
        given_names=("Sam",),
    )


CARRIER = Carrier(
    name="Northwind",
    tagline="",
    headquarters="",
    subscribers=1_000,
    market_share=0.1,
    monthly_churn=0.02,
    plans=(Plan(name="Small", category="Postpaid", price_dollars=25),),
    segments=(profile("S1", age=-1), profile("S2", age=1)),
)


NOTHING_BEFORE = Earlier((), np.empty((0, 1)), np.empty(0, np.int32))


@dataclass
class Bench:
    """A build in memory: customers of the given ages, nothing else known of them."""

    ages: list[float]
    shares: dict[str, float] = field(default_factory=dict)
    done: list[str] = field(default_factory=list)
    stored: tuple[Persona, ...] = ()

    carrier = CARRIER

    def loaded_plans(self) -> dict[str, int]:
        return {CARRIER.plans[0].name: len(self.ages)}

    def make_features(self) -> int:
        self.done.append("features")
        return len(self.ages)

    def find_segments(self, discover: Discover, seed: int) -> Segmentation:
        found = discover(np.array([self.ages]).T, ["age"], seed, NOTHING_BEFORE)
        self.shares = found.shares
        return found

    def segments(self) -> Sequence[Segment]:
        source = Source(table="CUSTOMERS", filter="", rows=len(self.ages))
        return [
            Segment(
                id=profile.id,
                name=profile.name,
                tagline=profile.tagline,
                traits=profile.traits,
                customers=round(self.shares[profile.id] * len(self.ages)),
                share=self.shares[profile.id],
                statistics={"avg_age": Figure(value=AGES[profile.id], unit="years", source=source)},
                typical={},
                as_of="2025-01-31",
            )
            for profile in CARRIER.segments
        ]

    def verbatims(self, segment_id: str) -> Sequence[Evidence]:
        return [Evidence(id=f"support:{segment_id}", source="", text=f"{segment_id} speaks")]

    def respondents(self) -> Respondents:
        n = len(self.ages)
        zeros = np.zeros(n, dtype=np.float32)
        codes = np.zeros(n, dtype=np.int16)
        columns = dict.fromkeys(FLOAT_COLUMNS, zeros)
        return Respondents(("S1",), ("Only",), ("MT",), codes, codes, codes, **columns)

    def campaign_outcomes(self) -> CampaignOutcomes:
        none = np.empty(0)
        return CampaignOutcomes(
            (),
            none.astype(np.int32),
            none.astype(np.int16),
            none.astype(np.float32),
            none.astype(np.int8),
        )

    def past_events(self) -> Sequence[PastEvent]:
        return ()

    def previous_personas(self) -> Sequence[PersonaVersion]:
        return [PersonaVersion.of(persona) for persona in self.stored]

    def store_personas(self, personas: Sequence[Persona]) -> None:
        self.done.append("personas")
        self.stored = tuple(personas)

    def store_choice_model(self, model_id: str, parameters: str) -> None:
        self.done.append(model_id)

    def publish(self, note: str | None = None) -> str:
        self.done.append("publish")
        return "0001"


@pytest.fixture
def bench() -> Bench:
    return Bench(ages=[19, 20, 21, 59, 60, 61, 62, 58])


def test_each_segment_found_gets_a_persona_of_its_age(bench: Bench) -> None:
    report = build_twins(bench, seed=1)

    assert report.shares == {"S1": 3 / 8, "S2": 5 / 8}
    assert {p.segment_id: p.identity.age for p in report.personas} == {"S1": 20, "S2": 60}


def test_nothing_is_published_before_personas_and_part_worths_are_stored(bench: Bench) -> None:
    report = build_twins(bench, seed=1)

    assert bench.done == ["features", "personas", "part-worths", "publish"]
    assert bench.stored == report.personas


def test_building_again_from_the_same_data_keeps_each_persona(bench: Bench) -> None:
    first = build_twins(bench, seed=1)
    second = build_twins(bench, seed=1)

    assert second.personas == first.personas


def test_too_few_customers_for_the_segments_are_refused(bench: Bench) -> None:
    bench.ages = [40]

    with pytest.raises(DatasetRejected, match="1 rows cannot make 2 segments"):
        build_twins(bench, seed=1)


def test_customers_who_do_not_differ_are_refused(bench: Bench) -> None:
    bench.ages = [40] * 20

    with pytest.raises(DatasetRejected, match="differ"):
        build_twins(bench, seed=1)

    assert "publish" not in bench.done


def test_progress_names_each_stage_in_turn(bench: Bench) -> None:
    heard: list[tuple[str, int, int]] = []

    report = build_twins(bench, seed=1, progress=lambda *stage: heard.append(stage))

    assert [name for name, _, _ in heard] == list(report.seconds)
    assert [place for _, place, _ in heard] == list(range(len(heard)))
