"""Accounts: since when and on what terms a customer is with the carrier."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from data_generator.customers import segments
from data_generator.customers.equipment import Equipment
from data_generator.customers.plans import PLANS, PREPAID, PRICES
from data_generator.customers.segments import segment_figure
from data_generator.customers.traits import Codes, Counts, Days, Flags, by_segment_lognormal
from data_generator.draws import bernoulli, choices, pick_by_group, reproducible_exp

BILLED_MONTHS = 12
PAYMENT_METHODS = ("AutoPay", "Card", "Manual", "Cash")
CONTRACT_TYPES = ("NoContract", "12M", "24M", "DevicePayment")
CONTRACT_MONTHS = np.array([0, 12, 24, 36])
DEAR_PLAN_DOLLARS = 90
TIER_MONTHS = (12, 36, 84)


class Accounts(Equipment):
    """The third layer of traits."""

    @cached_property
    def tenure_months(self) -> Counts:
        """Full calendar months as a customer before the month of the as-of day, at least one."""
        spreads = by_segment_lognormal(segments.TENURE_SPREAD)
        median_to_mean = reproducible_exp(np.array(segments.TENURE_SPREAD) ** 2 / 2)
        scale = np.array(segments.TENURE_MEDIAN_MONTHS) * median_to_mean
        months = scale[self.segment] * self.by_segment(spreads, "tenure")
        shortest, longest = np.array(segments.TENURE_RANGE)[self.segment].T
        return np.clip(np.rint(months), shortest, longest).astype(np.int64)

    @cached_property
    def customer_since(self) -> Days:
        """A day from the second to the 28th, so that the first full month is the next one."""
        joined = self.anchor_month - self.tenure_months - 1
        day = 1 + (self.uint16("since_day").astype(np.int64) * 27 >> 16)
        return np.asarray(joined.astype("datetime64[D]") + day.astype("timedelta64[D]"))

    @cached_property
    def months_billed(self) -> Counts:
        """Months with a bill in the data: those as a customer, at most twelve."""
        return np.minimum(self.tenure_months, BILLED_MONTHS)

    @cached_property
    def window_start(self) -> Days:
        """First day on which something of the customer may be recorded: a year or joining ago."""
        return np.maximum(self.customer_since, self.year_start)

    @cached_property
    def window_days(self) -> Counts:
        """Days from the window's start to the day before the as-of day."""
        return (self.as_of - self.window_start).astype(np.int64)

    @cached_property
    def plan(self) -> Codes:
        """Index into PLAN_NAMES."""
        return pick_by_group(segments.PLANS, self.segment, self.uint16("plan"))

    @cached_property
    def prepaid(self) -> Flags:
        """On a prepaid plan."""
        return PREPAID[self.plan]

    @cached_property
    def lines(self) -> Counts:
        """Lines on the account: one on prepaid, one or two on most plans, 3 to 6 for families."""
        least = np.array([plan.min_lines for plan in PLANS])[self.plan]
        most = np.array([plan.max_lines for plan in PLANS])[self.plan]
        family, second, _, _ = self.draws.four_uint16("lines", self.rows)
        two = bernoulli(segment_figure(segments.SECOND_LINE, self.segment), second)
        more = np.where(least > 1, choices(segments.FAMILY_LINES)[family], two)
        return np.asarray(np.minimum(least + more, most), dtype=np.int64)

    @cached_property
    def acquisition(self) -> Codes:
        """Retail Store, Online, Telesales, Partner, Referral."""
        return pick_by_group(segments.ACQUISITION, self.segment, self.uint16("acquisition"))

    @cached_property
    def contract(self) -> Codes:
        """Index into CONTRACT_TYPES; prepaid has none, a paid-off device binds nobody."""
        picked = pick_by_group(segments.CONTRACTS, self.segment, self.uint16("contract"))
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
        return pick_by_group(segments.PAYMENT, self.segment, self.uint16("payment"))

    @cached_property
    def autopay(self) -> Flags:
        """Bills are collected automatically."""
        return np.asarray(self.payment == 0)

    @cached_property
    def credit(self) -> Codes:
        """Credit class A to D."""
        return pick_by_group(segments.CREDIT, self.segment, self.uint16("credit"))

    @property
    def has_protection(self) -> Flags:
        """The device is protected."""
        return self._options[0]

    @property
    def has_streaming(self) -> Flags:
        """The streaming bundle is booked."""
        return self._options[1]

    @property
    def has_roaming(self) -> Flags:
        """The roaming option is booked."""
        return self._options[2]

    @property
    def paperless(self) -> Flags:
        """Bills come without paper."""
        return self._options[3]

    @cached_property
    def _options(self) -> tuple[Flags, ...]:
        chances = (
            segments.PROTECTION,
            segments.STREAMING,
            segments.ROAMING_OPTION,
            segments.PAPERLESS,
        )
        draws = self.draws.four_uint16("extras", self.rows)
        return tuple(
            bernoulli(segment_figure(chance, self.segment), draw)
            for chance, draw in zip(chances, draws, strict=True)
        )

    @cached_property
    def promotion_cents(self) -> Counts:
        """Taken off every bill: whole dollars around the segment's mean, none on prepaid."""
        draw = self.uint16("promotion").astype(np.float64) / 65_536
        dollars = np.floor(
            segment_figure(segments.PROMOTION_DOLLARS, self.segment) * (0.5 + draw) + 0.5
        )
        return np.where(self.prepaid, 0, dollars * 100).astype(np.int64)

    @cached_property
    def rewards_member(self) -> Flags:
        """Takes part in the rewards program."""
        return bernoulli(segment_figure(segments.REWARDS, self.segment), self.uint16("rewards"))

    @cached_property
    def rewards_tier(self) -> Codes:
        """Bronze, Silver, Gold, Platinum: by years as a customer, one more on dear plans."""
        dear = PRICES[self.plan] >= DEAR_PLAN_DOLLARS
        years = np.searchsorted(TIER_MONTHS, self.tenure_months, side="right") + dear
        return np.minimum(years, 3).astype(np.uint8)
