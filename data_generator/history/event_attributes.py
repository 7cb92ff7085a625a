"""Event attributes: what a past event is worth to each customer, in the units of the laws.

Reach and worth of what has no price are chosen: a day without network costs as much as a rise of
15 % of the bill, a stricter policy as much as one of 10 % for those it reaches fully.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import assert_never

import numpy as np

from data_generator.customers.plans import ALLOWANCE_GB, PLAN_NAMES
from data_generator.customers.population import Population
from data_generator.draws import Floats, reproducible
from data_generator.history.event_types import EventKind
from data_generator.history.past_events import Event
from data_generator.history.response_law import (
    ADD_ON_OFFERS,
    LOSS_EXPONENT,
    MONTHS_OF_ONE_OFF,
    OFFER_TYPES,
    affinities,
    bill_dollars,
    disutility,
    gain,
    price_weight,
    response_law,
)

OUTAGE_DAY_LOSS, STRICTER_POLICY_LOSS, COMMITMENT_YEAR_LOSS = 1.5, 1.0, 0.4  # tenths of the bill
LOOSER_POLICY_BENEFIT, COVERAGE_BENEFIT, FIVE_G_BENEFIT = 0.9, 1.1, 0.6  # logits of acceptance


@dataclass(frozen=True, slots=True)
class EventAttributes:
    """What an event is worth to each customer, shape (n,) each; zero for those out of its scope.

    `benefit` is in logits of acceptance, `disutility` in the unit of the response law;
    `competitor_appeal` is what a rival would save, in tenths of the bill to the power of a loss,
    times readiness to switch. `upgrade_appeal` and `downgrade_appeal` are the appeal, 0 to 1, of a
    plan dearer or cheaper than the customer's; `bill_change_dollars` is what the event itself adds
    to the bill a month.
    """

    benefit: Floats
    disutility: Floats
    competitor_appeal: Floats
    upgrade_appeal: Floats
    downgrade_appeal: Floats
    bill_change_dollars: Floats


def event_attributes(event: Event, people: Population) -> EventAttributes:
    """The attributes of the event for each of these customers."""
    return _attributes_of(event.event_type.kind)(event, people)


def status_quo(people: Population) -> EventAttributes:
    """The attributes of a month without any event."""
    return EventAttributes(*[np.zeros(len(people))] * len(EventAttributes.__dataclass_fields__))


def _attributes_of(kind: EventKind) -> Callable[[Event, Population], EventAttributes]:
    match kind:
        case "price_change":
            attributes = _price_change
        case "credit":
            attributes = _credit
        case "value_add":
            attributes = _value_add
        case "loyalty_reward":
            attributes = _loyalty_reward
        case "competitor_offer":
            attributes = _competitor_offer
        case "new_plan":
            attributes = _new_plan
        case "policy_change":
            attributes = _policy_change
        case "contract_change":
            attributes = _contract_change
        case "network_change":
            attributes = _network_change
        case _:
            assert_never(kind)
    return attributes


def _price_change(event: Event, people: Population) -> EventAttributes:
    bill = bill_dollars(people)
    dollars = bill * event.size / 100 if event.event_type.size_field == "percent" else event.size
    dollars = dollars * _in_scope(event, people)
    if event.lever.get("recurring", True):
        return replace(_price_effect(dollars, people), bill_change_dollars=dollars)
    return _price_effect(dollars / MONTHS_OF_ONE_OFF, people)


def _price_effect(dollars: Floats, people: Population) -> EventAttributes:
    """A cut is worth what a monthly discount is in a campaign; a rise is a loss."""
    loss = 10 * np.maximum(dollars, 0) / bill_dollars(people) * price_weight(people)
    cut = _offer("Monthly Discount", np.maximum(-dollars, 0), people)
    return replace(cut, disutility=disutility(loss))


def _credit(event: Event, people: Population) -> EventAttributes:
    return _offer("Bill Credit", np.full(len(people), event.size), people)


def _value_add(event: Event, people: Population) -> EventAttributes:
    offer = ADD_ON_OFFERS[str(event.lever["affinity"])]
    return _offer(offer, np.full(len(people), event.size), people)


def _loyalty_reward(event: Event, people: Population) -> EventAttributes:
    rewarded = people.tenure_months >= float(str(event.lever["min_tenure_months"]))
    return _offer("Bonus Points", np.where(rewarded, event.size, 0.0), people)


def _offer(offer: str, dollars: Floats, people: Population) -> EventAttributes:
    """The benefit that a campaign with this offer would have."""
    code = OFFER_TYPES.index(offer)
    everybody = np.arange(len(people))
    worth = gain(people, everybody, np.full(len(people), code), dollars)
    return replace(status_quo(people), benefit=reproducible(response_law().benefit(worth, code)))


def _competitor_offer(event: Event, people: Population) -> EventAttributes:
    bill = bill_dollars(people)
    saving = {
        "price_dollars": bill - event.size * people.lines,
        "discount_percent": bill * event.size / 100,
        "switching_bonus_dollars": np.full(len(people), event.size / MONTHS_OF_ONE_OFF),
    }[event.event_type.size_field]
    ready = 0.25 + people.churn_risk_hundredths / 100
    appeal = ready * reproducible((10 * np.maximum(saving, 0) / bill) ** LOSS_EXPONENT)
    return replace(status_quo(people), competitor_appeal=appeal)


def _new_plan(event: Event, people: Population) -> EventAttributes:
    """One line. Dearer appeals to who has used up the allowance, cheaper to who watches prices."""
    bill, one_line = bill_dollars(people), people.lines == 1
    step = event.size - bill
    limit = float(str(event.lever.get("data_gb", np.inf)))
    more = ALLOWANCE_GB[people.plan] < limit
    up = more * affinities(people)["data"] * np.exp2(-10 * np.maximum(step, 0) / bill / 4)
    down = np.maximum(-step, 0) / bill * (people.data_gb <= limit) * people.price_sensitivity
    return replace(
        status_quo(people),
        upgrade_appeal=reproducible(one_line * (step > 0) * up),
        downgrade_appeal=reproducible(one_line * np.minimum(down, 1)),
    )


def _policy_change(event: Event, people: Population) -> EventAttributes:
    reach = {
        "data_throttling": np.clip(people.data_gb / 40, 0, 1),
        "fees": np.clip(3 * people.late_chance, 0, 1),
    }[str(event.lever["area"])]
    if event.size < 0:
        return replace(status_quo(people), disutility=disutility(STRICTER_POLICY_LOSS * reach))
    return replace(status_quo(people), benefit=LOOSER_POLICY_BENEFIT * reach)


def _contract_change(event: Event, people: Population) -> EventAttributes:
    free = np.where(people.contract > 0, 0.2, 1.0)
    return replace(
        status_quo(people), disutility=disutility(COMMITMENT_YEAR_LOSS * event.size / 12 * free)
    )


def _network_change(event: Event, people: Population) -> EventAttributes:
    if event.event_type.size_field == "outage_hours":
        day = reproducible(np.log1p(np.full(len(people), event.size)) / np.log(25.0))
        return replace(status_quo(people), disutility=disutility(OUTAGE_DAY_LOSS * day))
    country = people.area_class >= 2
    root = (event.size / 10) ** 0.5
    if event.lever.get("technology") == "5g":
        return replace(
            status_quo(people), benefit=FIVE_G_BENEFIT * root * (people.has_5g & ~country)
        )
    return replace(status_quo(people), benefit=COVERAGE_BENEFIT * root * country)


def _in_scope(event: Event, people: Population) -> Floats:
    """1 for customers on a plan that the change is for, else 0."""
    in_scope = np.ones(len(people))
    scope, plans = event.lever.get("scope", "all"), event.lever.get("plans")
    if scope != "all":
        in_scope *= people.prepaid == (scope == "prepaid")
    if isinstance(plans, list):
        in_scope *= np.isin(people.plan, [PLAN_NAMES.index(name) for name in plans])
    return in_scope
