"""Crowds: the customers a persona speaks for, and all of them that no scenario changes.

A crowd costs more to work out than a reaction of it, and most are asked again and again: those of
whole segments are kept for as long as their customers and the choice model stay.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from domain.catalog import Carrier
from domain.choice.concessions import most_pleasing
from domain.choice.model import ChoiceModel, StatusQuo, plan_ladder
from domain.customers import Respondents

MOST_KEPT = 250_000  # chosen: customers of crowds kept, 240 bytes each, beside the base's 100


@dataclass(frozen=True)
class Crowd:
    """Customers at rest, and the next plans above and below their own; see plan_ladder."""

    model: ChoiceModel
    group: StatusQuo
    ladder: tuple[NDArray[np.float64], NDArray[np.float64]]

    @classmethod
    def of(cls, model: ChoiceModel, people: Respondents, carrier: Carrier) -> Self:
        """The crowd of some customers. Raises ValueError for nobody."""
        return cls(model, model.status_quo(people), plan_ladder(people, carrier))

    @property
    def people(self) -> Respondents:
        """Who is in it."""
        return self.group.people

    @cached_property
    def most_pleasing(self) -> str:
        """The concession that would please it most; see domain/choice/concessions.py."""
        return most_pleasing(self.people, self.model.mean_tastes.feelings[0])


class Crowds:
    """The crowds of whole segments, by segment. Any thread may ask."""

    def __init__(self) -> None:
        self._kept = _Kept()

    def of(
        self,
        segment_id: str,
        model: ChoiceModel,
        everybody: Respondents,
        make: Callable[[], Crowd],
    ) -> Crowd:
        """The segment's crowd among everybody, made unless it is at hand.

        Another model or other customers are another build: what was kept of the last goes.
        """
        kept = self._kept
        if kept.model is not model or kept.everybody is not everybody:
            self._kept = kept = _Kept(model, everybody)
        crowd = kept.crowds.get(segment_id)
        if crowd is None:
            crowd = make()
            kept.keep(segment_id, crowd)
        return crowd


class _Kept:
    """Crowds of one model and one customer base."""

    def __init__(
        self, model: ChoiceModel | None = None, everybody: Respondents | None = None
    ) -> None:
        self.model = model
        self.everybody = everybody
        self.crowds: dict[str, Crowd] = {}
        self._room = MOST_KEPT

    def keep(self, segment_id: str, crowd: Crowd) -> None:
        """Keep it while there is room: two threads may come with the same one."""
        if self._room >= len(crowd.people) and segment_id not in self.crowds:
            self._room -= len(crowd.people)
            self.crowds[segment_id] = crowd
