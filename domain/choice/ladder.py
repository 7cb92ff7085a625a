"""Plan ladder: the next dearer and the next cheaper plan of each customer, in dollars a month."""

from __future__ import annotations

import numpy as np

from domain.catalog import Carrier
from domain.choice.attributes import Attributes
from domain.choice.exposure import Floats
from domain.customers import Respondents


def plan_ladder(people: Respondents, carrier: Carrier) -> tuple[Floats, Floats]:
    """Dollars a month to the next dearer and the next cheaper plan of the carrier, each (n,).

    At the end of the ladder, and from a plan it does not have, there is nothing to gain or save.
    """
    prices = np.array([_price(carrier, name) for name in people.plan_names] or [np.nan])
    own = np.where(people.plan >= 0, prices[people.plan], np.nan)
    ladder = np.sort([plan.price_dollars for plan in carrier.plans])
    above = np.searchsorted(ladder, own, side="right")
    below = np.searchsorted(ladder, own, side="left") - 1
    dearer = np.where(above < len(ladder), ladder[np.minimum(above, len(ladder) - 1)] - own, 0.0)
    cheaper = np.where(below >= 0, ladder[np.maximum(below, 0)] - own, 0.0)
    return np.nan_to_num(dearer), np.nan_to_num(cheaper)


def plan_steps(
    people: Respondents, attributes: Attributes, ladder: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Dollars a month a bill changes by upgrading and by downgrading, each of shape (n,).

    A step goes up or down the ladder, and to the new plan where the scenario offers one on that
    side.
    """
    dearer, cheaper = ladder
    step = attributes.new_bill_dollars - people.monthly_bill_dollars
    return np.where(step > 0, step, dearer), np.where(step < 0, step, cheaper)


def _price(carrier: Carrier, plan_name: str) -> float:
    plan = carrier.plan(plan_name)
    return plan.price_dollars if plan else float("nan")
