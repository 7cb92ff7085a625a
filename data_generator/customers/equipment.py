"""Equipment: the phone a customer has and how far they use the carrier's app."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from data_generator.customers import segments
from data_generator.customers.devices import DEVICES, weights_by_kind
from data_generator.customers.people import People
from data_generator.customers.segments import segment_figure
from data_generator.customers.traits import Codes, Counts, Flags, logit_normal
from data_generator.draws import bernoulli, lognormal, pick_by_group


class Equipment(People):
    """The second layer of traits."""

    @cached_property
    def device(self) -> Codes:
        """Index into devices.DEVICES."""
        kind, model, _, _ = self.draws.four_uint16("device", self.rows)
        kinds = pick_by_group(segments.DEVICES, self.segment, kind)
        return pick_by_group(weights_by_kind(), kinds, model)

    @cached_property
    def has_5g(self) -> Flags:
        """The device can use 5G."""
        return np.array([device.has_5g for device in DEVICES])[self.device]

    @cached_property
    def device_age_months(self) -> Counts:
        """Never older than the model."""
        habit = lognormal(segments.DEVICE_AGE_SPREAD)[self.uint16("device_age")]
        months = np.rint(segment_figure(segments.DEVICE_AGE_MONTHS, self.segment) * habit).astype(
            np.int64
        )
        launched = np.array([device.launched for device in DEVICES], dtype="datetime64[M]")
        on_sale = np.maximum((self.anchor_month - launched).astype(np.int64), 0)
        return np.minimum(months, on_sale[self.device])

    @cached_property
    def app_user(self) -> Flags:
        """Has the carrier's app."""
        return bernoulli(segment_figure(segments.APP_USER, self.segment), self.uint16("app_user"))

    @cached_property
    def app_engagement_hundredths(self) -> Counts:
        """0 to 100; 0 for those without the app."""
        typical = segment_figure(segments.APP_ENGAGEMENT, self.segment)
        score = logit_normal(typical, segments.APP_SPREAD, self.normal("app"))
        return np.where(self.app_user, np.rint(100 * score), 0).astype(np.int64)
