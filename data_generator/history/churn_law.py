"""Churn law: the true law by which customers leave or change plan.

Competing hazards of a month (proportional hazards, Cox 1972): leaving, upgrading, downgrading. A
customer's hazard of leaving without an event is that of the carrier's own score; losses and rivals
multiply it. All parameters are chosen (docs/data.md).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_generator.customers.population import Population
from data_generator.draws import Floats, reproducible, reproducible_exp
from data_generator.history.response_law import affinities, price_weight

HIGHEST_RISK = 0.97  # scores above would leave almost at once


@dataclass(frozen=True, slots=True)
class ChurnLaw:
    """Hazards a month, and log factors on them per unit of an event's attributes.

    `calibration` turns scores for a year into hazards of a month: below one, as those with high
    scores leave early in the year. It is set so that the base loses the carrier's 1.8 % a month.
    Under a contract, a loss or a rival counts by `contract_factor`. `upgrade` and `downgrade` are
    hazards of a month without events, to which a new plan adds its part per unit of appeal.
    """

    calibration: float
    leave_disutility: float
    leave_competitor_appeal: float
    leave_benefit: float
    contract_factor: float
    upgrade: float
    upgrade_per_appeal: float
    downgrade: float
    downgrade_disutility: float
    downgrade_per_appeal: float

    def hazards(
        self, benefit: Floats, disutility: Floats, competitor_appeal: Floats, people: Population
    ) -> tuple[Floats, Floats, Floats]:
        """Hazards of leaving, upgrading and downgrading a month, shape (n,) each."""
        risk = np.minimum(people.churn_risk_hundredths / 100, HIGHEST_RISK)
        baseline = self.calibration * reproducible(-np.log1p(-risk) / 12)
        binding = np.where(people.contract > 0, self.contract_factor, 1.0)
        log_hazard_ratio = (
            binding
            * (
                self.leave_disutility * disutility
                + self.leave_competitor_appeal * competitor_appeal
            )
            + self.leave_benefit * benefit
        )
        upgrade = self.upgrade * (0.4 + 1.2 * affinities(people)["data"])
        downgrade = self.downgrade * price_weight(people)
        return (
            baseline * reproducible_exp(log_hazard_ratio),
            upgrade,
            downgrade * reproducible_exp(self.downgrade_disutility * disutility),
        )


def churn_law() -> ChurnLaw:
    """The law that historical reactions follow."""
    return ChurnLaw(
        calibration=0.89,
        leave_disutility=0.14,
        leave_competitor_appeal=0.08,
        leave_benefit=-0.12,
        contract_factor=0.4,
        upgrade=0.008,
        upgrade_per_appeal=0.05,
        downgrade=0.005,
        downgrade_disutility=0.12,
        downgrade_per_appeal=0.09,
    )
