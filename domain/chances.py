"""Chances: two multinomial logits, one inside the other, from utilities to what customers do.

Deeds first (leave, move up, move down, or stay put), then words for those who stay put (accept,
ignore, complain, threaten). A single logit over the seven actions would let every new complaint
draw in proportion from those about to leave (independence of irrelevant alternatives, Train 2009,
section 3.3), so that bad news would seem to keep customers.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from domain.part_worths import DEEDS, WORDS

Floats = NDArray[np.float64]


def chances(utilities: Floats) -> Floats:
    """Chance of each action, shape (..., actions), rows sum to 1.

    `utilities` are in logits: deeds against staying put at zero, words against IGNORE at zero.
    Raises ValueError on NaN.
    """
    by_action = np.array(np.moveaxis(utilities, -1, 0), order="C")
    return np.ascontiguousarray(np.moveaxis(become_chances(by_action), 0, -1))


def become_chances(by_action: Floats) -> Floats:
    """The same with actions first, shape (actions, ...), in place: many customers in few steps.

    Raises ValueError on NaN, after which what was given is of no use.
    """
    words, deeds = ([by_action[action] for action in part] for part in (WORDS, DEEDS))
    put = np.zeros_like(by_action[0])
    _become_shares([put, *deeds])
    _become_shares(words)
    for word in words:
        np.multiply(word, put, out=word)
    return by_action


def _become_shares(alternatives: Sequence[Floats]) -> None:
    """Utilities of the alternatives of one logit become their chances, in place."""
    top = reduce(np.maximum, alternatives)
    for alternative in alternatives:
        np.exp(np.subtract(alternative, top, out=alternative), out=alternative)
    total = reduce(np.add, alternatives)
    if np.isnan(total).any():
        raise ValueError("utilities hold NaN")
    for alternative in alternatives:
        np.divide(alternative, total, out=alternative)
