from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalog import Carrier
from domain.choice.attributes import Attributes, attributes_of
from domain.choice.forecast import Forecast
from domain.choice.ladder import plan_ladder, plan_steps
from domain.choice.model import ChoiceModel
from domain.choice.part_worths import ACTION_INDEX, FEATURE_INDEX, GAINS, LOSSES, PRIOR, SWITCHING
from domain.choice.probabilities import chances
from domain.customers.respondents import Respondents
from domain.levers import (
    AnyLever,
    CompetitorOffer,
    ContractChange,
    Credit,
    LoyaltyReward,
    NetworkChange,
    NewPlan,
    PolicyChange,
    PriceChange,
    ValueAdd,
    ValueRemoval,
)
from domain.reactions import Action

Ask = Callable[..., Forecast]

FREE_BENEFITS: tuple[AnyLever, ...] = (
    ValueAdd(name="films", monthly_worth_dollars=10, affinity="streaming"),
    Credit(amount_dollars=20),
    LoyaltyReward(worth_dollars=50, min_tenure_months=24),
    NetworkChange(coverage_points=5),
    PolicyChange(area="fees", direction="looser"),
    PriceChange(amount_dollars=-5),
)
BURDENS: tuple[AnyLever, ...] = (
    PriceChange(percent=10),
    ValueRemoval(name="films", monthly_worth_dollars=10),
    PolicyChange(area="fees", direction="tighter"),
    NetworkChange(outage_hours=12),
    ContractChange(months=24),
)


@pytest.fixture(scope="session")
def ask(model: ChoiceModel, people: Respondents, carrier: Carrier) -> Ask:
    def put(*levers: AnyLever, notice_days: int | None = None) -> Forecast:
        attributes = attributes_of(levers, people, notice_days)
        return forecast_of(model, people, attributes, carrier)

    return put


def forecast_of(
    model: ChoiceModel, people: Respondents, attributes: Attributes, carrier: Carrier
) -> Forecast:
    steps = plan_steps(people, attributes, plan_ladder(people, carrier))
    return model.forecast(model.status_quo(people), attributes, steps, seed=1)


def chance(forecast: Forecast, action: Action) -> float:
    return float(forecast.mix[ACTION_INDEX[action]])


@given(
    small=st.floats(0.1, 60),
    more=st.floats(0.1, 60),
    percent=st.booleans(),
    benefit=st.sampled_from((None, *FREE_BENEFITS)),
)
@settings(max_examples=40, deadline=None)
def test_a_larger_price_rise_never_raises_acceptance_or_sentiment(
    ask: Ask, small: float, more: float, percent: bool, benefit: AnyLever | None
) -> None:
    sizes = [{"percent" if percent else "amount_dollars": s} for s in (small, small + more)]
    extra = () if benefit is None else (benefit,)

    less, larger = (ask(PriceChange.model_validate(size), *extra) for size in sizes)

    assert chance(larger, Action.ACCEPT) <= chance(less, Action.ACCEPT) + 1e-12
    assert larger.sentiment.value <= less.sentiment.value + 1e-12
    assert larger.churn_uplift_points.value >= less.churn_uplift_points.value - 1e-9


@pytest.mark.parametrize("benefit", FREE_BENEFITS, ids=lambda b: b.kind)
@pytest.mark.parametrize("burden", BURDENS, ids=lambda b: b.kind)
def test_a_free_benefit_never_lowers_acceptance_or_sentiment(
    ask: Ask, burden: AnyLever, benefit: AnyLever
) -> None:
    alone, sweetened = ask(burden), ask(burden, benefit)

    assert chance(sweetened, Action.ACCEPT) >= chance(alone, Action.ACCEPT)
    assert sweetened.sentiment.value >= alone.sentiment.value


@pytest.mark.parametrize("burden", BURDENS, ids=lambda b: b.kind)
def test_a_burden_raises_complaints_and_lowers_sentiment_against_the_status_quo(
    ask: Ask, burden: AnyLever
) -> None:
    forecast = ask(burden)

    complain = ACTION_INDEX[Action.COMPLAIN]
    assert forecast.mix[complain] > forecast.status_quo[complain]
    assert forecast.sentiment.value < forecast.status_quo_sentiment
    assert forecast.churn_uplift_points.value > 0


