"""Departures: the true law by which customers leave or move to another plan.

Competing hazards of a month (proportional hazards, Cox 1972): leaving, moving up, moving down. A
customer's hazard of leaving without any move is that of the carrier's own score; losses and rivals
multiply it. All parameters are chosen (docs/data.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_generator.customers.population import Population
from data_generator.draws import Floats, exponent, steady
from data_generator.history.response_law import affinities

HIGHEST_RISK = 0.97  # scores above would leave almost at once


@dataclass(frozen=True, slots=True)
class DepartureLaw:
    """Hazards a month, and logarithms of factors on them per unit of what is felt.

    `usual` turns scores for a year into hazards of a month: below one, because those with high
    scores leave early in the year. It is set so that the base loses the carrier's 1.8 % a month.
    A contract leaves of a loss or a pull only the share `bound`. `up` and `down` are hazards of a
    usual month; `takes_up` and `takes_down` what a new plan adds at full appeal.
    """

    usual: float
    leave_pain: float
    leave_pull: float
    leave_benefit: float
    bound: float
    up: float
    takes_up: float
    down: float
    down_pain: float
    takes_down: float

    def hazards(
        self, benefit: Floats, pain: Floats, pull: Floats, people: Population
    ) -> tuple[Floats, Floats, Floats]:
        """Hazards of leaving, of moving up and of moving down within a month, shape (n,) each."""
        risk = np.minimum(people.churn_risk_hundredths / 100, HIGHEST_RISK)
        usual = self.usual * steady(-np.log1p(-risk) / 12)
        free = np.where(people.contract > 0, self.bound, 1.0)
        felt = (
            free * (self.leave_pain * pain + self.leave_pull * pull) + self.leave_benefit * benefit
        )
        up = self.up * (0.4 + 1.2 * affinities(people)["data"])
        down = self.down * (0.4 + 1.2 * people.price_sensitivity)
        return usual * exponent(felt), up, down * exponent(self.down_pain * pain)


def departure_law() -> DepartureLaw:
    """The law that historical reactions follow."""
    return DepartureLaw(
        usual=0.89,
        leave_pain=0.14,
        leave_pull=0.08,
        leave_benefit=-0.12,
        bound=0.4,
        up=0.008,
        takes_up=0.05,
        down=0.005,
        down_pain=0.12,
        takes_down=0.09,
    )
