"""People: who customers are, where they live and how satisfied they are with the carrier."""

from __future__ import annotations

from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from data_generator.customers import segments
from data_generator.customers.identifiers import Text, customer_id_text
from data_generator.customers.segments import segment_figure
from data_generator.customers.traits import Codes, Counts, Traits, logit_normal
from data_generator.draws import Floats, pick_by_group, reproducible_exp
from data_generator.places.places import Places, places


class People(Traits):
    """The first layer of traits."""

    @cached_property
    def id_text(self) -> Text:
        """Customer ids as bytes, shape (customers, 36)."""
        return customer_id_text(self.rows, self.seed)

    @cached_property
    def age(self) -> Counts:
        """Years."""
        years = segment_figure(segments.AGE_MEAN, self.segment) + segment_figure(
            segments.AGE_SPREAD, self.segment
        ) * self.normal("age")
        youngest, oldest = np.array(segments.AGE_RANGE)[self.segment].T
        return np.clip(np.rint(years), youngest, oldest).astype(np.int64)

    @cached_property
    def gender(self) -> Codes:
        """F, M, Other, Unknown."""
        weights = tuple(
            (0.975 * share, 0.975 * (1 - share), 0.01, 0.015) for share in segments.FEMALE
        )
        return pick_by_group(weights, self.segment, self.uint16("gender"))

    @property
    def _places(self) -> Places:
        return places(self.seed)

    @cached_property
    def place(self) -> NDArray[np.intp]:
        """Row of the customer's ZIP code among the places."""
        point = self.draws.fraction("place", self.rows)
        found = np.empty(len(self), dtype=np.intp)
        for segment, edges in enumerate(_place_edges(self.seed)):
            here = self.segment == segment
            found[here] = np.searchsorted(edges, point[here], side="right")
        return found

    @cached_property
    def area_class(self) -> NDArray[np.int8]:
        """Urban, Suburban, Rural, Remote, as coded by the places."""
        return self._places.area_class[self.place]

    @cached_property
    def nps(self) -> Counts:
        """Answer 0 to 10 to the question of recommendation."""
        answer = segment_figure(segments.NPS, self.segment) + segment_figure(
            segments.NPS_SPREAD, self.segment
        ) * self.normal("nps")
        return np.clip(np.rint(answer), 0, 10).astype(np.int64)

    @cached_property
    def churn_risk_hundredths(self) -> Counts:
        """The carrier's own score: chance in percent of leaving within twelve months."""
        typical = segment_figure(segments.CHURN_RISK, self.segment)
        score = logit_normal(typical, segments.CHURN_SPREAD, self.normal("churn"))
        return np.rint(100 * score).astype(np.int64)

    @cached_property
    def price_sensitivity(self) -> Floats:
        """Latent, 0 to 1: drives the answer to offers and is written to no file."""
        value = segment_figure(segments.PRICE_SENSITIVITY, self.segment) + 0.08 * self.normal(
            "sensitivity"
        )
        return np.clip(value, 0.02, 1.0)


@cache
def _place_edges(seed: int) -> NDArray[np.float64]:
    """Per segment, the upper edges of the places' shares of the unit interval."""
    all_places = places(seed)
    edges = []
    for weights, logits in zip(segments.AREA_CLASS_WEIGHTS, segments.INCOME_LOGITS, strict=True):
        income_factor = reproducible_exp(logits * np.clip(all_places.income_score, -2.5, 2.5))
        residents = all_places.population * np.array(weights)[all_places.area_class] * income_factor
        total = np.cumsum(np.where(all_places.habitable, residents, 0))
        edges.append(total / total[-1])
    return np.array(edges)
