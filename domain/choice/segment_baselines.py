"""Segment baselines: the customers a persona speaks for, and all of them that no scenario changes.

A baseline costs more to work out than a reaction from it, and most are asked again and again: those
of whole segments are cached for as long as their customers and the choice model stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from domain.catalog import Carrier
from domain.choice.baseline import StatusQuo
from domain.choice.concessions import most_pleasing
from domain.choice.ladder import plan_ladder
from domain.choice.model import ChoiceModel
from domain.customers import Respondents

MOST_CUSTOMERS = 250_000  # chosen: of cached baselines, 240 bytes each, beside the base's 100


@dataclass(frozen=True)
class SegmentBaseline:
    """Customers at the status quo, and the next plans above and below theirs; see plan_ladder."""

    model: ChoiceModel
    status_quo: StatusQuo
    ladder: tuple[NDArray[np.float64], NDArray[np.float64]]

    @classmethod
    def of(cls, model: ChoiceModel, people: Respondents, carrier: Carrier) -> Self:
        """That of some customers. Raises ValueError for nobody."""
        return cls(model, model.status_quo(people), plan_ladder(people, carrier))

    @property
    def people(self) -> Respondents:
        """Whose it is."""
        return self.status_quo.people

    @cached_property
    def most_pleasing(self) -> str:
        """The concession that would please them most; see domain/choice/concessions.py."""
        return most_pleasing(self.people, self.model.mean_coefficients.sentiment[0])


class SegmentBaselines:
    """The baselines of whole segments, by segment. Any thread may ask."""

    def __init__(self) -> None:
        self._cache = _Cache()

    def of(
        self,
        segment_id: str,
        model: ChoiceModel,
        everybody: Respondents,
        make: Callable[[], SegmentBaseline],
    ) -> SegmentBaseline:
        """The segment's baseline among everybody, made unless it is cached.

        Another model or other customers are another build: the cache of the last goes.
        """
        cache = self._cache
        if cache.model is not model or cache.everybody is not everybody:
            self._cache = cache = _Cache(model, everybody)
        baseline = cache.baselines.get(segment_id)
        if baseline is None:
            baseline = make()
            cache.add(segment_id, baseline)
        return baseline


class _Cache:
    """Baselines of one model and one customer base."""

    def __init__(
        self, model: ChoiceModel | None = None, everybody: Respondents | None = None
    ) -> None:
        self.model = model
        self.everybody = everybody
        self.baselines: dict[str, SegmentBaseline] = {}
        self._room = MOST_CUSTOMERS

    def add(self, segment_id: str, baseline: SegmentBaseline) -> None:
        """Add it while there is room: two threads may come with the same one."""
        if self._room >= len(baseline.people) and segment_id not in self.baselines:
            self._room -= len(baseline.people)
            self.baselines[segment_id] = baseline
