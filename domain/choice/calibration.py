"""Calibration: the constants with which a customer base's status quo has its observed rates."""

from __future__ import annotations

import numpy as np

from domain.catalog import Carrier
from domain.choice.baseline import baseline_utilities
from domain.choice.exposure import Floats
from domain.choice.part_worths import ACTION_INDEX, SWITCHING, VOICE
from domain.choice.probabilities import chances
from domain.customers import Respondents
from domain.reactions import ACTIONS, Action

CALIBRATION_CUSTOMERS = 50_000
CALIBRATION_STEPS = 100
RATE_FLOOR, RATE_CEILING = 0.002, 0.10

# Monthly rates of what customers do when nothing is put to them. Churn comes from the carrier's
# configuration and complaints from its data; the others are chosen: carriers do not publish them.
THREATS_PER_CHURN = 0.5
UPGRADE_RATE = 0.010
DOWNGRADE_RATE = 0.006
ACCEPT_RATE = 0.005  # there is nothing to accept; a floor that keeps the logit finite


def calibrated_constants(people: Respondents, carrier: Carrier) -> Floats:
    """The constant of each action, in logits, shape (actions,).

    Constants are moved by log(observed / predicted) until they agree (Train 2009, section 2.8).
    """
    utilities = baseline_utilities(people.evenly_spaced(CALIBRATION_CUSTOMERS))
    observed = _against_staying(_status_quo_rates(people, carrier))
    constants = np.zeros(len(ACTIONS))
    for _ in range(CALIBRATION_STEPS):
        step = observed - _against_staying(chances(utilities + constants).mean(axis=0))
        constants += step
        if np.abs(step).max() < 1e-10:
            break
    return constants


def _status_quo_rates(people: Respondents, carrier: Carrier) -> Floats:
    """Monthly share of customers taking each action when nothing is put to them, shape (7,)."""
    complaints = float(np.clip(people.complaints_12m.mean() / 12, RATE_FLOOR, RATE_CEILING))
    churn = float(np.clip(carrier.monthly_churn, RATE_FLOOR, RATE_CEILING))
    rates = {
        Action.ACCEPT: ACCEPT_RATE,
        Action.COMPLAIN: complaints,
        Action.THREATEN_CHURN: churn * THREATS_PER_CHURN,
        Action.CHURN: churn,
        Action.UPGRADE: UPGRADE_RATE,
        Action.DOWNGRADE: DOWNGRADE_RATE,
    }
    rates[Action.IGNORE] = 1.0 - sum(rates.values())
    return np.array([rates[action] for action in ACTIONS])


def _against_staying(rates: Floats) -> Floats:
    """Log odds of switching against staying put, of voice against IGNORE, shape (7,)."""
    odds = np.log(rates)
    odds[SWITCHING] -= np.log(rates[VOICE].sum())
    odds[VOICE] -= odds[ACTION_INDEX[Action.IGNORE]]
    return odds
