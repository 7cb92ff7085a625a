"""Personas are written from figures, and from nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest

from domain.catalog import Carrier
from domain.customers.segments import Segment
from domain.personas.build import build_personas
from domain.personas.persona import Persona, PersonaVersion, persona_id
from domain.personas.statements import BACKGROUND, notable_traits, quantity, standings_of
from domain.reactions import Evidence
from domain.values import Figure, Source

UNITS = {
    "avg_age": "years",
    "p25_age": "years",
    "p75_age": "years",
    "avg_tenure_months": "months",
    "median_tenure_months": "months",
    "avg_monthly_bill": "dollars per month",
    "avg_household_income": "dollars per year",
    "avg_lines": "lines",
    "avg_data_gb": "GB per month",
    "avg_voice_minutes": "minutes per month",
    "pct_rural": "share",
    "pct_contacts_call": "share",
    "pct_contacts_app": "share",
    "top_plan_share": "share",
    "avg_price_sensitivity": "score 0 to 1",
    "avg_churn_risk": "score 0 to 1",
    "avg_coverage_gap": "score 0 to 1",
    "avg_support_sentiment": "score -1 to 1",
}
THRIFTY = (36, 27, 45, 11, 9, 38, 52_000, 1.1, 4, 180, 0.1, 0.3, 0.4, 0.6, 0.8, 0.3, 0.1, 0.0)
RURAL = (56, 47, 66, 52, 50, 48, 51_000, 1.2, 6, 400, 0.9, 0.7, 0.1, 0.4, 0.5, 0.1, 0.4, 0.1)
FAMILY = (42, 36, 48, 38, 36, 125, 88_000, 3.9, 62, 600, 0.1, 0.4, 0.3, 0.9, 0.5, 0.1, 0.1, 0.1)


def segment(id_: str, share: float, values: tuple[float, ...], drop: str = "") -> Segment:
    figures = {
        name: Figure(value=value, unit=unit, source=Source(table="T", filter=id_, rows=90))
        for (name, unit), value in zip(UNITS.items(), values, strict=True)
        if not re.search(drop or "$^", name)
    }
    return Segment(
        id=id_,
        name=f"Segment {id_}",
        tagline="As it comes",
        traits=(),
        customers=round(10_000 * share),
        share=share,
        statistics=figures,
        typical={"top_market": "Billings, MT", "top_plan": "River", "second_plan": "Brook"},
        as_of="2026-06-30",
    )


SEGMENTS = (segment("A", 0.5, THRIFTY), segment("B", 0.1, RURAL), segment("C", 0.4, FAMILY))
SAID = {"A": [Evidence(id="v1", source="support", text="My bill is too high.")] * 2}


def build(
    carrier: Carrier,
    segments: tuple[Segment, ...] = SEGMENTS,
    said: Mapping[str, list[Evidence]] = SAID,
    previous: tuple[Persona, ...] = (),
) -> tuple[Persona, ...]:
    kept = [PersonaVersion.of(persona) for persona in previous]
    return build_personas(segments, said, carrier, kept)


def prose(persona: Persona) -> str:
    narrative = persona.narrative
    return " ".join(
        (
            narrative.background,
            narrative.relationship_with_service,
            narrative.financial_mindset,
            narrative.communication_style,
            narrative.decision_style,
        )
    )


def test_each_segment_gets_a_persona_of_its_own_figures(carrier: Carrier) -> None:
    personas = build(carrier)
    assert [persona.segment_id for persona in personas] == ["A", "B", "C"]
    assert [persona.statistics for persona in personas] == [s.statistics for s in SEGMENTS]
    assert {persona.written_by for persona in personas} == {"statistics"}
    assert {persona.version for persona in personas} == {1}


def test_identity_is_typical_and_stable(carrier: Carrier) -> None:
    first, second = build(carrier)[1], build(carrier)[1]
    assert first == second
    assert first.persona_id == persona_id(carrier.name, "B")
    assert (first.identity.age, first.identity.place) == (56, "Billings, MT")
    assert first.identity.name in carrier.segments[1].given_names


def test_what_sets_a_segment_apart_is_what_is_told(carrier: Carrier) -> None:
    thrifty, rural, family = build(carrier)
    assert "$38.00" in thrifty.narrative.financial_mindset
    assert "90%" in rural.narrative.background
    assert "3.9 lines" in family.narrative.background
    assert "another tower nearby" in rural.narrative.hot_buttons.happy
    assert "price" in thrifty.profile.value_drivers
    assert thrifty.profile.price_sensitivity.startswith("high")


def test_words_follow_the_figures_and_not_the_segment(carrier: Carrier) -> None:
    thrifty_first = (segment("A", 0.5, THRIFTY), segment("B", 0.5, FAMILY))
    thrifty_last = (segment("A", 0.5, FAMILY), segment("B", 0.5, THRIFTY))
    (first, _), (_, last) = build(carrier, thrifty_first), build(carrier, thrifty_last)
    assert first.narrative.emotional_triggers == last.narrative.emotional_triggers
    assert first.narrative.hot_buttons == last.narrative.hot_buttons


def test_no_two_personas_share_a_paragraph(carrier: Carrier) -> None:
    paragraphs = [
        paragraph
        for persona in build(carrier)
        for paragraph in (
            persona.narrative.background,
            persona.narrative.relationship_with_service,
            persona.narrative.financial_mindset,
            persona.narrative.communication_style,
        )
    ]
    assert len(set(paragraphs)) == len(paragraphs)


def test_every_figure_in_the_prose_is_one_of_the_data(carrier: Carrier) -> None:
    for persona, own in zip(build(carrier), SEGMENTS, strict=True):
        standings = standings_of(own, SEGMENTS)
        known = " ".join(f"{s.value} {s.base_value}" for s in standings.values())
        known += (
            f" {own.customers:,} {own.share:.0%} {own.statistics['avg_coverage_gap'].value:.0%}"
        )
        told = set(re.findall(r"\d[\d,.]*\d|\d", prose(persona)))
        assert told <= set(re.findall(r"\d[\d,.]*\d|\d", known)) | {"0", "1", "-1", "10", "5"}


@pytest.mark.parametrize("missing", list(UNITS))
def test_a_missing_figure_leaves_its_sentence_out(carrier: Carrier, missing: str) -> None:
    segments = tuple(
        segment(id_, share, values, drop=f"^{missing}$")
        for id_, share, values in (("A", 0.5, THRIFTY), ("B", 0.1, RURAL), ("C", 0.4, FAMILY))
    )
    for persona in build(carrier, segments):
        assert missing not in persona.statistics
        assert "{" not in prose(persona)


def test_nothing_is_said_of_an_age_or_income_nobody_has(carrier: Carrier) -> None:
    unknown = "^(avg_age|p25_age|p75_age|avg_household_income)$"
    rural, family = segment("A", 0.5, RURAL, drop=unknown), segment("B", 0.5, FAMILY)

    persona, _ = build(carrier, (rural, family))

    assert persona.identity.age is None
    assert (persona.composite.age_range, persona.composite.household_income) == (
        "not known",
        "not known",
    )
    assert "ZIP codes" not in persona.narrative.financial_mindset
    assert persona.narrative.background.startswith(f"{persona.identity.name} lives in the ")


def test_a_segment_without_figures_still_has_a_persona(carrier: Carrier) -> None:
    bare = segment("A", 1.0, THRIFTY, drop=".").model_copy(update={"typical": {}})
    (persona,) = build(carrier, (bare,), {})
    assert persona.composite.tenure == persona.composite.plan == "not known"
    assert persona.narrative.sample_quotes == persona.profile.pain_points == ()
    assert persona.identity.place == "not known"


def test_the_most_common_term_does_not_contradict_the_share_under_contract(
    carrier: Carrier,
) -> None:
    bound = SEGMENTS[0].model_copy(update={"typical": {"top_contract": "NoContract"}})
    figure = Figure(value=0.6, unit="share", source=Source(table="T", filter="A", rows=90))
    bound = bound.model_copy(update={"statistics": bound.statistics | {"pct_contract": figure}})
    (persona,) = build(carrier, (bound,))
    assert persona.composite.contract == "60% under contract, most common term: no contract"


def test_quotes_are_the_segments_own_each_once(carrier: Carrier) -> None:
    first, second, _ = build(carrier)
    assert first.narrative.sample_quotes == ("My bill is too high.",)
    assert second.narrative.sample_quotes == ()


def test_the_version_grows_only_when_something_changes(carrier: Carrier) -> None:
    first = build(carrier)
    same = build(carrier, previous=first)
    changed = build(carrier, said={}, previous=same)
    again = build(carrier, said={}, previous=changed)
    assert same == first
    assert [p.version for p in changed] == [2, 1, 1]
    assert again == changed


def test_standing_is_measured_from_the_share_weighted_base() -> None:
    standing = standings_of(SEGMENTS[0], SEGMENTS)["avg_monthly_bill"]
    assert standing.base == pytest.approx(0.5 * 38 + 0.1 * 48 + 0.4 * 125)
    assert standing.distance < 0
    assert standing.level == "low"


def test_segments_that_do_not_differ_have_nothing_to_tell() -> None:
    alike = (segment("A", 0.5, THRIFTY), segment("B", 0.5, THRIFTY))
    standings = standings_of(alike[0], alike)
    assert notable_traits(BACKGROUND, standings) == []
    assert {standing.level for standing in standings.values()} == {"average"}


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (38.2, "dollars per month", "$38.20"),
        (-2, "dollars per month", "-$2.00"),
        (52_345, "dollars per year", "$52,000"),
        (0.724, "share", "72%"),
        (0.004, "share", "under 1%"),
        (0, "share", "0%"),
        (27, "months", "2 years and 3 months"),
        (12.4, "months", "1 year"),
        (0.2, "months", "less than a month"),
        (41.4, "GB per month", "41 GB"),
        (4.04, "GB per month", "4.0 GB"),
        (1_234.5, "minutes per month", "1,234"),
        (0.816, "score 0 to 1", "0.82"),
        (3.86, "score 1 to 5", "3.9"),
    ],
)
def test_a_quantity_is_said_as_people_say_it(value: float, unit: str, said: str) -> None:
    assert quantity(value, unit) == said
