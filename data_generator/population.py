"""Population: who the customers of a range of rows are, each trait a pure function of the row.

Traits are made when first asked for, so a table pays only for what it needs.
"""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from data_generator import segments
from data_generator.carrier import reference_carrier
from data_generator.devices import DEVICES, weights_by_kind
from data_generator.draws import (
    Draws,
    Floats,
    Quarter,
    Rows,
    choices,
    exponent,
    happens,
    lognormal,
    normal,
    pick_by_group,
    poisson,
)
from data_generator.identifiers import Text, customer_id_text
from data_generator.places import Places, places
from data_generator.segments import of

Codes = NDArray[np.uint8]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int64]
Days = NDArray[np.datetime64]

MOST_RECORDS = 15  # of one kind per customer and year: a record's row is customer x 16 + number
BILLED_MONTHS = 12
PLANS = reference_carrier().plans
PLAN_NAMES = tuple(plan.name for plan in PLANS)
PREPAID = np.array([plan.category == "Prepaid" for plan in PLANS])
ALLOWANCE_GB = np.array([np.inf if plan.data_gb is None else plan.data_gb for plan in PLANS])
PAYMENT_METHODS = ("AutoPay", "Card", "Manual", "Cash")
CONTRACT_TYPES = ("NoContract", "12M", "24M", "DevicePayment")
CONTRACT_MONTHS = np.array([0, 12, 24, 36])
PRICES = np.array([plan.price_dollars for plan in PLANS])
DEAR_PLAN_DOLLARS = 90
TIER_MONTHS = (12, 36, 84)
GOLDEN_STEP = np.uint64(0x9E3779B97F4A7C15)


def ground_truth(customers: int, seed: int) -> NDArray[np.int8]:
    """The latent segment of the first customers in file order: 0 for S1 to 7 for S8.

    Rows step through the unit interval by the golden ratio, so that the shares hold in every
    stretch of the file and not only on average.
    """
    return _segment(np.arange(customers, dtype=np.uint64), seed)


