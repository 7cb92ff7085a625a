"""What a build under way says of its customers, the same on every engine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from adapters.rows import Reader
from adapters.warehouse.live.analytics import (
    read_loaded_plans,
    read_outcomes,
    read_past_events,
    read_respondents,
    read_verbatims,
)
from adapters.warehouse.live.statistics import read_segments
from domain.catalog import Carrier
from domain.customers import CampaignOutcomes, PastEvent, Respondents, Segment
from domain.reactions import Evidence


class DescribedCustomers:
    """The reading half of domain.build_twins.TwinBuild; a build of an engine adds the writing."""

    def __init__(self, reader: Reader, carrier: Carrier) -> None:
        self._reader = reader
        self.carrier = carrier

    def loaded_plans(self) -> Mapping[str, int]:
        """Customers of the loaded data by the name of their plan. Changes nothing."""
        return read_loaded_plans(self._reader)

    def segments(self) -> Sequence[Segment]:
        """The segments found, ordered by id."""
        return read_segments(self._reader, self.carrier)

    def verbatims(self, segment_id: str) -> Sequence[Evidence]:
        """Words of the segment's customers fit to be quoted, most representative first."""
        return read_verbatims(self._reader, segment_id)

    def respondents(self) -> Respondents:
        """Every customer, ordered by customer id."""
        return read_respondents(self._reader)

    def campaign_outcomes(self) -> CampaignOutcomes:
        """What customers did about delivered offers, by their row in `respondents()`."""
        return read_outcomes(self._reader)

    def past_events(self) -> Sequence[PastEvent]:
        """What came of past events, oldest first; nothing without a history."""
        return read_past_events(self._reader)
