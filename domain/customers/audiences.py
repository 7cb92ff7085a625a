"""Audiences: which customers the filters of a panel and a scenario admit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from domain.customers.respondents import Respondents
from domain.scenarios import Audience


def names_customers(audience: Audience) -> bool:
    """Whether it filters by more than the segment, so that a segment may have nobody in it."""
    tenures = (audience.min_tenure_months, audience.max_tenure_months)
    return bool(audience.plans or audience.states) or tenures != (None, None)


def in_audience(people: Respondents, audience: Audience) -> NDArray[np.bool_]:
    """Who is in it, shape (n_respondents,)."""
    keep = np.ones(len(people), dtype=bool)
    if audience.segments:
        wanted = [code(people.segment_ids, segment) for segment in audience.segments]
        keep &= np.isin(people.segment, wanted)
    if audience.plans:
        names = {name.lower() for name in audience.plans}
        codes = [i for i, name in enumerate(people.plan_names) if name.lower() in names]
        keep &= np.isin(people.plan, codes)
    if audience.states:
        keep &= np.isin(people.state, [code(people.state_codes, s) for s in audience.states])
    if audience.min_tenure_months is not None:
        keep &= people.tenure_months >= audience.min_tenure_months
    if audience.max_tenure_months is not None:
        keep &= people.tenure_months <= audience.max_tenure_months
    return keep


def segments_in(people: Respondents, audiences: Iterable[Audience]) -> frozenset[str]:
    """The segments that have somebody who is in all of the audiences."""
    keep = np.ones(len(people), dtype=bool)
    for audience in audiences:
        keep &= in_audience(people, audience)
    present = np.unique(people.segment[keep])
    return frozenset(people.segment_ids[each] for each in present if each >= 0)


def code(names: Sequence[str], name: str) -> int:
    """Position of a name, or -2, which no row carries."""
    return names.index(name) if name in names else -2