class Population:
    """The customers of rows first to first + count - 1."""

    def __init__(self, seed: int, as_of: date, first: int, count: int) -> None:
        self.seed = seed
        self.as_of = np.datetime64(as_of, "D")
        self._year_start = np.datetime64(_day_after_year_before(as_of - timedelta(days=1)), "D")
        self.anchor_month = np.datetime64(as_of, "M")  # the first that is not billed yet
        self.rows = np.arange(first, first + count, dtype=np.uint64)
        self._draws = Draws(seed, "customers")

    def __len__(self) -> int:
        return len(self.rows)

    # People

    @cached_property
    def segment(self) -> NDArray[np.int8]:
        """The latent segment, 0 to 7; written to no file."""
        return _segment(self.rows, self.seed)

    @cached_property
    def id_text(self) -> Text:
        """Customer ids as bytes, shape (customers, 36)."""
        return customer_id_text(self.rows, self.seed)

    @cached_property
    def age(self) -> Counts:
        """Years."""
        years = of(segments.AGE_MEAN, self.segment) + of(
            segments.AGE_SPREAD, self.segment
        ) * self._normal("age")
        youngest, oldest = np.array(segments.AGE_RANGE)[self.segment].T
        return np.clip(np.rint(years), youngest, oldest).astype(np.int64)

    @cached_property
    def gender(self) -> Codes:
        """F, M, Other, Unknown."""
        weights = tuple(
            (0.975 * share, 0.975 * (1 - share), 0.01, 0.015) for share in segments.FEMALE
        )
        return pick_by_group(weights, self.segment, self._quarter("gender"))

    # Places

    @property
    def _places(self) -> Places:
        return places(self.seed)

    @cached_property
    def place(self) -> NDArray[np.intp]:
        """Row of the customer's ZIP code among the places."""
        point = self._draws.fraction("place", self.rows)
        found = np.empty(len(self), dtype=np.intp)
        for segment, edges in enumerate(_place_edges(self.seed)):
            here = self.segment == segment
            found[here] = np.searchsorted(edges, point[here], side="right")
        return found

    @cached_property
    def klass(self) -> NDArray[np.int8]:
        """Urban, Suburban, Rural, Remote, as coded by the places."""
        return self._places.klass[self.place]

    # Account

    @cached_property
    def tenure_months(self) -> Counts:
        """Full calendar months as a customer before the month of the as-of day, at least one."""
        spreads = _by_segment_lognormal(segments.TENURE_SPREAD)
        median_to_mean = exponent(np.array(segments.TENURE_SPREAD) ** 2 / 2)
        scale = np.array(segments.TENURE_MEDIAN_MONTHS) * median_to_mean
        months = scale[self.segment] * self._by_segment(spreads, "tenure")
        shortest, longest = np.array(segments.TENURE_RANGE)[self.segment].T
        return np.clip(np.rint(months), shortest, longest).astype(np.int64)

    @cached_property
    def customer_since(self) -> Days:
        """A day from the second to the 28th, so that the first full month is the next one."""
        joined = self.anchor_month - self.tenure_months - 1
        day = 1 + (self._quarter("since_day").astype(np.int64) * 27 >> 16)
        return np.asarray(joined.astype("datetime64[D]") + day.astype("timedelta64[D]"))

    @cached_property
    def months_billed(self) -> Counts:
        """Months with a bill in the data: those as a customer, at most twelve."""
        return np.minimum(self.tenure_months, BILLED_MONTHS)

    @cached_property
    def window_start(self) -> Days:
        """First day on which something of the customer may be recorded: a year or joining ago."""
        return np.maximum(self.customer_since, self._year_start)

    @cached_property
    def window_days(self) -> Counts:
        """Days from the window's start to the day before the as-of day."""
        return (self.as_of - self.window_start).astype(np.int64)

    @cached_property
    def plan(self) -> Codes:
        """Index into PLAN_NAMES."""
        return pick_by_group(segments.PLANS, self.segment, self._quarter("plan"))

    @cached_property
    def prepaid(self) -> Flags:
        """On a prepaid plan."""
        return PREPAID[self.plan]

    @cached_property
    def lines(self) -> Counts:
        """Lines on the account: one on prepaid, one or two on most plans, 3 to 6 for families."""
        least = np.array([plan.min_lines for plan in PLANS])[self.plan]
        most = np.array([plan.max_lines for plan in PLANS])[self.plan]
        family, second, _, _ = self._draws.quarters("lines", self.rows)
        two = happens(of(segments.SECOND_LINE, self.segment), second)
        more = np.where(least > 1, choices(segments.FAMILY_LINES)[family], two)
        return np.asarray(np.minimum(least + more, most), dtype=np.int64)

    @cached_property
    def acquisition(self) -> Codes:
        """Retail Store, Online, Telesales, Partner, Referral."""
        return pick_by_group(segments.ACQUISITION, self.segment, self._quarter("acquisition"))

    @cached_property
    def contract(self) -> Codes:
        """Index into CONTRACT_TYPES; prepaid has none, a paid-off device binds nobody."""
        picked = pick_by_group(segments.CONTRACTS, self.segment, self._quarter("contract"))
        paid_off = (picked == 3) & (self.device_age_months >= CONTRACT_MONTHS[3])
        return np.where(self.prepaid | paid_off, 0, picked).astype(np.uint8)

    @cached_property
    def contract_end(self) -> Days:
        """When the running term ends; terms renew, device payments end with the device's."""
        term = np.maximum(CONTRACT_MONTHS[self.contract], 1)
        renewals = self.tenure_months // term + 1
        left = np.where(
            self.contract == 3, term - self.device_age_months, renewals * term - self.tenure_months
        )
        return np.asarray(self.anchor_month + left).astype("datetime64[D]")

    @cached_property
    def payment(self) -> Codes:
        """AutoPay, Card, Manual, Cash."""
        return pick_by_group(segments.PAYMENT, self.segment, self._quarter("payment"))

    @cached_property
    def autopay(self) -> Flags:
        """Bills are collected automatically."""
        return np.asarray(self.payment == 0)

    @cached_property
    def credit(self) -> Codes:
        """Credit class A to D."""
        return pick_by_group(segments.CREDIT, self.segment, self._quarter("credit"))

    @cached_property
    def extras(self) -> tuple[Flags, Flags, Flags, Flags]:
        """Device protection, streaming bundle, roaming option, paperless billing."""
        one, two, three, four = self._draws.quarters("extras", self.rows)
        segment = self.segment
        return (
            happens(of(segments.PROTECTION, segment), one),
            happens(of(segments.STREAMING, segment), two),
            happens(of(segments.ROAMING_OPTION, segment), three),
            happens(of(segments.PAPERLESS, segment), four),
        )

    @cached_property
    def promotion_cents(self) -> Counts:
        """Taken off every bill: whole dollars around the segment's mean, none on prepaid."""
        draw = self._quarter("promotion").astype(np.float64) / 65_536
        dollars = np.floor(of(segments.PROMOTION_DOLLARS, self.segment) * (0.5 + draw) + 0.5)
        return np.where(self.prepaid, 0, dollars * 100).astype(np.int64)

    # Use

    @cached_property
    def data_gb(self) -> Floats:
        """Mean per month. Nobody stays on a plan they would exceed by half."""
        habit = self._by_segment(_by_segment_lognormal(segments.DATA_SPREAD), "data")
        return np.minimum(of(segments.DATA_GB, self.segment) * habit, 1.5 * ALLOWANCE_GB[self.plan])

    @cached_property
    def voice_minutes(self) -> Floats:
        """Mean per month."""
        habit = lognormal(segments.USE_SPREAD)[self._quarter("voice")]
        return of(segments.VOICE_MINUTES, self.segment) * habit

    @cached_property
    def messages(self) -> Floats:
        """Mean per month."""
        habit = lognormal(segments.USE_SPREAD)[self._quarter("messages")]
        return of(segments.MESSAGES, self.segment) * habit

    @cached_property
    def late_chance(self) -> Floats:
        """Chance that a bill is not paid on time; prepaid is paid before."""
        habit = 0.5 + self._quarter("late") / 65_536
        return np.where(self.prepaid, 0, of(segments.LATE, self.segment) * habit)

    @cached_property
    def share_on_5g(self) -> Floats:
        """Mean share of data carried by 5G, 0 without a 5G device."""
        reach = np.array([0.78, 0.62, 0.24, 0.08])[self.klass]  # chosen: by class of place
        return np.where(self.has_5g, reach, 0.0)

    # Devices and digital life

    @cached_property
    def device(self) -> Codes:
        """Index into devices.DEVICES."""
        kind, model, _, _ = self._draws.quarters("device", self.rows)
        kinds = pick_by_group(segments.DEVICES, self.segment, kind)
        return pick_by_group(weights_by_kind(), kinds, model)

    @cached_property
    def has_5g(self) -> Flags:
        """The device can use 5G."""
        return np.array([device.has_5g for device in DEVICES])[self.device]

    @cached_property
    def device_age_months(self) -> Counts:
        """Never older than the model."""
        habit = lognormal(segments.DEVICE_AGE_SPREAD)[self._quarter("device_age")]
        months = np.rint(of(segments.DEVICE_AGE_MONTHS, self.segment) * habit).astype(np.int64)
        launched = np.array([device.launched for device in DEVICES], dtype="datetime64[M]")
        on_sale = np.maximum((self.anchor_month - launched).astype(np.int64), 0)
        return np.minimum(months, on_sale[self.device])

    @cached_property
    def rewards_member(self) -> Flags:
        """Takes part in the rewards program."""
        return happens(of(segments.REWARDS, self.segment), self._quarter("rewards"))

    @cached_property
    def rewards_tier(self) -> Codes:
        """Bronze, Silver, Gold, Platinum: by years as a customer, one more on dear plans."""
        dear = PRICES[self.plan] >= DEAR_PLAN_DOLLARS
        years = np.searchsorted(TIER_MONTHS, self.tenure_months, side="right") + dear
        return np.minimum(years, 3).astype(np.uint8)

    @cached_property
    def app_user(self) -> Flags:
        """Has the carrier's app."""
        return happens(of(segments.APP_USER, self.segment), self._quarter("app_user"))

    @cached_property
    def app_engagement_hundredths(self) -> Counts:
        """0 to 100; 0 for those without the app."""
        typical = of(segments.APP_ENGAGEMENT, self.segment)
        score = _scattered(typical, segments.APP_SPREAD, self._normal("app"))
        return np.where(self.app_user, np.rint(100 * score), 0).astype(np.int64)

    @cached_property
    def nps(self) -> Counts:
        """Answer 0 to 10 to the question of recommendation."""
        answer = of(segments.NPS, self.segment) + of(
            segments.NPS_SPREAD, self.segment
        ) * self._normal("nps")
        return np.clip(np.rint(answer), 0, 10).astype(np.int64)

    @cached_property
    def churn_risk_hundredths(self) -> Counts:
        """The carrier's own score: chance in percent of leaving within twelve months."""
        typical = of(segments.CHURN_RISK, self.segment)
        score = _scattered(typical, segments.CHURN_SPREAD, self._normal("churn"))
        return np.rint(100 * score).astype(np.int64)

    @cached_property
    def price_sensitivity(self) -> Floats:
        """Latent, 0 to 1: drives the answer to offers and is written to no file."""
        value = of(segments.PRICE_SENSITIVITY, self.segment) + 0.08 * self._normal("sensitivity")
        return np.clip(value, 0.02, 1.0)

    # Contacts

    @cached_property
    def complaints(self) -> Counts:
        """Complaints within the window."""
        return self._counts("complaints", segments.COMPLAINTS_A_YEAR)

    @cached_property
    def contacts(self) -> Counts:
        """Contacts with support within the window, complaints among them."""
        others = self._counts("contacts", segments.CONTACTS_A_YEAR)
        return np.asarray(np.minimum(self.complaints + others, MOST_RECORDS))

    def _counts(self, column: str, yearly: tuple[float, ...]) -> Counts:
        """Poisson counts over the window; its length is rounded to whole months."""
        months = np.clip(np.rint(self.window_days / 30.4375), 1, 12).astype(np.int64)
        tables = _poisson_by_segment_and_month(yearly)
        group = (self.segment.astype(np.int64) * 12 + months - 1) << 16
        return np.asarray(tables[group + self._quarter(column)], dtype=np.int64)

    def _quarter(self, column: str) -> Quarter:
        return self._draws.quarter(column, self.rows)

    def _normal(self, column: str) -> Floats:
        return normal()[self._quarter(column)]

    def _by_segment(self, tables: Floats, column: str) -> Floats:
        return np.asarray(tables[(self.segment.astype(np.int64) << 16) + self._quarter(column)])


