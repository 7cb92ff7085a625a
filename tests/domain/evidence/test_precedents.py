from __future__ import annotations

from datetime import date

import pytest

from data_generator.carrier import reference_carrier
from data_generator.history.past_events import past_events
from domain.evidence.precedents import Precedents
from domain.lever_parsing.parser import read_levers
from domain.reactions import Evidence

CARRIER = reference_carrier()
HISTORY = [
    Evidence(
        id=event.event_type.name, source="S1", text=f"{event.text} Churn went from 2.0 % to 2.4 %."
    )
    for event in past_events(42, date(2026, 3, 1))
]


def found(text: str, *past: Evidence) -> list[str]:
    levers = read_levers(text, CARRIER).levers
    pieces = Precedents(CARRIER).find(text, levers, past or HISTORY, 2)
    return [piece.text.split(" Churn")[0] for piece in pieces]


@pytest.mark.parametrize(
    ("scenario", "alike"),
    [
        ("We are raising prices by $5/month.", "We raise the price of all postpaid plans"),
        ("We lower all our plans by $3 a month.", "We lower the price of all plans"),
        ("Our late fee policy becomes stricter.", "Our late fee policy becomes stricter."),
        ("Our late fee policy becomes looser.", "Our late fee policy becomes looser."),
        ("The network was down for 5 hours.", "The network was down"),
        ("T-Mobile offers unlimited data for $40 a month.", "T-Mobile offers unlimited data"),
    ],
)
def test_past_events_that_went_the_same_way_are_told(scenario: str, alike: str) -> None:
    told = found(scenario)

    assert len(told) == 2
    assert all(event.startswith(alike) for event in told)


def test_what_only_went_the_other_way_is_no_precedent() -> None:
    cut = next(event for event in HISTORY if event.id == "price-cut")

    assert found("We lower the price of all plans by $4 a month.", cut)
    assert found("We raise the price of all plans by $4 a month.", cut) == []


def test_an_event_of_another_kind_is_told_after_those_alike() -> None:
    rise = Evidence(id="rise", source="S1", text="We raise all prices by $2.")
    launch = Evidence(id="launch", source="S1", text="We launch a new Powder plan for $40 a month.")

    assert found("We raise the price of the Powder plan by $3 a month.", launch, rise) == [
        "We raise all prices by $2.",
        "We launch a new Powder plan for $40 a month.",
    ]


def test_a_scenario_without_levers_is_met_by_words_alone() -> None:
    assert found("Why was the network down?")[0].startswith("The network was down")