@given(seed=st.integers(0, 10_000), n=st.integers(1, 50))
@settings(max_examples=30, deadline=None)
def test_chances_sum_to_one_for_any_customers(
    model: ChoiceModel, draw_people: Callable[[int, int], Respondents], seed: int, n: int
) -> None:
    people = draw_people(n, seed)

    result = model.action_chances(people, attributes_of((PriceChange(percent=300),), people))

    assert result.shape == (n, 7)
    np.testing.assert_allclose(result.sum(axis=1), 1.0, atol=1e-12)


def test_chances_refuse_nan() -> None:
    with pytest.raises(ValueError, match="NaN"):
        chances(np.full((1, 7), np.nan))


def test_the_answer_does_not_depend_on_the_order_of_customers(
    model: ChoiceModel, people: Respondents
) -> None:
    shuffled = people.where(np.random.default_rng(3).permutation(len(people)))
    levers = (PriceChange(percent=5), CompetitorOffer(price_dollars=30))

    first = model.action_chances(people, attributes_of(levers, people)).mean(axis=0)
    second = model.action_chances(shuffled, attributes_of(levers, shuffled)).mean(axis=0)

    np.testing.assert_allclose(first, second, atol=1e-12)


def test_the_status_quo_has_the_carriers_churn_and_the_bases_complaints(
    model: ChoiceModel, people: Respondents, carrier: Carrier
) -> None:
    usual = model.action_chances(people, attributes_of((), people)).mean(axis=0)

    assert usual[ACTION_INDEX[Action.CHURN]] == pytest.approx(carrier.monthly_churn, abs=1e-8)
    assert usual[ACTION_INDEX[Action.COMPLAIN]] == pytest.approx(
        people.complaints_12m.mean() / 12, abs=1e-8
    )


def test_nothing_put_to_customers_changes_nothing(ask: Ask) -> None:
    forecast = ask()

    np.testing.assert_allclose(forecast.mix, forecast.status_quo, atol=1e-12)
    assert forecast.churn_uplift_points.value == 0
    assert forecast.revenue.total.value == 0
    assert forecast.affected_share == 0
    assert forecast.contributions == ()


def test_price_sensitive_customers_take_a_rise_worse(
    model: ChoiceModel, people: Respondents, carrier: Carrier
) -> None:
    careful = people.where(people.price_sensitivity > 0.7)
    careless = people.where(people.price_sensitivity < 0.3)

    sentiments = []
    for group in (careful, careless):
        attributes = attributes_of((PriceChange(percent=5),), group)
        forecast = forecast_of(model, group, attributes, carrier)
        sentiments.append(forecast.sentiment.value - forecast.status_quo_sentiment)

    assert sentiments[0] < sentiments[1] < 0


def test_a_rise_on_one_plan_leaves_the_others_alone(people: Respondents) -> None:
    attributes = attributes_of((PriceChange(amount_dollars=4, plans=("river",)),), people)

    np.testing.assert_array_equal(attributes.affected, people.plan == 1)
    np.testing.assert_array_equal(
        attributes.bill_change_dollars, np.where(people.plan == 1, 4.0, 0.0)
    )


def test_a_postpaid_rise_leaves_prepaid_customers_alone(people: Respondents) -> None:
    attributes = attributes_of((PriceChange(percent=5, scope="postpaid"),), people)

    np.testing.assert_array_equal(attributes.affected, people.postpaid == 1)


def test_a_rural_coverage_gain_moves_only_those_who_live_there(people: Respondents) -> None:
    attributes = attributes_of((NetworkChange(coverage_points=10, where="rural"),), people)

    np.testing.assert_array_equal(attributes.affected, people.rural == 1)


def test_notice_softens_a_rise(ask: Ask) -> None:
    rise = PriceChange(amount_dollars=5)

    sudden, announced = ask(rise, notice_days=0), ask(rise, notice_days=90)

    assert sudden.sentiment.value < announced.sentiment.value
    assert chance(sudden, Action.COMPLAIN) > chance(announced, Action.COMPLAIN)


def test_a_cheaper_rival_pulls_customers_away_and_a_contract_holds_them(
    model: ChoiceModel, people: Respondents, ask: Ask
) -> None:
    assert ask(CompetitorOffer(price_dollars=20)).churn_uplift_points.value > 0

    pull = attributes_of((CompetitorOffer(discount_percent=30),), people).features.sum(axis=1)
    bound = people.contract_months_left > 0
    ready = np.abs(people.switching_propensity - 0.5) < 0.2
    assert pull[bound & ready].mean() < pull[~bound & ready].mean()


