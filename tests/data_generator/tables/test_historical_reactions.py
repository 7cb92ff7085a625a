from __future__ import annotations

import json

import numpy as np
import pytest
from pydantic import TypeAdapter

from data_generator.customers.population import Population
from data_generator.history.event_attributes import event_attributes, status_quo
from data_generator.history.event_outcomes import CHURN, action_chances
from data_generator.history.past_events import past_events
from data_generator.io.recipe import AS_OF
from data_generator.tables.historical_reactions import (
    EVENT_NOISE,
    SAMPLE_CUSTOMERS,
    historical_reactions_table,
)
from domain.levers import AnyLever
from domain.scenarios.scenario import Scenario
from tests.data_generator.conftest import SEED, Market

LEVERS: TypeAdapter[tuple[AnyLever, ...]] = TypeAdapter(tuple[AnyLever, ...])


def test_every_event_is_told_of_all_eight_segments(market: Market) -> None:
    events = market.rows("""
        select count(distinct segment_id), count(*) from historical_reactions group by event_id
    """)
    assert events == [(8, 8)] * 92


def test_every_kind_of_event_is_there(market: Market) -> None:
    rows = market.rows("select distinct category, levers from historical_reactions")
    kinds = {json.loads(levers)[0]["kind"] for _, levers in rows}
    assert {category for category, _ in rows} == {
        *("Pricing", "Product", "Policy", "Competitive", "Retention", "Service")
    }
    assert {"price_change", "new_plan", "policy_change", "competitor_offer"} <= kinds
    assert {"network_change", "value_add", "loyalty_reward", "credit"} <= kinds


def test_an_event_can_be_put_again_as_a_scenario(market: Market) -> None:
    rows = market.rows("select distinct scenario, category, levers from historical_reactions")
    for text, category, levers in rows:
        scenario = Scenario(text=text, category=category, levers=LEVERS.validate_json(levers))
        assert scenario.levers


def test_the_table_does_not_depend_on_the_number_of_customers(market: Market) -> None:
    alone = historical_reactions_table(SEED, AS_OF).to_pylist()
    columns = ", ".join(alone[0])
    stored = market.rows("select {} from historical_reactions order by file_row_number", columns)
    assert stored == [tuple(row.values()) for row in alone]


def test_reactions_follow_the_law_with_the_noise_it_states(market: Market) -> None:
    people = Population(SEED, AS_OF, 0, SAMPLE_CUSTOMERS)
    members = [people.segment == segment for segment in range(8)]
    baseline = action_chances(status_quo(people), people)[CHURN]
    expected = []
    for event in past_events(SEED, AS_OF):
        churn = action_chances(event_attributes(event, people), people)[CHURN]
        expected += [churn[here].mean() / baseline[here].mean() for here in members]
    seen = market.rows("""
        select churn_rate_after / churn_rate_before from historical_reactions
        order by file_row_number
    """)
    off = np.log(np.array(seen).ravel() / np.array(expected))
    assert abs(off.mean()) < 4 * EVENT_NOISE / np.sqrt(len(off))
    assert off.std() == pytest.approx(EVENT_NOISE, rel=0.1)


def test_those_who_watch_prices_leave_over_them_most(market: Market) -> None:
    uplift = dict(
        market.rows("""
            select segment_id, avg(churn_rate_after / churn_rate_before) from historical_reactions
            where event_id like '%percent-rise' group by segment_id
        """)
    )
    assert uplift["S1"] > uplift["S4"] > 1
    assert uplift["S1"] > uplift["S5"]


def test_customers_speak_as_the_event_felt_and_name_nobody(market: Market) -> None:
    verbatims = market.rows("select distinct sample_verbatim from historical_reactions")
    assert len(verbatims) > 200
    assert market.count("historical_reactions", "regexp_matches(sample_verbatim, '[0-9@]')") == 0
    positive_about_a_rise = "event_id like '%postpaid-rise' and sample_verbatim like '%good news%'"
    assert market.count("historical_reactions", positive_about_a_rise) == 0
