"""Wording: levers and money as texts for people name them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch

from domain.scenarios.scenario import (
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

NOTHING_MEASURABLE = (
    "Nothing measurable found: no price, perk, policy, network, contract or competitor lever could "
    "be read from this text"
)


@singledispatch
def describe(lever: AnyLever) -> str:
    """The lever as a customer would name it, a noun phrase without a capital."""
    raise TypeError(f"no words for a {type(lever).__name__}")


@describe.register
def _(lever: PriceChange) -> str:
    size = lever.percent if lever.percent is not None else lever.amount_dollars or 0.0
    amount = f"{abs(size):g} %" if lever.percent is not None else money(abs(size))
    direction = "more" if size > 0 else "less"
    each = " per line" if lever.per_line else ""
    how_often = " a month" if lever.recurring else ", once"
    scope = f" on {_list(lever.plans)}" if lever.plans else ""
    return f"{amount} {direction}{each}{how_often}{scope}"


@describe.register
def _(lever: ValueAdd) -> str:
    return f"{lever.name} at no extra charge"


@describe.register
def _(lever: ValueRemoval) -> str:
    return f"no more {lever.name}"


@describe.register
def _(lever: Credit) -> str:
    months = f" for {lever.months} months" if lever.months > 1 else ""
    return f"{money(lever.amount_dollars)} back on the bill{months}"


@describe.register
def _(lever: CompetitorOffer) -> str:
    if lever.price_dollars is not None:
        return f"{lever.competitor} at {money(lever.price_dollars)} a month"
    if lever.discount_percent is not None:
        return f"{lever.competitor} at {lever.discount_percent:g} % off"
    return f"a new offer from {lever.competitor}"


@describe.register
def _(lever: NewPlan) -> str:
    data = "" if lever.data_gb is None else f" with {lever.data_gb:g} GB"
    return f"{lever.name} for {money(lever.price_dollars)}{data}"


@describe.register
def _(lever: PolicyChange) -> str:
    area = lever.area.replace("_", " ").replace("general", "account")
    return f"{lever.direction} {area} rules"


@describe.register
def _(lever: NetworkChange) -> str:
    place = "" if lever.where == "everywhere" else f" in {lever.where} areas"
    if lever.outage_hours:
        return f"{lever.outage_hours:g} hours without service{place}"
    kind = "5G" if lever.technology == "5g" else "coverage"
    return f"{'better' if lever.coverage_points > 0 else 'worse'} {kind}{place}"


@describe.register
def _(lever: ContractChange) -> str:
    return f"a {lever.months}-month contract" if lever.months else "no contract any more"


@describe.register
def _(lever: LoyaltyReward) -> str:
    return f"a {money(lever.worth_dollars)} reward for staying"


def money(dollars: float) -> str:
    """Dollars for reading: cents only where there are any."""
    return f"${dollars:,.0f}" if float(dollars).is_integer() else f"${dollars:,.2f}"


def _list(names: Sequence[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
