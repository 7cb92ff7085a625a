"""Response law: the true law by which customers answer an offer or an event.

A multinomial logit (McFadden 1974) over letting it pass (utility zero), accepting it, complaining
about it and threatening to leave. What an offer is worth and what a loss costs is measured against
the customer's bill. A campaign notes neither threats nor losses: its outcomes are the same law,
given that one of the other three happened. All parameters are chosen (docs/data.md);
whoever estimates them from the data can be scored against them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from data_generator.customers.billing import fixed_charges
from data_generator.customers.plans import ALLOWANCE_GB
from data_generator.customers.population import Population
from data_generator.customers.traits import Counts
from data_generator.draws import Floats, reproducible, reproducible_exp

OFFER_TYPES = (
    "Bill Credit",
    "Monthly Discount",
    "Free Streaming",
    "Data Bonus",
    "Device Discount",
    "Bonus Points",
    "Free Roaming",
)
# the offer of an add-on, by the affinity that it depends on
ADD_ON_OFFERS = {"streaming": "Free Streaming", "data": "Data Bonus", "roaming": "Free Roaming"}
IS_ADD_ON = np.array([offer in ADD_ON_OFFERS.values() for offer in OFFER_TYPES])
MONTHS_OF_ONE_OFF = 12.0
SMALLEST_BILL_DOLLARS = 10.0
LOSS_AVERSION, LOSS_EXPONENT = 2.25, 0.88  # Tversky and Kahneman 1992, median estimates


@dataclass(frozen=True, slots=True)
class ResponseLaw:
    """Parameters in logits.

    `accept_slopes` are per unit of gain, in the order of OFFER_TYPES: a tenth of the monthly bill
    for money (a one-off spread over a year), the square root of a tenth for add-ons. Those of
    disutility and competitor appeal are per unit of event_attributes.EventAttributes.
    """

    accept_constant: float
    accept_slopes: tuple[float, ...]
    accept_disutility: float
    complain_constant: float
    complain_frustration: float
    complain_disutility: float
    threaten_constant: float
    threaten_risk: float
    threaten_disutility: float
    threaten_competitor_appeal: float

    def benefit(self, gain: Floats, offer: Counts | int) -> Floats:
        """What a gain adds to the utility of accepting, logits."""
        return np.asarray(np.array(self.accept_slopes)[offer] * gain)

    def chances(self, gain: Floats, offer: Counts, frustration: Floats) -> tuple[Floats, Floats]:
        """Chances to accept and to complain, shape (n,) each; the rest lets the offer pass."""
        accept = reproducible_exp(self.accept_constant + self.benefit(gain, offer))
        complain = reproducible_exp(
            self.complain_constant + self.complain_frustration * frustration
        )
        whole = 1 + accept + complain
        return reproducible(accept / whole), reproducible(complain / whole)

    def odds(
        self, benefit: Floats, disutility: Floats, competitor_appeal: Floats, people: Population
    ) -> tuple[Floats, Floats, Floats]:
        """Odds to accept, complain and threaten against letting it pass, shape (n,) each."""
        risk = people.churn_risk_hundredths / 100
        accept = self.accept_constant + benefit + self.accept_disutility * disutility
        complain = (
            self.complain_constant
            + self.complain_frustration * frustration(people)
            + self.complain_disutility * disutility
        )
        threaten = (
            self.threaten_constant
            + self.threaten_risk * risk
            + self.threaten_disutility * disutility
            + self.threaten_competitor_appeal * competitor_appeal
        )
        return reproducible_exp(accept), reproducible_exp(complain), reproducible_exp(threaten)


def response_law() -> ResponseLaw:
    """The law that campaign outcomes and historical reactions follow."""
    return ResponseLaw(
        accept_constant=-3.3,
        accept_slopes=(0.75, 0.75, 0.80, 0.70, 0.60, 0.80, 0.80),
        accept_disutility=-0.45,
        complain_constant=-6.2,
        complain_frustration=2.6,
        complain_disutility=1.05,
        threaten_constant=-6.6,
        threaten_risk=3.2,
        threaten_disutility=0.7,
        threaten_competitor_appeal=0.35,
    )


def disutility(tenths: Floats) -> Floats:
    """What a loss of so many tenths of the bill costs: steep at first, more than a gain gives."""
    return reproducible(LOSS_AVERSION * np.maximum(tenths, 0) ** LOSS_EXPONENT)


def gain(people: Population, owner: NDArray[np.intp], offer: Counts, worth: Floats) -> Floats:
    """What each offer is worth to its customer; see ResponseLaw for the unit.

    `offer` indexes OFFER_TYPES, `worth` is in dollars. Money counts more for those who watch
    prices (0.4 to 1.6 times), add-ons for those who would use them.
    """
    bill = bill_dollars(people)[owner]
    weight = _offer_weights(people)[offer, owner]
    value = 10 * worth / bill * weight
    return np.asarray(np.where(IS_ADD_ON[offer], np.sqrt(value), value))


def _offer_weights(people: Population) -> Floats:
    """What a tenth of the bill is worth to a customer, by offer, shape (offers, customers)."""
    money = price_weight(people)
    affinity = affinities(people)
    return np.array(
        [
            money / MONTHS_OF_ONE_OFF,
            money,
            affinity["streaming"],
            affinity["data"],
            money * (0.5 + affinity["device"]) / MONTHS_OF_ONE_OFF,
            (0.6 + 0.4 * people.rewards_member) / MONTHS_OF_ONE_OFF,
            affinity["roaming"],
        ],
        dtype=np.float64,
    )


def bill_dollars(people: Population) -> Floats:
    """What everybody pays a month before overage and roaming, at least ten dollars."""
    return np.maximum(fixed_charges(people).total / 100, SMALLEST_BILL_DOLLARS)


def price_weight(people: Population) -> Floats:
    """What a dollar counts for a customer, 0.4 to 1.6: more for those who watch prices."""
    return np.asarray(0.4 + 1.2 * people.price_sensitivity)


def affinities(people: Population) -> dict[str, Floats]:
    """How much the customer would use an add-on, 0 to 1, shape (customers,)."""
    use = np.clip(people.data_gb / 50, 0, 1)
    full = np.where(np.isfinite(ALLOWANCE_GB), ALLOWANCE_GB, 100.0)[people.plan]
    return {
        "streaming": np.clip(0.15 + 0.45 * people.has_streaming + 0.4 * use, 0, 1),
        "data": np.clip(people.data_gb / full, 0.05, 1),
        "roaming": np.where(people.has_roaming, 0.7, 0.1),
        "device": np.clip(people.device_age_months / 36, 0, 1),
    }


def frustration(people: Population) -> Floats:
    """0 to about 1.5: the risk to leave and how often the customer complained."""
    return people.churn_risk_hundredths / 100 + 0.08 * np.minimum(people.complaints, 6)
