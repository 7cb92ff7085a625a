from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isclose

import numpy as np
import pytest

from domain.catalog import Carrier
from domain.choice.attributes import attributes_of
from domain.choice.draws import DRAWS, SMALLEST_SUBSAMPLE, PartWorthDraws
from domain.choice.exposure import Coefficients, Exposure, Floats
from domain.choice.forecast import Forecast
from domain.choice.ladder import plan_ladder, plan_steps
from domain.choice.model import ChoiceModel
from domain.choice.part_worths import ACTION_INDEX, PRIOR, PartWorth, PartWorths, SentimentWeight
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
from domain.values import Estimate

DrawPeople = Callable[[int, int], Respondents]

CHURN, THREATEN = ACTION_INDEX[Action.CHURN], ACTION_INDEX[Action.THREATEN_CHURN]
RISE = PriceChange(percent=10)
NINE_IN_TEN = (0.05, 0.95)


def forecast_of(
    model: ChoiceModel, people: Respondents, levers: Sequence[AnyLever], carrier: Carrier, seed: int
) -> Forecast:
    attributes = attributes_of(levers, people)
    steps = plan_steps(people, attributes, plan_ladder(people, carrier))
    return model.forecast(model.status_quo(people), attributes, steps, seed)


def estimates_of(forecast: Forecast) -> dict[str, Estimate]:
    names = ("price", "churn", "downgrade", "upgrade", "total")
    return {
        "sentiment": forecast.sentiment,
        "churn uplift": forecast.churn_uplift_points,
        "at risk": forecast.revenue_at_risk,
        **{name: getattr(forecast.revenue, name) for name in names},
    }


def test_a_point_is_the_mean_over_the_draws_and_an_interval_holds_nine_in_ten_of_them(
    model: ChoiceModel, people: Respondents, carrier: Carrier
) -> None:
    some = people.where(np.arange(40))
    draws, features = PartWorthDraws.drawn(PRIOR, 5), attributes_of((RISE,), some).features
    quo = model.status_quo(some)

    forecast = forecast_of(model, some, (RISE,), carrier, 5)

    leaving, sentiment = np.empty(DRAWS), np.empty(DRAWS)
    for draw in range(DRAWS):
        moved = chances(quo.utilities.T + features @ draws.coefficients.utility[:, draw].T)
        leaving[draw] = 100 * (moved[:, CHURN] - quo.chances[CHURN]).mean()
        index = quo.sentiment_index + features @ draws.coefficients.sentiment[draw]
        sentiment[draw] = np.tanh(index).mean()
    at_mean = chances(quo.utilities.T + features @ draws.mean.utility[:, 0].T)
    error = 100 * (at_mean[:, CHURN] - quo.chances[CHURN]).std() / np.sqrt(40)
    low, high = np.quantile(leaving + error * draws.sampling_error, NINE_IN_TEN, method="hazen")
    assert forecast.churn_uplift_points.value == pytest.approx(leaving.mean())
    assert forecast.churn_uplift_points.low == pytest.approx(low)
    assert forecast.churn_uplift_points.high == pytest.approx(high)
    assert forecast.sentiment.value == pytest.approx(sentiment.mean())


@pytest.mark.parametrize("customers", [1, 7, 99, 100, 199, 203, 1_003, 12_345])
def test_the_draws_together_cover_every_customer_equally_often(
    model: ChoiceModel, draw_people: DrawPeople, carrier: Carrier, customers: int
) -> None:
    people = draw_people(customers, 3)
    sure = PartWorths(  # all draws are alike, so that only their subsamples could differ
        weights=tuple(w.model_copy(update={"sd": 0.0}) for w in PRIOR.weights),
        felt=tuple(f.model_copy(update={"sd": 0.0}) for f in PRIOR.felt),
    )
    certain = ChoiceModel(sure, model.constants)

    forecast = forecast_of(certain, people, (RISE,), carrier, 5)

    expected = certain.action_chances(people, attributes_of((RISE,), people)).mean(axis=0)
    np.testing.assert_allclose(forecast.mix, expected, rtol=1e-12)


