"""Chances: two multinomial logits, one inside the other, from utilities to what customers do.

Switching first (leave, move up, move down, or stay put), then voice for those who stay put (accept,
ignore, complain, threaten). A single logit over the seven actions would let every new complaint
draw in proportion from those about to leave (independence of irrelevant alternatives, Train 2009,
section 3.3), so that bad news would seem to keep customers.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from domain.choice.part_worths import ACTION_INDEX, SWITCHING
from domain.reactions import Action

Floats = NDArray[np.float64]

IGNORE = ACTION_INDEX[Action.IGNORE]
FIRST_SWITCH = min(SWITCHING)  # all actions before it are voice
HARMLESS = 300.0  # logits whose powers of e a float holds, and sums of theirs multiplied


def chances(utilities: Floats) -> Floats:
    """Chance of each action, shape (..., actions), rows sum to 1.

    `utilities` are in logits: switching against staying put at zero, voice against IGNORE at zero.
    Raises ValueError on NaN.
    """
    by_action = np.array(np.moveaxis(utilities, -1, 0), order="C")
    return np.ascontiguousarray(np.moveaxis(become_chances(by_action), 0, -1))


def become_chances(by_action: Floats) -> Floats:
    """The same with actions first, shape (actions, ...), in place: many customers in few steps.

    Raises ValueError on NaN, after which the array is of no use.
    """
    voice, switching = by_action[:FIRST_SWITCH], by_action[FIRST_SWITCH:]
    staying = np.float64(1.0)  # the odds of staying put
    if not _harmless(by_action):
        voice -= voice.max(axis=0)
        top = np.maximum(switching.max(axis=0), 0.0)
        switching -= top
        staying = np.exp(-top)
    np.exp(by_action, out=by_action)
    total = switching.sum(axis=0)
    total += staying
    switching /= total
    total *= voice.sum(axis=0)
    voice *= staying / total
    return by_action


def _harmless(by_action: Floats) -> bool:
    """Whether powers of e neither overflow nor, of all voice, vanish."""
    top = by_action.max(initial=0.0)
    if np.isnan(top):
        raise ValueError("utilities hold NaN")
    return bool(top < HARMLESS and by_action[IGNORE].min(initial=0.0) > -HARMLESS)
