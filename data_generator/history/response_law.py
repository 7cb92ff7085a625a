"""Responses: the true law by which customers answer what is put to them.

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
from data_generator.draws import Floats, exponent, steady

OFFER_TYPES = (
    "Bill Credit",
    "Monthly Discount",
    "Free Streaming",
    "Data Bonus",
    "Device Discount",
    "Bonus Points",
    "Free Roaming",
)
PERKS = np.array([False, False, True, True, False, False, True])  # of the offers
MONTHS_OF_ONE_OFF = 12.0
LOSS_AVERSION, LOSS_CURVE = 2.25, 0.88  # Tversky and Kahneman 1992, median estimates


@dataclass(frozen=True, slots=True)
class ResponseLaw:
    """Parameters in logits.

    `accept_slopes` are per unit of gain, in the order of OFFER_TYPES: a tenth of the monthly bill
    for money (a one-off spread over a year), the square root of a tenth for perks. Those of `pain`
    are per unit of `pain()`, those of `pull` per unit of feelings.Felt.pull.
    """

    accept_constant: float
    accept_slopes: tuple[float, ...]
    accept_pain: float
    complain_constant: float
    complain_frustration: float
    complain_pain: float
    threaten_constant: float
    threaten_risk: float
    threaten_pain: float
    threaten_pull: float

    def benefit(self, gain: Floats, offer: Counts | int) -> Floats:
        """What a gain adds to the utility of accepting, logits."""
        return np.asarray(np.array(self.accept_slopes)[offer] * gain)

    def chances(self, gain: Floats, offer: Counts, frustration: Floats) -> tuple[Floats, Floats]:
        """Chances to accept and to complain, shape (n,) each; the rest lets the offer pass."""
        accept = exponent(self.accept_constant + self.benefit(gain, offer))
        complain = exponent(self.complain_constant + self.complain_frustration * frustration)
        whole = 1 + accept + complain
        return steady(accept / whole), steady(complain / whole)

    def odds(
        self, benefit: Floats, pain: Floats, pull: Floats, people: Population
    ) -> tuple[Floats, Floats, Floats]:
        """Odds to accept, complain and threaten against letting it pass, shape (n,) each."""
        risk = people.churn_risk_hundredths / 100
        accept = self.accept_constant + benefit + self.accept_pain * pain
        complain = (
            self.complain_constant
            + self.complain_frustration * frustration(people)
            + self.complain_pain * pain
        )
        threaten = (
            self.threaten_constant
            + self.threaten_risk * risk
            + self.threaten_pain * pain
            + self.threaten_pull * pull
        )
        return exponent(accept), exponent(complain), exponent(threaten)


def response_law() -> ResponseLaw:
    """The law that campaign outcomes and historical reactions follow."""
    return ResponseLaw(
        accept_constant=-3.3,
        accept_slopes=(0.75, 0.75, 0.80, 0.70, 0.60, 0.80, 0.80),
        accept_pain=-0.45,
        complain_constant=-6.2,
        complain_frustration=2.6,
        complain_pain=1.05,
        threaten_constant=-6.6,
        threaten_risk=3.2,
        threaten_pain=0.7,
        threaten_pull=0.35,
    )


def pain(tenths: Floats) -> Floats:
    """What a loss of so many tenths of the bill costs: steep at first, more than a gain gives."""
    return steady(LOSS_AVERSION * np.maximum(tenths, 0) ** LOSS_CURVE)


def gain(people: Population, owner: NDArray[np.intp], offer: Counts, worth: Floats) -> Floats:
    """What each offer is worth to its customer; see ResponseLaw for the unit.

    `offer` indexes OFFER_TYPES, `worth` is in dollars. Money counts more for those who watch
    prices (0.4 to 1.6 times), perks for those who would use them.
    """
    bill = np.maximum(fixed_charges(people).total / 100, 10.0)[owner]
    liking = _likings(people)[offer, owner]
    felt = 10 * worth / bill * liking
    return np.asarray(np.where(PERKS[offer], np.sqrt(felt), felt))


def _likings(people: Population) -> Floats:
    """What a tenth of the bill is worth to a customer, by offer, shape (offers, customers)."""
    watches = 0.4 + 1.2 * people.price_sensitivity
    likes = affinities(people)
    return np.array(
        [
            watches / MONTHS_OF_ONE_OFF,
            watches,
            likes["streaming"],
            likes["data"],
            watches * (0.5 + likes["device"]) / MONTHS_OF_ONE_OFF,
            (0.6 + 0.4 * people.rewards_member) / MONTHS_OF_ONE_OFF,
            likes["roaming"],
        ],
        dtype=np.float64,
    )


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
