"""Attributes: what the levers of a scenario are to each customer, as the features of a choice.

Money is measured in tenths of the customer's monthly bill: the same five dollars are a fifth of
one bill and a twentieth of another. Every feature grows with the size of its lever, and no lever
of one sign feeds a feature of the other: this is what makes reactions monotone in the levers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import assert_never

import numpy as np
from numpy.typing import NDArray

from domain.choice.part_worths import FEATURE_INDEX, FEATURES
from domain.customers import Respondents
from domain.levers import (
    Affinity,
    AnyLever,
    CompetitorOffer,
    ContractChange,
    Credit,
    LoyaltyReward,
    NetworkChange,
    NewPlan,
    PolicyArea,
    PolicyChange,
    PriceChange,
    Scope,
    ValueAdd,
    ValueRemoval,
)

Column = NDArray[np.float64]

SMALLEST_BILL_DOLLARS = 10.0  # chosen: keeps the burden of a nearly free line finite
ONE_OFF_MONTHS = 12.0  # chosen: a single payment weighs as if spread over a year
BONUS_MONTHS = 24.0  # chosen: a switching bonus is weighed over a two-year stay
UNLIMITED_GB = 900.0  # allowances above this are unlimited (ANALYTICS.RESPONDENTS uses 999)
GENERAL_AFFINITY = 0.6  # chosen: share of a perk's street price it is worth on average


@dataclass(frozen=True, slots=True)
class Attributes:
    """The attributes of a scenario as each respondent meets them.

    `features` has shape (n, features) in the order of part_worths.FEATURES;
    `bill_change_dollars` (n,) is what the scenario itself does to the monthly bill of those who
    stay as they are; `new_bill_dollars` (n,) is the bill on the newly offered plan, NaN without.
    """

    features: NDArray[np.float64]
    bill_change_dollars: Column
    new_bill_dollars: Column

    @property
    def affected(self) -> NDArray[np.bool_]:
        """Which customers the scenario changes anything for, shape (n,)."""
        return np.asarray((self.features != 0).any(axis=1))


def attributes_of(
    levers: Sequence[AnyLever],
    respondents: Respondents,
    notice_days: int | None = None,
    *,
    besides: Attributes | None = None,
) -> Attributes:
    """The attributes of the levers for each respondent, on top of those `besides` them.

    Levers add up, in their order; none leaves every feature at zero.
    """
    totals = _Totals(respondents, notice_days, besides)
    for lever in levers:
        totals.add_lever(lever)
    return totals.attributes()


class _Totals:
    """Adds levers up, one by one, over one set of respondents."""

    def __init__(
        self, respondents: Respondents, notice_days: int | None, besides: Attributes | None
    ) -> None:
        n = len(respondents)
        self._people = respondents
        self._bad_news = _bad_news_weight(notice_days)
        # A column at a time is written and read: columns lie together.
        self._features = np.zeros((n, len(FEATURES)), order="F")
        if besides:
            self._features += besides.features
        self._bill_change = besides.bill_change_dollars.copy() if besides else np.zeros(n)
        self._new_bill = besides.new_bill_dollars if besides else np.full(n, np.nan)
        self._bill = np.maximum(
            respondents.monthly_bill_dollars.astype(np.float64), SMALLEST_BILL_DOLLARS
        )

    def attributes(self) -> Attributes:
        return Attributes(self._features, self._bill_change, self._new_bill)

    def add_lever(self, lever: AnyLever) -> None:
        match lever:
            case PriceChange():
                self._add_price_change(lever)
            case ValueAdd():
                self._add_value_add(lever)
            case ValueRemoval():
                self._add_value_removal(lever)
            case Credit():
                self._add_credit(lever)
            case CompetitorOffer():
                self._add_competitor_offer(lever)
            case NewPlan():
                self._add_new_plan(lever)
            case PolicyChange():
                self._add_policy_change(lever)
            case NetworkChange():
                self._add_network_change(lever)
            case ContractChange():
                self._add_contract_change(lever)
            case LoyaltyReward():
                self._add_loyalty_reward(lever)
            case _:
                assert_never(lever)

    def _add_price_change(self, lever: PriceChange) -> None:
        affected = self._scope(lever.plans, lever.scope)
        dollars = self._price_dollars(lever) * affected
        self._bill_change += dollars
        tenths = self._tenths(dollars)
        self._loss("price_rise", np.maximum(tenths, 0) * _sensitivity(self._people), affected)
        self._gain("price_cut", np.maximum(-tenths, 0), affected)

    def _add_value_add(self, lever: ValueAdd) -> None:
        affected = self._scope(lever.plans, lever.scope)
        worth = self._tenths(lever.monthly_worth_dollars * self._affinity(lever.affinity))
        self._gain("value_add", np.sqrt(worth) * affected, affected)

    def _add_value_removal(self, lever: ValueRemoval) -> None:
        affected = self._scope(lever.plans, lever.scope)
        worth = self._tenths(lever.monthly_worth_dollars * self._affinity(lever.affinity))
        self._loss("value_removed", np.sqrt(worth) * affected, affected)

    def _add_credit(self, lever: Credit) -> None:
        affected = self._scope(lever.plans, lever.scope)
        monthly = lever.amount_dollars * min(lever.months, ONE_OFF_MONTHS) / ONE_OFF_MONTHS
        self._bill_change -= monthly * affected
        self._gain("credit", self._tenths(monthly * affected), affected)

    def _add_competitor_offer(self, lever: CompetitorOffer) -> None:
        saving = self._saving(lever)
        saving += lever.switching_bonus_dollars / BONUS_MONTHS + lever.perks_monthly_worth_dollars
        publicity = 0.2  # chosen: a rival's campaign is noticed even by those it saves nothing
        pull = publicity + self._tenths(np.maximum(saving, 0))
        free = np.where(self._people.contract_months_left > 0, 0.5, 1.0)
        ready = 0.3 + 1.4 * self._people.switching_propensity.astype(np.float64)
        self._add("competitor_pull", pull * free * ready)

    def _add_new_plan(self, lever: NewPlan) -> None:
        price = np.full(len(self._people), lever.price_dollars)
        step_dollars = price - self._bill
        worth = lever.perks_monthly_worth_dollars + self._data_worth(lever.data_gb)
        suits = 1.0 / (1.0 + np.abs(self._people.lines - lever.lines))
        appeal = suits * _appeal(worth - np.maximum(step_dollars, 0), self._bill)
        self._add("step_up", np.where(step_dollars > 0, appeal, 0))
        enough = self._covers_use(lever.data_gb)
        saves = np.clip(-step_dollars / self._bill, 0, 1)
        self._add("step_down", suits * enough * saves * _sensitivity(self._people))
        self._add("told", np.full(len(self._people), 0.5))
        self._new_bill = price

    def _add_policy_change(self, lever: PolicyChange) -> None:
        reach = POLICY_REACH[lever.area](self._people).astype(np.float64)
        affected = 0.15 + 0.85 * reach
        everyone = np.ones(len(self._people))
        if lever.direction == "tighter":
            self._loss("policy_tightened", affected, everyone)
        else:
            self._gain("policy_loosened", affected, everyone)

    def _add_network_change(self, lever: NetworkChange) -> None:
        here = self._where(lever)
        need = self._network_need(lever)
        change = np.sign(lever.coverage_points) * np.sqrt(abs(lever.coverage_points) / 10.0)
        self._gain("network_gain", max(change, 0.0) * need * here, here * (change > 0))
        outage = np.log1p(lever.outage_hours) / np.log(25.0)  # a day without network is 1
        loss = (max(-change, 0.0) * need + outage) * here
        self._loss("network_loss", loss, here * (loss > 0))

    def _add_contract_change(self, lever: ContractChange) -> None:
        bound = (self._people.contract_months_left > 0).astype(np.float64)
        everyone = np.ones(len(self._people))
        if lever.months:
            self._loss("lock_in", (1.0 - 0.7 * bound) * lever.months / 12.0, everyone)
        else:
            self._gain("freed", bound * 0.8 + 0.2, everyone)

    def _add_loyalty_reward(self, lever: LoyaltyReward) -> None:
        affected = (self._people.tenure_months >= lever.min_tenure_months).astype(np.float64)
        worth = self._tenths(lever.worth_dollars / ONE_OFF_MONTHS * affected)
        self._gain("loyalty_reward", worth * (0.6 + 0.4 * self._people.rewards_member), affected)

    def _add(self, feature: str, amount: Column) -> None:
        self._features[:, FEATURE_INDEX[feature]] += amount

    def _loss(self, feature: str, amount: Column, affected: Column) -> None:
        self._add(feature, amount)
        self._flag("bad_news", np.where(amount > 0, self._bad_news, 0.0))
        self._flag("told", affected)

    def _gain(self, feature: str, amount: Column, affected: Column) -> None:
        self._add(feature, amount)
        self._flag("told", affected)

    def _flag(self, feature: str, amount: Column) -> None:
        """Flags do not add up: two pieces of bad news are one announcement."""
        column = self._features[:, FEATURE_INDEX[feature]]
        np.maximum(column, amount, out=column)

    def _tenths(self, dollars: Column) -> Column:
        return np.asarray(10.0 * dollars / self._bill)

    def _price_dollars(self, lever: PriceChange) -> Column:
        """Monthly change of the bill; a one-off is spread over a year."""
        if lever.percent is not None:
            monthly = self._bill * lever.percent / 100.0
        else:
            lines = self._people.lines if lever.per_line else np.ones(len(self._people))
            monthly = (lever.amount_dollars or 0.0) * lines.astype(np.float64)
        return np.asarray(monthly if lever.recurring else monthly / ONE_OFF_MONTHS)

    def _scope(self, plans: Sequence[str], scope: Scope) -> Column:
        affected = np.ones(len(self._people))
        if scope != "all":
            affected *= self._people.postpaid == (1.0 if scope == "postpaid" else 0.0)
        if plans:
            wanted = {name.lower() for name in plans}
            codes = [i for i, name in enumerate(self._people.plan_names) if name.lower() in wanted]
            affected *= np.isin(self._people.plan, codes)
        return affected

    def _saving(self, lever: CompetitorOffer) -> Column:
        if lever.price_dollars is not None:
            return np.asarray(self._bill - lever.price_dollars * self._people.lines, np.float64)
        if lever.discount_percent is not None:
            return np.asarray(self._bill * lever.discount_percent / 100.0)
        return np.zeros(len(self._people))

    def _affinity(self, affinity: Affinity) -> Column:
        return np.asarray(AFFINITIES[affinity](self._people), dtype=np.float64)

    def _where(self, lever: NetworkChange) -> Column:
        if lever.where == "everywhere":
            return np.ones(len(self._people))
        rural = self._people.rural.astype(np.float64)
        return rural if lever.where == "rural" else 1.0 - rural

    def _network_need(self, lever: NetworkChange) -> Column:
        """Who cares: for coverage those who lack it, for 5G those who follow technology."""
        if lever.technology == "5g":
            return self._people.tech_adoption.astype(np.float64)
        lack = 0.2 + 0.8 * self._people.rural + self._people.coverage_gap
        return lack.astype(np.float64)

    def _data_worth(self, data_gb: float | None) -> Column:
        """Dollars a month a larger allowance is worth: to those near or over their own."""
        if data_gb is not None and data_gb < UNLIMITED_GB:
            more = np.maximum(data_gb - self._people.data_allowance_gb, 0)
        else:
            more = np.maximum(UNLIMITED_GB - self._people.data_allowance_gb, 0)
        tight = np.clip(self._people.data_gb / np.maximum(self._people.data_allowance_gb, 1), 0, 1)
        return np.asarray(15.0 * tight * (more > 0))  # chosen: an add-on of data costs about $15

    def _covers_use(self, data_gb: float | None) -> Column:
        if data_gb is None:
            return np.ones(len(self._people))
        return np.asarray(np.clip(data_gb / np.maximum(self._people.data_gb, 0.1), 0, 1))


def _sensitivity(people: Respondents) -> Column:
    """Factor on money burdens: 0.4 for those indifferent to price, 1.6 for the most sensitive."""
    return np.asarray(0.4 + 1.2 * people.price_sensitivity, dtype=np.float64)


def _bad_news_weight(notice_days: int | None) -> float:
    """Short notice makes bad news worse; chosen: 30 days is the usual notice and weighs one."""
    if notice_days is None:
        return 1.0
    return float(np.interp(notice_days, (0, 30, 90), (1.25, 1.0, 0.85)))


def _appeal(net_worth_dollars: Column, bill: Column) -> Column:
    """0 .. 1: a dearer plan that gives more than it costs is worth a look, else hardly."""
    return np.asarray(1.0 / (1.0 + np.exp(-6.0 * net_worth_dollars / bill)))


AFFINITIES: dict[Affinity, Callable[[Respondents], Column | NDArray[np.float32]]] = {
    "streaming": lambda people: people.streaming_affinity,
    "music": lambda people: 0.3 + 0.5 * people.tech_adoption,
    "gaming": lambda people: 0.8 * people.tech_adoption,
    "roaming": lambda people: np.clip(0.1 + people.roaming_days / 3.0, 0, 1),
    "protection": lambda people: np.full(len(people), 0.5),
    "data": lambda people: np.clip(
        people.data_gb / np.maximum(people.data_allowance_gb, 1.0), 0.05, 1
    ),
    "general": lambda people: np.full(len(people), GENERAL_AFFINITY),
}

POLICY_REACH: dict[PolicyArea, Callable[[Respondents], Column | NDArray[np.float32]]] = {
    "data_throttling": lambda people: np.clip(people.data_gb / 50.0, 0, 1),
    "fees": lambda people: np.clip(people.late_payer + 0.5 * people.price_sensitivity, 0, 1),
    "autopay": lambda people: 1.0 - people.late_payer,
    "roaming": lambda people: np.clip(people.roaming_days / 3.0, 0, 1),
    "device_unlock": lambda people: people.switching_propensity,
    "upgrade_eligibility": lambda people: people.tech_adoption,
    "returns": lambda people: np.full(len(people), 0.2),
    "general": lambda people: np.full(len(people), 0.4),
}
