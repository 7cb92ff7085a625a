"""Sample: the customers of a segment that a panel and a scenario admit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from domain.customers.audiences import code, in_audience
from domain.customers.panel import Panel
from domain.customers.respondents import Respondents
from domain.errors import FieldError, InvalidInput
from domain.scenarios import Scenario


@dataclass(frozen=True, slots=True)
class Sample:
    """Customers to ask. `audience_share` is the part of their segment that filters admit."""

    people: Respondents
    audience_share: float


def draw_sample(
    people: Respondents, segment_id: str, panel: Panel, scenario: Scenario, seed: int
) -> Sample:
    """The segment's customers that the panel and the scenario's audience admit.

    With `respondents_per_segment`, a sample without replacement that depends only on the seed.
    Raises InvalidInput when nobody is left.
    """
    members = people.segment == code(people.segment_ids, segment_id)
    keep = members.copy()
    for audience in (panel.audience, scenario.audience):
        if audience is not None:
            keep &= in_audience(people, audience)
    rows = np.flatnonzero(keep)
    if not len(rows):
        raise InvalidInput(
            [FieldError("/panel/audience", f"no customer of {segment_id} is in it", "empty_panel")]
        )
    share = len(rows) / int(members.sum())
    wanted = panel.respondents_per_segment
    if wanted is not None and wanted < len(rows):
        rows = np.sort(np.random.default_rng(seed).choice(rows, wanted, replace=False))
    return Sample(people.where(rows), share)