@pytest.mark.parametrize(("percent", "low", "high"), [(15, 1.1, 1.4), (30, 1.2, 1.8)])
def test_without_history_a_rivals_discount_adds_a_part_of_the_churn_there_is(
    model: ChoiceModel, people: Respondents, percent: float, low: float, high: float
) -> None:
    usual, tempted = (
        model.action_chances(people, attributes_of(levers, people)).mean(axis=0)[
            ACTION_INDEX[Action.CHURN]
        ]
        for levers in ((), (CompetitorOffer(discount_percent=percent),))
    )

    assert low < tempted / usual < high


def test_a_saving_missed_weighs_less_than_the_same_sum_won_or_lost() -> None:
    weight = PRIOR.matrices()[0][:, ACTION_INDEX[Action.CHURN]]
    rise, cut, pull = (
        abs(weight[FEATURE_INDEX[name]]) for name in ("price_rise", "price_cut", "competitor_pull")
    )

    assert pull < cut < rise


def test_a_new_dearer_plan_worth_its_price_draws_upgrades(ask: Ask) -> None:
    plan = NewPlan(name="Sea", price_dollars=60, perks_monthly_worth_dollars=15)

    forecast = ask(plan)

    upgrade = ACTION_INDEX[Action.UPGRADE]
    assert forecast.mix[upgrade] > forecast.status_quo[upgrade]
    assert forecast.revenue.upgrade.value > 0


def test_revenue_parts_add_up_and_lie_inside_their_intervals(ask: Ask) -> None:
    revenue = ask(PriceChange(amount_dollars=5)).revenue

    parts = (revenue.price, revenue.churn, revenue.downgrade, revenue.upgrade)
    assert revenue.total.value == pytest.approx(sum(part.value for part in parts))
    assert revenue.price.value > 0 > revenue.churn.value
    assert revenue.total.low < revenue.total.value < revenue.total.high


def test_fewer_customers_give_wider_intervals(
    model: ChoiceModel, draw_people: Callable[[int, int], Respondents], carrier: Carrier
) -> None:
    widths = []
    for n in (40, 4_000):
        group = draw_people(n, 5)
        attributes = attributes_of((Credit(amount_dollars=0.01),), group)
        forecast = forecast_of(model, group, attributes, carrier)
        widths.append(forecast.sentiment.high - forecast.sentiment.low)

    assert widths[0] > 2 * widths[1]


def test_the_same_seed_gives_the_same_forecast(ask: Ask) -> None:
    first, second = ask(PriceChange(percent=5)), ask(PriceChange(percent=5))

    assert first.revenue == second.revenue
    assert first.sentiment == second.sentiment


def test_an_empty_group_is_refused(model: ChoiceModel, people: Respondents) -> None:
    nobody = people.where(np.zeros(len(people), dtype=bool))

    with pytest.raises(ValueError, match="nobody to ask"):
        model.status_quo(nobody)


def test_every_draw_keeps_the_order_of_actions() -> None:
    weights, sentiment = PRIOR.draw(np.random.default_rng(0), 200)

    accept = ACTION_INDEX[Action.ACCEPT]
    for name in LOSSES:
        row = weights[:, FEATURE_INDEX[name], :]
        assert (row[:, accept] <= row.min(axis=1)).all()
    for name in GAINS:
        row = weights[:, FEATURE_INDEX[name], :]
        assert (row[:, accept] >= row.max(axis=1)).all()
    assert (np.sign(sentiment) * np.sign(PRIOR.sentiment_weights()[0]) >= 0).all()


@pytest.mark.parametrize("feature", LOSSES + GAINS)
def test_draws_of_leaving_lie_around_what_is_known_of_it(feature: str) -> None:
    at = FEATURE_INDEX[feature], ACTION_INDEX[Action.CHURN]
    mean, sd = (matrix[at] for matrix in PRIOR.matrices())

    weights, _ = PRIOR.draw(np.random.default_rng(0), 2_000)

    assert weights[:, *at].mean() == pytest.approx(mean, abs=0.1 * sd)
    assert weights[:, *at].std() == pytest.approx(sd, rel=0.1)
    assert (np.abs(weights[:, at[0], SWITCHING]).max(axis=1) == np.abs(weights[:, *at])).all()
