"""Population: the customers of a range of rows with all their traits, what they do among them."""

from __future__ import annotations

from functools import cache, cached_property

import numpy as np
from numpy.typing import NDArray

from data_generator.customers import segments
from data_generator.customers.accounts import Accounts
from data_generator.customers.plans import ALLOWANCE_GB
from data_generator.customers.segments import segment_figure
from data_generator.customers.traits import Counts, by_segment_lognormal
from data_generator.draws import Floats, lognormal, poisson

MAX_RECORDS = 15  # of one kind per customer and year: a record's row is customer x 16 + number


class Population(Accounts):
    """The last layer of traits: how the service is used, and how often support is asked."""

    @cached_property
    def data_gb(self) -> Floats:
        """Mean per month. Nobody stays on a plan they would exceed by half."""
        habit = self.by_segment(by_segment_lognormal(segments.DATA_SPREAD), "data")
        return np.minimum(
            segment_figure(segments.DATA_GB, self.segment) * habit, 1.5 * ALLOWANCE_GB[self.plan]
        )

    @cached_property
    def voice_minutes(self) -> Floats:
        """Mean per month."""
        habit = lognormal(segments.USE_SPREAD)[self.uint16("voice")]
        return segment_figure(segments.VOICE_MINUTES, self.segment) * habit

    @cached_property
    def messages(self) -> Floats:
        """Mean per month."""
        habit = lognormal(segments.USE_SPREAD)[self.uint16("messages")]
        return segment_figure(segments.MESSAGES, self.segment) * habit

    @cached_property
    def late_chance(self) -> Floats:
        """Chance that a bill is not paid on time; prepaid is paid before."""
        habit = 0.5 + self.uint16("late") / 65_536
        return np.where(self.prepaid, 0, segment_figure(segments.LATE, self.segment) * habit)

    @cached_property
    def share_on_5g(self) -> Floats:
        """Mean share of data carried by 5G, 0 without a 5G device."""
        reach = np.array([0.78, 0.62, 0.24, 0.08])[self.area_class]  # chosen: by class of place
        return np.where(self.has_5g, reach, 0.0)

    @cached_property
    def complaints(self) -> Counts:
        """Complaints within the window."""
        return self._counts("complaints", segments.COMPLAINTS_A_YEAR)

    @cached_property
    def contacts(self) -> Counts:
        """Contacts with support within the window, complaints among them."""
        others = self._counts("contacts", segments.CONTACTS_A_YEAR)
        return np.asarray(np.minimum(self.complaints + others, MAX_RECORDS))

    def _counts(self, column: str, yearly: tuple[float, ...]) -> Counts:
        """Poisson counts over the window; its length is rounded to whole months."""
        months = np.clip(np.rint(self.window_days / 30.4375), 1, 12).astype(np.int64)
        tables = _poisson_by_segment_and_month(yearly)
        group = (self.segment.astype(np.int64) * 12 + months - 1) << 16
        return np.asarray(tables[group + self.uint16(column)], dtype=np.int64)


@cache
def _poisson_by_segment_and_month(yearly: tuple[float, ...]) -> NDArray[np.uint8]:
    """Tables of counts for windows of one to twelve months, segment by segment."""
    return np.concatenate(
        [poisson(rate * months / 12, MAX_RECORDS) for rate in yearly for months in range(1, 13)]
    )
