"""Billing: what a month's use costs on the customer's plan. All money is in whole cents.

Rates beyond the plan's price are chosen: a second line costs 60 % of the first; the family price
is for four lines, a family of three pays less and every line above four adds; use above a capped
plan's allowance is charged by the gigabyte up to a limit, after which the line is slowed.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_generator.customers import segments
from data_generator.customers.plans import ALLOWANCE_GB, PLANS
from data_generator.customers.population import MAX_RECORDS, Population
from data_generator.customers.traits import Counts
from data_generator.draws import Draws, Floats, bernoulli, lognormal, poisson

SECOND_LINE_SHARE = 0.6
FAMILY_STEP_CENTS = np.array([0, 0, 0, -2500, 0, 2000, 4000])  # by number of lines
OVERAGE_CENTS_PER_GB = np.array([500, 400, 200, 0, 0, 0])  # by plan; unlimited plans have none
OVERAGE_LIMIT_CENTS = 2000
PROTECTION_CENTS, STREAMING_CENTS, ROAMING_DAY_CENTS = 1500, 1000, 1000
AUTOPAY_DISCOUNT_CENTS = 500
SEASON = np.array([0.97, 0.96, 0.98, 0.99, 1.0, 1.02, 1.04, 1.04, 1.0, 0.99, 1.0, 1.03])


@dataclass(frozen=True, slots=True)
class Charges:
    """Charges every bill of an account has, shape (customers,)."""

    base: Counts
    add_ons: Counts
    discounts: Counts

    @property
    def total(self) -> Counts:
        """What is billed every month before overage and roaming."""
        return self.base + self.add_ons - self.discounts


@dataclass(frozen=True, slots=True)
class Months:
    """Billed months, oldest first within a customer, shape (months,).

    `owner` is the customer's place in the population, `row` the number draws are made by, `back`
    how many months before the as-of day's month. `data_thousandths` and the roaming data are in
    thousandths of a gigabyte.
    """

    owner: NDArray[np.intp]
    back: Counts
    row: NDArray[np.uint64]
    data_thousandths: Counts
    overage: Counts
    roaming_days: Counts
    roaming: Counts


def fixed_charges(people: Population) -> Charges:
    """Base charge for all lines, add-ons and discounts."""
    price = np.array([round(plan.price_dollars * 100) for plan in PLANS])[people.plan]
    family = np.array([plan.min_lines for plan in PLANS])[people.plan] > 1
    second = np.rint(price * SECOND_LINE_SHARE * (people.lines - 1)).astype(np.int64)
    base = price + np.where(family, FAMILY_STEP_CENTS[people.lines], second)
    add_ons = people.has_protection * PROTECTION_CENTS + people.has_streaming * STREAMING_CENTS
    autopay = np.where(people.prepaid | ~people.autopay, 0, AUTOPAY_DISCOUNT_CENTS)
    return Charges(base, add_ons, autopay + people.promotion_cents)


def billed_months(people: Population) -> Months:
    """Every billed month of everybody, with what depends on use."""
    owner = np.repeat(np.arange(len(people)), people.months_billed)
    first = np.cumsum(people.months_billed) - people.months_billed
    back = people.months_billed[owner] - (np.arange(len(owner)) - first[owner])
    row = people.rows[owner] * np.uint64(MAX_RECORDS + 1) + back.astype(np.uint64)
    use, roams, days, _ = Draws(people.seed, "billing").four_uint16("use", row)
    data = _data_gb(people, owner, back, lognormal(segments.MONTH_SPREAD)[use])
    roaming_days = _roaming_days(people, roams, days, owner)
    return Months(
        owner=owner,
        back=back,
        row=row,
        data_thousandths=np.rint(data * 1000).astype(np.int64),
        overage=_overage(people, owner, data),
        roaming_days=roaming_days,
        roaming=roaming_days * ROAMING_DAY_CENTS,
    )


def revenue(people: Population) -> Counts:
    """Sum of every customer's bills, cents."""
    months = billed_months(people)
    variable = np.bincount(months.owner, months.overage + months.roaming, minlength=len(people))
    return fixed_charges(people).total * people.months_billed + variable.astype(np.int64)


def _data_gb(people: Population, owner: NDArray[np.intp], back: Counts, month: Floats) -> Floats:
    season = SEASON[(people.anchor_month.astype(np.int64) - back) % 12]
    return np.asarray(people.data_gb[owner] * season * month)


def _overage(people: Population, owner: NDArray[np.intp], data: Floats) -> Counts:
    above = np.maximum(data - ALLOWANCE_GB[people.plan][owner], 0)
    cents = np.rint(above * OVERAGE_CENTS_PER_GB[people.plan][owner]).astype(np.int64)
    return np.asarray(np.minimum(cents, OVERAGE_LIMIT_CENTS))


def _roaming_days(
    people: Population,
    roams: NDArray[np.uint16],
    days: NDArray[np.uint16],
    owner: NDArray[np.intp],
) -> Counts:
    away = people.has_roaming[owner] & bernoulli(segments.ROAMING_MONTH, roams)
    stay = 1 + poisson(segments.ROAMING_DAYS_MEAN - 1, MAX_RECORDS)[days].astype(np.int64)
    return np.where(away, stay, 0)