def test_the_draws_say_what_thousands_of_them_say_of_everybody(
    model: ChoiceModel, draw_people: DrawPeople, carrier: Carrier
) -> None:
    people = draw_people(3_000, 11)
    attributes, quo = attributes_of((RISE,), people), model.status_quo(people)
    rng = np.random.default_rng(0)
    mean, sd = PRIOR.matrices()
    weights = mean + sd * rng.standard_normal((2_000, *mean.shape))  # none of them breaks an order
    every = np.array(
        [
            (
                chances(quo.utilities.T + attributes.features @ each)[:, CHURN] - quo.chances[CHURN]
            ).mean()
            for each in weights
        ]
    )
    low, high = 100 * np.quantile(every, NINE_IN_TEN)

    found = [
        forecast_of(model, people, (RISE,), carrier, seed).churn_uplift_points for seed in range(10)
    ]

    width = high - low
    assert np.mean([e.value for e in found]) == pytest.approx(100 * every.mean(), abs=0.02 * width)
    assert np.mean([e.low for e in found]) == pytest.approx(low, abs=0.05 * width)
    assert np.mean([e.high for e in found]) == pytest.approx(high, abs=0.05 * width)
    assert np.std([e.value for e in found]) < 0.01 * width


@pytest.mark.parametrize("customers", [60, 1_000, 4_000, 50_000])
def test_a_hundred_draws_cost_a_few_looks_at_each_customer(
    monkeypatch: pytest.MonkeyPatch,
    model: ChoiceModel,
    draw_people: DrawPeople,
    carrier: Carrier,
    customers: int,
) -> None:
    people, looks, look = draw_people(customers, 3), [], Exposure.chances

    def counted(exposure: Exposure, coefficients: Coefficients) -> Floats:
        found = look(exposure, coefficients)
        looks.append(found[0].size)
        return found

    monkeypatch.setattr(Exposure, "chances", counted)
    forecast_of(model, people, (RISE,), carrier, 5)

    assert sum(looks) <= customers + 1.05 * max(customers, 2.5 * DRAWS * SMALLEST_SUBSAMPLE)


def test_the_same_seed_gives_the_same_draws_and_nobody_changes_them() -> None:
    first, second = (PartWorthDraws.drawn(PRIOR, 5) for _ in range(2))
    other = PartWorthDraws.drawn(PRIOR, 6)

    assert np.array_equal(first.sampling_error, second.sampling_error)
    assert np.array_equal(first.coefficients.utility, second.coefficients.utility)
    assert not np.array_equal(first.sampling_error, other.sampling_error)
    with pytest.raises(ValueError, match="read-only"):
        first.coefficients.utility[0, 0, 0] = 1.0


def unseen(rng: np.random.Generator) -> tuple[AnyLever, ...]:
    """One to three levers of any kind and size, some for few customers only."""

    def size(low: float, high: float) -> float:
        return float(np.round(rng.uniform(low, high), 2))

    plans: tuple[str, ...] = ((), ("Brook",), ("River",), ("Brook", "Ocean"))[rng.integers(4)]
    kinds: tuple[Callable[[], AnyLever], ...] = (
        lambda: PriceChange(percent=size(-40, 60), plans=plans),
        lambda: PriceChange(amount_dollars=size(-30, 120), scope="postpaid"),
        lambda: ValueAdd(name="films", monthly_worth_dollars=size(0.5, 40), affinity="streaming"),
        lambda: ValueRemoval(name="films", monthly_worth_dollars=size(0.5, 40), plans=plans),
        lambda: Credit(amount_dollars=size(1, 200), months=int(rng.integers(1, 14))),
        lambda: CompetitorOffer(discount_percent=size(0, 80)),
        lambda: CompetitorOffer(price_dollars=size(5, 80), switching_bonus_dollars=size(0, 800)),
        lambda: NewPlan(name="Sea", price_dollars=size(10, 150), data_gb=size(1, 100)),
        lambda: PolicyChange(area="fees", direction=("looser", "tighter")[rng.integers(2)]),
        lambda: NetworkChange(coverage_points=size(-30, 30), where="rural"),
        lambda: NetworkChange(outage_hours=size(1, 72)),
        lambda: ContractChange(months=int(rng.integers(0, 37))),
        lambda: LoyaltyReward(worth_dollars=size(1, 300), min_tenure_months=int(rng.integers(119))),
    )
    return tuple(kinds[rng.integers(len(kinds))]() for _ in range(rng.integers(1, 4)))


