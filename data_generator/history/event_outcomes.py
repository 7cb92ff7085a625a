"""Event outcomes: what each customer does in the month after an event, by the two laws together.

First comes switching (leaving or changing plan), then the voice of those who stay as they are
(Hirschman 1970).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_generator.customers.population import Population
from data_generator.draws import Floats, reproducible, reproducible_exp
from data_generator.history.churn_law import churn_law
from data_generator.history.event_attributes import EventAttributes
from data_generator.history.response_law import response_law

ACTIONS = ("ACCEPT", "IGNORE", "COMPLAIN", "THREATEN_CHURN", "CHURN", "UPGRADE", "DOWNGRADE")
CHURN = ACTIONS.index("CHURN")


@dataclass(frozen=True, slots=True)
class OutcomeNoise:
    """Factors on the hazards and odds of the laws; at 1 the laws hold exactly.

    The names are those of the columns that the noise of historical reactions is drawn by.
    """

    leave: Floats | float = 1.0
    up: Floats | float = 1.0
    down: Floats | float = 1.0
    accept: Floats | float = 1.0
    complain: Floats | float = 1.0
    threaten: Floats | float = 1.0


NO_NOISE = OutcomeNoise()


def action_chances(
    attributes: EventAttributes, people: Population, noise: OutcomeNoise = NO_NOISE
) -> Floats:
    """Chance of each action for each customer, shape (actions, n), columns sum to 1."""
    law = churn_law()
    leave, up, down = law.hazards(
        attributes.benefit, attributes.disutility, attributes.competitor_appeal, people
    )
    leaving, upgrading, downgrading, staying = _competing_risks(
        leave * noise.leave,
        (up + law.upgrade_per_appeal * attributes.upgrade_appeal) * noise.up,
        (down + law.downgrade_per_appeal * attributes.downgrade_appeal) * noise.down,
    )
    accept, complain, threaten = response_law().odds(
        attributes.benefit, attributes.disutility, attributes.competitor_appeal, people
    )
    accept, complain = accept * noise.accept, complain * noise.complain
    threaten = threaten * noise.threaten
    each = staying / (1 + accept + complain + threaten)
    voice = (accept * each, each, complain * each, threaten * each)
    return np.array([reproducible(chance) for chance in (*voice, leaving, upgrading, downgrading)])


def _competing_risks(
    leave: Floats, up: Floats, down: Floats
) -> tuple[Floats, Floats, Floats, Floats]:
    """Chances within a month under competing hazards, and the chance of none of them."""
    hazard = leave + up + down
    stay = reproducible_exp(-hazard)
    share = (1 - stay) / hazard
    return leave * share, up * share, down * share, stay
