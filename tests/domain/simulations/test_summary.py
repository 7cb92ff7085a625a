from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalog import Carrier
from domain.customers.segments import Segment
from domain.levers import PriceChange
from domain.reactions import ACTIONS, Action, Effects, Provenance, Reaction, RevenueEffect
from domain.scenarios.scenario import Scenario
from domain.scenarios.understanding import Understanding, UnreadSpan
from domain.simulations.simulation import (
    Call,
    CallRecord,
    CallState,
    Failure,
    ScenarioSummary,
    SimulationRequest,
)
from domain.simulations.summary import signed_money, summarize, weighted
from domain.values import Estimate

NUMBERS = st.floats(-1e6, 1e6)
REQUEST = SimulationRequest(scenarios=(Scenario(text="Everything costs more"),))


def about(value: float, spread: float = 0.1) -> Estimate:
    return Estimate(value=value, low=value - spread, high=value + spread)


def segment(name: str, share: float) -> Segment:
    return Segment(
        id=name,
        name=f"Segment {name}",
        tagline="",
        traits=(),
        customers=round(share * 1000),
        share=share,
        statistics={},
        typical={},
        as_of="2026-03-01",
    )


SEGMENTS = (segment("A", 0.75), segment("B", 0.25))


def reaction(
    sentiment: float,
    *,
    churn: float = 0.1,
    customers: int = 100,
    measurable: bool = True,
    audience_share: float = 1.0,
) -> Reaction:
    mix = dict.fromkeys(ACTIONS, 0.0) | {Action.IGNORE: 1 - churn, Action.CHURN: churn}
    zero = about(0.0, 0.0)
    effects = Effects(
        affected_share=0.5,
        status_quo=dict.fromkeys(ACTIONS, 0.0) | {Action.IGNORE: 1.0},
        status_quo_sentiment=0.0,
        sentiment=about(sentiment),
        churn_uplift=about(100 * churn),
        revenue=RevenueEffect(
            price=about(2.0), churn=about(-1.0), downgrade=zero, upgrade=zero, total=about(1.0, 0.2)
        ),
        revenue_at_risk=about(3.0),
        monthly_bill_dollars=50,
    )
    return Reaction(
        initial_reaction="Hm",
        sentiment_score=sentiment,
        likely_action=Action.IGNORE,
        action_probability=mix[Action.IGNORE],
        reasoning="Because",
        what_would_change_mind="Nothing",
        sample_verbatim="Well",
        measurable=measurable,
        action_probabilities=mix,
        drivers=(),
        levers=(PriceChange(amount_dollars=1),) if measurable else (),
        effects=effects if measurable else None,
        provenance=Provenance(
            engine="choice",
            model="test",
            seed=1,
            persona_version=1,
            data_as_of="2026-03-01",
            customers_asked=customers,
            audience_share=audience_share,
        ),
    )


def record(index: int, segment_id: str, outcome: Reaction | Failure, repeat: int = 0) -> CallRecord:
    ok = isinstance(outcome, Reaction)
    return CallRecord(
        call=Call(
            index=index,
            scenario_index=0,
            repeat=repeat,
            persona_id=f"per_{segment_id}",
            segment_id=segment_id,
        ),
        state=CallState.DONE if ok else CallState.FAILED,
        attempts=1,
        reaction=outcome if isinstance(outcome, Reaction) else None,
        failure=outcome if isinstance(outcome, Failure) else None,
    )


def summary_of(carrier: Carrier, *records: CallRecord) -> ScenarioSummary:
    return summarize(REQUEST, records, SEGMENTS, carrier).scenarios[0]


def test_sentiment_and_churn_weigh_each_segment_by_its_subscribers(carrier: Carrier) -> None:
    summary = summary_of(
        carrier,
        record(0, "A", reaction(-0.4, churn=0.1)),
        record(1, "B", reaction(0.4, churn=0.3)),
    )

    assert summary.sentiment_score == pytest.approx(0.75 * -0.4 + 0.25 * 0.4)
    assert summary.churn_uplift_points is not None
    assert summary.churn_uplift_points.value == pytest.approx(0.75 * 10 + 0.25 * 30)
    assert summary.most_positive_segment == "B"
    assert summary.most_negative_segment == "A"


def test_revenue_is_scaled_to_all_subscribers_and_a_year(carrier: Carrier) -> None:
    summary = summary_of(carrier, record(0, "A", reaction(0)), record(1, "B", reaction(0)))

    assert summary.revenue is not None
    assert summary.revenue.price.value == pytest.approx(2.0 * carrier.subscribers)
    assert summary.revenue.monthly_total.value == pytest.approx(1.0 * carrier.subscribers)
    assert summary.revenue.annual_total.value == pytest.approx(12.0 * carrier.subscribers)
    assert summary.subscribers_affected == carrier.subscribers // 2


def test_an_audience_is_scaled_to_those_it_admits(carrier: Carrier) -> None:
    whole = record(0, "A", reaction(0.4, audience_share=0.1))
    failed = record(1, "B", Failure(code="invalid_input", detail="nobody is in it"))

    summary = summary_of(carrier, whole, failed)

    admitted = round(0.75 * carrier.subscribers * 0.1)
    assert summary.subscribers == admitted
    assert summary.revenue is not None
    assert summary.revenue.monthly_total.value == pytest.approx(admitted)