@pytest.mark.parametrize("segment", range(3))
def test_no_point_lies_outside_its_interval_or_on_its_edge(
    model: ChoiceModel, draw_people: DrawPeople, carrier: Carrier, segment: int
) -> None:
    everybody = draw_people(6_000, 20)
    people = everybody.where(everybody.segment == segment)
    rng = np.random.default_rng(segment)
    found = [
        (levers, estimates_of(forecast_of(model, people, levers, carrier, seed)))
        for seed, levers in enumerate(unseen(rng) for _ in range(100))
    ]

    on_edge = [
        (levers, name, estimate)
        for levers, estimates in found
        for name, estimate in estimates.items()
        if estimate.low != estimate.high and not estimate.low < estimate.value < estimate.high
    ]

    assert not on_edge
    assert sum(e.low < e.high for _, estimates in found for e in estimates.values()) > 600


@pytest.mark.parametrize("customers", [30, 500, 5_000])
def test_what_a_forecast_says_agrees_with_itself(
    model: ChoiceModel, draw_people: DrawPeople, carrier: Carrier, customers: int
) -> None:
    people = draw_people(customers, 21)
    rng = np.random.default_rng(customers)
    for seed in range(40):
        forecast = forecast_of(model, people, unseen(rng), carrier, seed)

        revenue, gained = forecast.revenue, forecast.mix - forecast.status_quo
        parts = (revenue.price, revenue.churn, revenue.downgrade, revenue.upgrade)
        assert forecast.mix.min() >= 0
        assert forecast.mix.sum() == pytest.approx(1.0, abs=1e-12)
        assert revenue.total.value == pytest.approx(sum(p.value for p in parts), abs=1e-9)
        assert forecast.churn_uplift_points.value == pytest.approx(100 * gained[CHURN], abs=1e-9)


def test_nothing_put_to_customers_has_no_effect_for_certain(
    model: ChoiceModel, people: Respondents, carrier: Carrier
) -> None:
    forecast = forecast_of(model, people, (), carrier, 5)

    nothing = Estimate(value=0.0, low=0.0, high=0.0)
    for name, estimate in estimates_of(forecast).items():
        assert estimate == nothing or name in {"sentiment", "at risk"}
    assert forecast.sentiment.value == pytest.approx(forecast.status_quo_sentiment)


def test_a_move_that_touches_a_handful_is_not_told_for_certain(
    model: ChoiceModel, draw_people: DrawPeople, carrier: Carrier
) -> None:
    people = draw_people(4_000, 22)
    plan = np.zeros(4_000, dtype=np.int16)
    plan[[17, 1_902, 3_998]] = 1
    few = Respondents(**{**{k: getattr(people, k) for k in people.__slots__}, "plan": plan})

    forecast = forecast_of(model, few, (PriceChange(percent=20, plans=("River",)),), carrier, 5)

    churn = forecast.churn_uplift_points
    assert forecast.affected_share == pytest.approx(3 / 4_000)
    assert churn.value > 0
    assert churn.low < churn.value < churn.high
    assert churn.high - churn.low > 0.5 * churn.value


def vague(sureness: float) -> PartWorths:
    """The priors, with spreads of so many times their means."""
    return PartWorths(
        weights=tuple(
            PartWorth(feature=w.feature, action=w.action, mean=w.mean, sd=abs(w.mean) * sureness)
            for w in PRIOR.weights
        ),
        felt=tuple(
            SentimentWeight(feature=f.feature, mean=f.mean, sd=abs(f.mean) * sureness)
            for f in PRIOR.felt
        ),
    )


@pytest.mark.parametrize("spread", [0.0, 0.3, 3.0])
@pytest.mark.parametrize("customers", [1, 2, 30, 700])
def test_the_most_extreme_moves_leave_every_point_inside(
    model: ChoiceModel, draw_people: DrawPeople, carrier: Carrier, spread: float, customers: int
) -> None:
    unsure, people = ChoiceModel(vague(spread), model.constants), draw_people(customers, 23)
    extremes: tuple[AnyLever, ...] = (
        PriceChange(amount_dollars=500),
        PriceChange(percent=-100),
        CompetitorOffer(price_dollars=0, switching_bonus_dollars=5_000),
        NetworkChange(coverage_points=-100, outage_hours=720),
        ContractChange(months=48),
        NewPlan(name="Sea", price_dollars=1_000, perks_monthly_worth_dollars=200),
        Credit(amount_dollars=0.01),
        ValueRemoval(name="films", monthly_worth_dollars=200),
    )

    found = [
        estimate
        for seed in range(20)
        for lever in extremes
        for estimate in estimates_of(
            forecast_of(unsure, people, (lever, RISE), carrier, seed)
        ).values()
    ]

    assert all(e.low < e.value < e.high or isclose(e.low, e.high, rel_tol=1e-12) for e in found)
