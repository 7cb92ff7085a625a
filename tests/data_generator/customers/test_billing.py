from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from data_generator.customers.billing import (
    OVERAGE_LIMIT_CENTS,
    billed_months,
    fixed_charges,
    revenue,
)
from data_generator.customers.plans import ALLOWANCE_GB, PLAN_NAMES
from data_generator.customers.population import Population
from data_generator.customers.segments import ARPU_DOLLARS


@pytest.fixture(scope="module")
def people() -> Population:
    return Population(42, date(2026, 3, 1), 0, 20_000)


@pytest.mark.parametrize("segment", range(8), ids=[f"S{i}" for i in range(1, 9)])
def test_segments_pay_what_the_carrier_knows_them_to_pay(people: Population, segment: int) -> None:
    arpu = revenue(people) / people.months_billed / 100
    mean = arpu[people.segment == segment].mean()
    assert mean == pytest.approx(ARPU_DOLLARS[segment], rel=0.03)


@pytest.mark.parametrize("plan", ["Flurry", "Powder", "Blizzard", "Avalanche", "Summit"])
def test_every_line_makes_the_base_charge_dearer(people: Population, plan: str) -> None:
    on_plan = people.plan == PLAN_NAMES.index(plan)
    base, lines = fixed_charges(people).base[on_plan], people.lines[on_plan]
    prices = [np.unique(base[lines == count]) for count in np.unique(lines)]
    assert len(prices) > 1
    assert all(len(price) == 1 for price in prices)
    assert (np.diff(np.concatenate(prices)) > 0).all()


def test_overage_is_charged_exactly_where_an_allowance_was_exceeded(people: Population) -> None:
    months = billed_months(people)
    above = months.data_thousandths / 1000 - ALLOWANCE_GB[people.plan][months.owner]
    assert (months.overage[above <= 0] == 0).all()
    assert (months.overage[above > 0.01] > 0).all()
    assert months.overage.max() == OVERAGE_LIMIT_CENTS
    assert 0.1 < (months.overage > 0).mean() < 0.4


def test_only_customers_with_the_option_roam(people: Population) -> None:
    months = billed_months(people)
    option = people.has_roaming[months.owner]
    assert (months.roaming_days[~option] == 0).all()
    assert 0.15 < (months.roaming_days[option] > 0).mean() < 0.3


def test_the_sum_of_bills_is_the_same_however_customers_are_cut(people: Population) -> None:
    parts = [revenue(Population(42, date(2026, 3, 1), first, 5_000)) for first in (0, 5_000)]
    assert np.array_equal(revenue(people)[:10_000], np.concatenate(parts))