def test_action_mixes_sum_to_one(carrier: Carrier) -> None:
    summary = summary_of(
        carrier, record(0, "A", reaction(0)), record(1, "B", reaction(0, churn=0.4))
    )

    assert sum(summary.action_mix.values()) == pytest.approx(1.0)
    assert sum(summary.status_quo_mix.values()) == pytest.approx(1.0)


def test_a_failed_call_is_counted_and_not_guessed(carrier: Carrier) -> None:
    summary = summary_of(
        carrier,
        record(0, "A", reaction(-0.2)),
        record(1, "B", Failure(code="timeout", detail="no answer in time")),
    )

    assert (summary.reactions_valid, summary.reactions_failed) == (1, 1)
    assert summary.sentiment_score == pytest.approx(-0.2)
    silent = summary.segments[1]
    assert silent.sentiment is None
    assert silent.likely_action is None


def test_fewer_than_thirty_customers_are_insufficient_evidence(carrier: Carrier) -> None:
    summary = summary_of(carrier, record(0, "A", reaction(-0.9, customers=29)))

    assert not summary.segments[0].sufficient_evidence
    assert summary.segments[0].sentiment is None
    assert summary.segments[0].action_mix == {}
    assert summary.sentiment is None
    assert "nsufficient evidence" in summary.recommendation


def test_nothing_measurable_is_said_and_no_effect_is_claimed(carrier: Carrier) -> None:
    summary = summary_of(carrier, record(0, "A", reaction(0.1, measurable=False)))

    assert not summary.measurable
    assert summary.revenue is None
    assert summary.churn_uplift_points is None
    assert "Nothing measurable found" in summary.recommendation


def test_repeats_of_a_segment_are_averaged(carrier: Carrier) -> None:
    summary = summary_of(
        carrier,
        record(0, "A", reaction(-0.2)),
        record(1, "A", reaction(-0.6), repeat=1),
    )

    assert summary.sentiment_score == pytest.approx(-0.4)
    assert summary.segments[0].reactions_valid == 2


def test_intervals_add_up_as_if_perfectly_correlated() -> None:
    total = weighted([about(1.0, 0.5), about(2.0, 0.25)], [2.0, 4.0])

    assert (total.low, total.value, total.high) == pytest.approx((8.0, 10.0, 12.0))


@given(
    st.lists(
        st.tuples(st.lists(NUMBERS, min_size=3, max_size=3).map(sorted), st.floats(0, 1e8)),
        min_size=1,
        max_size=8,
    )
)
@settings(deadline=None)
def test_sums_of_intervals_hold_the_sum_of_points_without_being_stretched(
    parts: list[tuple[list[float], float]],
) -> None:
    estimates = [Estimate(low=low, value=value, high=high) for (low, value, high), _ in parts]
    weights = [weight for _, weight in parts]

    total = weighted(estimates, weights)

    for end in ("low", "value", "high"):
        expected = sum(w * getattr(e, end) for e, w in zip(estimates, weights, strict=True))
        assert getattr(total, end) == expected


@pytest.mark.parametrize(("dollars", "text"), [(1234.4, "+$1,234"), (-5.0, "-$5"), (0.0, "+$0")])
def test_money_carries_its_sign(dollars: float, text: str) -> None:
    assert signed_money(dollars) == text


def test_an_engine_that_measures_no_effect_recommends_nothing(carrier: Carrier) -> None:
    said = reaction(-0.4).model_copy(update={"effects": None})

    summary = summary_of(carrier, record(0, "A", said))

    assert summary.sentiment_score == pytest.approx(-0.4)
    assert summary.revenue is None
    assert "recommends nothing" in summary.recommendation


IN_OHIO = UnreadSpan(
    text="in Ohio", start=20, end=27, reason="limit", question="Who pays: everyone, or only Ohio?"
)


def test_a_text_read_in_part_has_figures_and_no_verdict(carrier: Carrier) -> None:
    partial = Understanding(status="partial", unread=(IN_OHIO,))
    summary = summary_of(carrier, record(0, "A", reaction(0.1).with_(reading=partial)))

    assert summary.reading == partial
    assert summary.recommendation.startswith(
        "No verdict: not all of the text was read (\u201cin Ohio"
    )
    assert IN_OHIO.question in summary.recommendation
    assert "Of the part that was read: Monthly revenue changes by" in summary.recommendation
    assert summary.revenue is not None


@pytest.mark.parametrize("reading", [None, Understanding(status="read")])
def test_a_text_read_whole_and_levers_that_were_given_have_a_verdict(
    carrier: Carrier, reading: Understanding | None
) -> None:
    summary = summary_of(carrier, record(0, "A", reaction(0.1).with_(reading=reading)))
    assert summary.reading == reading
    assert summary.recommendation.startswith("Go")


def test_a_text_without_levers_is_told_why(carrier: Carrier) -> None:
    foreign = Understanding(status="nothing", nothing_because="not_english")
    reacted = reaction(0.0, measurable=False).with_(reading=foreign)
    recommendation = summary_of(carrier, record(0, "A", reacted)).recommendation
    assert "Nothing measurable found" in recommendation
    assert "translate it" in recommendation


def test_a_reaction_stored_before_readings_were_told_still_loads() -> None:
    stored = reaction(0.1).model_dump(mode="json")
    del stored["reading"]
    assert Reaction.model_validate(stored).reading is None
