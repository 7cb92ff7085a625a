"""Outcomes: what customers really did when something was put to them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.levers import AnyLever


@dataclass(frozen=True, slots=True)
class CampaignOutcomes:
    """Delivered campaign contacts as columns of equal length, one row per contact.

    `respondent` is the row of the customer in Respondents. `offer` indexes `offer_types`
    (RAW.CAMPAIGN_RESPONSES.offer_type); `offer_value_dollars` is its offer_value. `action` indexes
    domain.reactions.ACTIONS: Accepted is ACCEPT, Complained is COMPLAIN, everything else IGNORE.
    """

    offer_types: tuple[str, ...]
    respondent: NDArray[np.int32]
    offer: NDArray[np.int16]
    offer_value_dollars: NDArray[np.float32]
    action: NDArray[np.int8]

    def __len__(self) -> int:
        return int(self.respondent.shape[0])


@dataclass(frozen=True, slots=True)
class PastEvent:
    """What came of an event in a segment. Rows of one event share its id.

    `log_odds_ratio`: of the odds of leaving in the month after the event to those in the month
    before, the natural logarithm.
    """

    event_id: str
    segment_id: str
    levers: tuple[AnyLever, ...]
    log_odds_ratio: float
