"""Aftermath: what each customer does in the month after a move, by the two laws together.

First come departures, then the words of those who stay as they are.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data_generator.customers.population import Population
from data_generator.draws import Floats, exponent, steady
from data_generator.history.churn_law import departure_law
from data_generator.history.event_attributes import Felt
from data_generator.history.response_law import response_law

ACTIONS = ("ACCEPT", "IGNORE", "COMPLAIN", "THREATEN_CHURN", "CHURN", "UPGRADE", "DOWNGRADE")
CHURN = ACTIONS.index("CHURN")


@dataclass(frozen=True, slots=True)
class Shocks:
    """Factors on the hazards and odds of the laws: noise. Without any the laws hold exactly."""

    leave: Floats | float = 1.0
    up: Floats | float = 1.0
    down: Floats | float = 1.0
    accept: Floats | float = 1.0
    complain: Floats | float = 1.0
    threaten: Floats | float = 1.0


CALM = Shocks()


def action_chances(felt: Felt, people: Population, shocks: Shocks = CALM) -> Floats:
    """Chance of each action for each customer, shape (actions, n), columns sum to 1."""
    law = departure_law()
    leave, up, down = law.hazards(felt.benefit, felt.pain, felt.pull, people)
    leaving, rising, falling, staying = _departures(
        leave * shocks.leave,
        (up + law.takes_up * felt.step_up) * shocks.up,
        (down + law.takes_down * felt.step_down) * shocks.down,
    )
    accept, complain, threaten = response_law().odds(felt.benefit, felt.pain, felt.pull, people)
    accept, complain = accept * shocks.accept, complain * shocks.complain
    threaten = threaten * shocks.threaten
    each = staying / (1 + accept + complain + threaten)
    words = (accept * each, each, complain * each, threaten * each)
    return np.array([steady(chance) for chance in (*words, leaving, rising, falling)])


def _departures(leave: Floats, up: Floats, down: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Chances within a month under competing hazards, and the chance of none of them."""
    hazard = leave + up + down
    stay = exponent(-hazard)
    share = (1 - stay) / hazard
    return leave * share, up * share, down * share, stay