def _segment(rows: Rows, seed: int) -> NDArray[np.int8]:
    start = Draws(seed, "customers").bits("segment", np.zeros(1, dtype=np.uint64))
    point = (rows * GOLDEN_STEP + start) >> np.uint64(48)
    return np.asarray(choices(segments.SHARE)[point], dtype=np.int8)


def _day_after_year_before(day: date) -> date:
    """First day of the twelve months that end on a day; the last of February goes with the 28th."""
    leap_day = (day.month, day.day) == (2, 29)
    return day.replace(year=day.year - 1, day=28 if leap_day else day.day) + timedelta(days=1)


def _scattered(typical: Floats, spread: float, score: Floats) -> Floats:
    """Chances around a typical one, normal in the logit."""
    odds = typical / (1 - typical) * exponent(spread * score)
    return odds / (1 + odds)


@cache
def _by_segment_lognormal(spreads: tuple[float, ...]) -> Floats:
    return np.concatenate([lognormal(spread) for spread in spreads])


@cache
def _poisson_by_segment_and_month(yearly: tuple[float, ...]) -> NDArray[np.uint8]:
    """Tables of counts for windows of one to twelve months, segment by segment."""
    return np.concatenate(
        [poisson(rate * months / 12, MOST_RECORDS) for rate in yearly for months in range(1, 13)]
    )


@cache
def _place_edges(seed: int) -> NDArray[np.float64]:
    """Per segment, the upper edges of the places' shares of the unit interval."""
    everywhere = places(seed)
    edges = []
    for weights, pull in zip(segments.CLASS_WEIGHTS, segments.INCOME_PULL, strict=True):
        lean = exponent(pull * np.clip(everywhere.income_score, -2.5, 2.5))
        heads = everywhere.population * np.array(weights)[everywhere.klass] * lean
        total = np.cumsum(np.where(everywhere.habitable, heads, 0))
        edges.append(total / total[-1])
    return np.array(edges)
