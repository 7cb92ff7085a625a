"""Feelings: what a past move is to each customer, in the units of the laws.

Reach and worth of what has no price are chosen: a day without network costs as much as a rise of
15 % of the bill, a rule that is stricter as much as one of 10 % for those it touches fully.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from data_generator.customers.billing import fixed_charges
from data_generator.customers.plans import ALLOWANCE_GB, PLAN_NAMES
from data_generator.customers.population import Population
from data_generator.draws import Floats, steady
from data_generator.history.past_events import Event
from data_generator.history.response_law import (
    LOSS_CURVE,
    MONTHS_OF_ONE_OFF,
    OFFER_TYPES,
    affinities,
    gain,
    pain,
    response_law,
)

SMALLEST_BILL_DOLLARS = 10.0
PERKS = {"streaming": "Free Streaming", "data": "Data Bonus", "roaming": "Free Roaming"}
DAY_WITHOUT_NETWORK, STRICTER_RULE, YEAR_OF_COMMITMENT = 1.5, 1.0, 0.4  # tenths of the bill
LOOSER_RULE, TEN_POINTS_OF_COVERAGE, TEN_POINTS_OF_5G = 0.9, 1.1, 0.6  # logits of acceptance


@dataclass(frozen=True, slots=True)
class Felt:
    """What a move is to each customer, shape (n,) each; zero for those it does not touch.

    `benefit` is in logits of acceptance, `pain` in the unit of `responses.pain`; `pull` is what a
    rival would save, in tenths of the bill, bent like a loss, times readiness to go. `step_up` and
    `step_down` are the appeal, 0 to 1, of a plan dearer or cheaper than the customer's;
    `bill_change` the dollars a month that the move itself adds to the bill.
    """

    benefit: Floats
    pain: Floats
    pull: Floats
    step_up: Floats
    step_down: Floats
    bill_change: Floats


def feel(event: Event, people: Population) -> Felt:
    """What the event is to each of these customers."""
    nothing = dict.fromkeys(Felt.__dataclass_fields__, np.zeros(len(people)))
    return Felt(**nothing | KINDS[str(event.lever["kind"])](event, people))


def nothing_felt(people: Population) -> Felt:
    """A month in which nothing is put to customers."""
    return Felt(*[np.zeros(len(people))] * len(Felt.__dataclass_fields__))


def _price_change(event: Event, people: Population) -> dict[str, Floats]:
    bill = _bill(people)
    dollars = bill * event.size / 100 if event.move.sized == "percent" else event.size
    dollars = dollars * _touched(event, people)
    if event.lever.get("recurring", True):
        return _money(dollars, people) | {"bill_change": dollars}
    return _money(dollars / MONTHS_OF_ONE_OFF, people)


def _money(dollars: Floats, people: Population) -> dict[str, Floats]:
    """A cut is what a monthly discount is in a campaign; a rise is its opposite, and felt more."""
    watches = 0.4 + 1.2 * people.price_sensitivity
    loss = 10 * np.maximum(dollars, 0) / _bill(people) * watches
    cut = _gift("Monthly Discount", np.maximum(-dollars, 0), people)
    return {"benefit": cut, "pain": pain(loss)}


def _credit(event: Event, people: Population) -> dict[str, Floats]:
    return {"benefit": _gift("Bill Credit", np.full(len(people), event.size), people)}


def _value_add(event: Event, people: Population) -> dict[str, Floats]:
    offer = PERKS[str(event.lever["affinity"])]
    return {"benefit": _gift(offer, np.full(len(people), event.size), people)}


def _loyalty_reward(event: Event, people: Population) -> dict[str, Floats]:
    rewarded = people.tenure_months >= float(str(event.lever["min_tenure_months"]))
    return {"benefit": _gift("Bonus Points", np.where(rewarded, event.size, 0.0), people)}


def _gift(offer: str, dollars: Floats, people: Population) -> Floats:
    """Logits of acceptance that a campaign with this offer would add."""
    code = OFFER_TYPES.index(offer)
    everybody = np.arange(len(people))
    worth = gain(people, everybody, np.full(len(people), code), dollars)
    return steady(response_law().benefit(worth, code))


def _competitor_offer(event: Event, people: Population) -> dict[str, Floats]:
    bill = _bill(people)
    saving = {
        "price_dollars": bill - event.size * people.lines,
        "discount_percent": bill * event.size / 100,
        "switching_bonus_dollars": np.full(len(people), event.size / MONTHS_OF_ONE_OFF),
    }[event.move.sized]
    ready = 0.25 + people.churn_risk_hundredths / 100
    return {"pull": ready * steady((10 * np.maximum(saving, 0) / bill) ** LOSS_CURVE)}


def _new_plan(event: Event, people: Population) -> dict[str, Floats]:
    """One line. Dearer appeals to who has used up the allowance, cheaper to who watches prices."""
    bill, one_line = _bill(people), people.lines == 1
    step = event.size - bill
    limit = float(str(event.lever.get("data_gb", np.inf)))
    more = ALLOWANCE_GB[people.plan] < limit
    up = more * affinities(people)["data"] * np.exp2(-10 * np.maximum(step, 0) / bill / 4)
    down = np.maximum(-step, 0) / bill * (people.data_gb <= limit) * people.price_sensitivity
    return {
        "step_up": steady(one_line * (step > 0) * up),
        "step_down": steady(one_line * np.minimum(down, 1)),
    }


def _policy_change(event: Event, people: Population) -> dict[str, Floats]:
    reach = {
        "data_throttling": np.clip(people.data_gb / 40, 0, 1),
        "fees": np.clip(3 * people.late_chance, 0, 1),
    }[str(event.lever["area"])]
    if event.size < 0:
        return {"pain": pain(STRICTER_RULE * reach)}
    return {"benefit": LOOSER_RULE * reach}


def _contract_change(event: Event, people: Population) -> dict[str, Floats]:
    free = np.where(people.contract > 0, 0.2, 1.0)
    return {"pain": pain(YEAR_OF_COMMITMENT * event.size / 12 * free)}


def _network_change(event: Event, people: Population) -> dict[str, Floats]:
    if event.move.sized == "outage_hours":
        day = steady(np.log1p(np.full(len(people), event.size)) / np.log(25.0))
        return {"pain": pain(DAY_WITHOUT_NETWORK * day)}
    country = people.klass >= 2
    root = (event.size / 10) ** 0.5
    if event.lever.get("technology") == "5g":
        return {"benefit": TEN_POINTS_OF_5G * root * (people.has_5g & ~country)}
    return {"benefit": TEN_POINTS_OF_COVERAGE * root * country}


KINDS: dict[str, Callable[[Event, Population], dict[str, Floats]]] = {
    "price_change": _price_change,
    "credit": _credit,
    "value_add": _value_add,
    "loyalty_reward": _loyalty_reward,
    "competitor_offer": _competitor_offer,
    "new_plan": _new_plan,
    "policy_change": _policy_change,
    "contract_change": _contract_change,
    "network_change": _network_change,
}


def _touched(event: Event, people: Population) -> Floats:
    """1 for customers on a plan that the change is for, else 0."""
    touched = np.ones(len(people))
    scope, plans = event.lever.get("scope", "all"), event.lever.get("plans")
    if scope != "all":
        touched *= people.prepaid == (scope == "prepaid")
    if isinstance(plans, list):
        touched *= np.isin(people.plan, [PLAN_NAMES.index(name) for name in plans])
    return touched


def _bill(people: Population) -> Floats:
    return np.maximum(fixed_charges(people).total / 100, SMALLEST_BILL_DOLLARS)
