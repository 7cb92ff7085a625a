"""Responses: the true law by which customers answer the carrier's offers.

A multinomial logit (McFadden 1974) over letting the offer pass (utility zero), accepting it and
complaining about it. What an offer is worth is measured against the customer's bill. All
parameters are chosen; whoever estimates them from the data can be scored against them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_generator.billing import fixed_charges
from data_generator.draws import Floats, exponent, steady
from data_generator.population import ALLOWANCE_GB, Counts, Population

OFFER_TYPES = (
    "Bill Credit",
    "Monthly Discount",
    "Free Streaming",
    "Data Bonus",
    "Device Discount",
    "Bonus Points",
    "Free Roaming",
)
MONTHS_OF_ONE_OFF = 12.0


@dataclass(frozen=True, slots=True)
class ResponseLaw:
    """Parameters in logits.

    `accept_slopes` are per unit of gain, in the order of OFFER_TYPES: a tenth of the monthly bill
    for money (a one-off spread over a year), the square root of a tenth for perks.
    """

    accept_constant: float
    accept_slopes: tuple[float, ...]
    complain_constant: float
    complain_frustration: float

    def chances(self, gain: Floats, offer: Counts, frustration: Floats) -> tuple[Floats, Floats]:
        """Chances to accept and to complain, shape (n,) each; the rest lets the offer pass."""
        accept = exponent(self.accept_constant + np.array(self.accept_slopes)[offer] * gain)
        complain = exponent(self.complain_constant + self.complain_frustration * frustration)
        whole = 1 + accept + complain
        return steady(accept / whole), steady(complain / whole)


def response_law() -> ResponseLaw:
    """The law that campaign outcomes follow."""
    return ResponseLaw(
        accept_constant=-3.3,
        accept_slopes=(0.75, 0.75, 0.80, 0.70, 0.60, 0.80, 0.80),
        complain_constant=-6.2,
        complain_frustration=2.6,
    )


def gain(people: Population, owner: NDArray[np.intp], offer: Counts, worth: Floats) -> Floats:
    """What each offer is worth to its customer; see ResponseLaw for the unit.

    `offer` indexes OFFER_TYPES, `worth` is in dollars. Money counts more for those who watch
    prices (0.4 to 1.6 times), perks for those who would use them.
    """
    bill = np.maximum(fixed_charges(people).total / 100, 10.0)[owner]
    tenths = 10 * worth / bill
    watches = (0.4 + 1.2 * people.price_sensitivity)[owner]
    yearly = tenths / MONTHS_OF_ONE_OFF
    likings = affinities(people)
    kinds = (
        yearly * watches,
        tenths * watches,
        np.sqrt(tenths * likings["streaming"][owner]),
        np.sqrt(tenths * likings["data"][owner]),
        yearly * watches * (0.5 + likings["device"][owner]),
        yearly * (0.6 + 0.4 * people.rewards_member[owner]),
        np.sqrt(tenths * likings["roaming"][owner]),
    )
    return np.asarray(np.choose(offer, kinds))


def affinities(people: Population) -> dict[str, Floats]:
    """How much the customer would use a perk, 0 to 1, shape (customers,)."""
    _, streaming, roaming, _ = people.extras
    use = np.clip(people.data_gb / 50, 0, 1)
    full = np.where(np.isfinite(ALLOWANCE_GB), ALLOWANCE_GB, 100.0)[people.plan]
    return {
        "streaming": np.clip(0.15 + 0.45 * streaming + 0.4 * use, 0, 1),
        "data": np.clip(people.data_gb / full, 0.05, 1),
        "roaming": np.where(roaming, 0.7, 0.1),
        "device": np.clip(people.device_age_months / 36, 0, 1),
    }


def frustration(people: Population) -> Floats:
    """0 to about 1.5: the risk to leave and how often the customer complained."""
    return people.churn_risk_hundredths / 100 + 0.08 * np.minimum(people.complaints, 6)
