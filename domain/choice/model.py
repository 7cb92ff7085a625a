"""The choice model: what customers do about a scenario, computed one customer at a time.

Utilities become chances by two multinomial logits (McFadden 1974), one inside the other; see
domain/choice/probabilities.py. A group's answer is sample enumeration, the mean of its customers'
chances, never the chance of a mean customer (Train 2009, section 2.6). Every effect is measured
against the status quo: the same customers with no scenario at all.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import numpy as np

from domain.catalog import Carrier
from domain.choice.attributes import Attributes
from domain.choice.baseline import StatusQuo, baseline_sentiment, baseline_utilities
from domain.choice.calibration import calibrated_constants
from domain.choice.draws import PartWorthDraws
from domain.choice.exposure import Coefficients, Exposure, Floats
from domain.choice.forecast import Contribution, Forecast, RevenueChange, gaining
from domain.choice.part_worths import FEATURES, PartWorths
from domain.choice.probabilities import become_chances
from domain.customers import Respondents
from domain.values import Estimate

MOST_SEEDS = 64  # chosen: whose draws are cached, 0.1 MB each
CONTRIBUTION_CUSTOMERS = 1_000  # chosen: on as many features are taken out one by one


@dataclass(frozen=True)
class ChoiceModel:
    """Part-worths, and the constants (actions,) that reproduce a customer base's status quo."""

    part_worths: PartWorths
    constants: Floats

    @classmethod
    def calibrated(
        cls, part_worths: PartWorths, people: Respondents, carrier: Carrier
    ) -> ChoiceModel:
        """A model whose status quo has the base's observed monthly rates.

        Raises ValueError when there is no respondent to calibrate on.
        """
        if not len(people):
            raise ValueError("no respondents to calibrate on")
        return cls(part_worths, calibrated_constants(people, carrier))

    def status_quo(self, people: Respondents) -> StatusQuo:
        """These customers before anything is put to them. Raises ValueError for nobody."""
        if not len(people):
            raise ValueError("nobody to ask")
        utilities = np.ascontiguousarray((self.constants + baseline_utilities(people)).T)
        usual = become_chances(utilities.copy())
        return StatusQuo(people, utilities, usual, baseline_sentiment(people))

    def action_chances(self, people: Respondents, attributes: Attributes) -> Floats:
        """Chance of each action for each respondent, shape (n, actions), rows sum to 1."""
        return self.moved(self.status_quo(people), attributes).T

    def moved(self, group: StatusQuo, attributes: Attributes) -> Floats:
        """The same for customers whose status quo is known, shape (actions, n)."""
        weights = self.mean_coefficients.utility[:, 0]
        return become_chances(group.utilities + weights @ attributes.features.T)

    def forecast(
        self, group: StatusQuo, attributes: Attributes, steps: tuple[Floats, Floats], seed: int
    ) -> Forecast:
        """What this group does about the scenario, with 90 % intervals.

        `steps` are the dollars a month each respondent's bill would change by upgrading and by
        downgrading. Points and intervals come from draws of part-worths; see PartWorthDraws.
        """
        exposure = group.exposure(attributes, steps)
        at_mean = exposure.chances(self.mean_coefficients)
        prediction = self._draws(seed).predict(exposure, at_mean)
        means = prediction.means
        return Forecast(
            customers=len(group.people),
            affected_share=float(exposure.attributes.any(axis=0).mean()),
            mix=prediction.mix,
            mix_at_mean=at_mean.mean(axis=(1, 2)),
            status_quo=group.mix,
            sentiment=_within(means["sentiment"], -1.0, 1.0),
            status_quo_sentiment=group.sentiment,
            churn_uplift_points=means["churn_uplift_points"],
            revenue=RevenueChange(
                **{k: means[k] for k in ("price", "churn", "downgrade", "upgrade", "total")}
            ),
            revenue_at_risk=_within(means["at_risk"], 0.0, math.inf),
            monthly_bill_dollars=float(group.bill_dollars.mean()),
            contributions=self._contributions(exposure, gaining(prediction.mix, group.mix)),
        )

    @cached_property
    def mean_coefficients(self) -> Coefficients:
        """The part-worths as they most likely are."""
        return Coefficients.mean(self.part_worths)

    @cached_property
    def _draws(self) -> Callable[[int], PartWorthDraws]:
        """By seed; drawn once for all that ask so."""
        return lru_cache(MOST_SEEDS)(partial(PartWorthDraws.drawn, self.part_worths))

    def _contributions(self, exposure: Exposure, action: int) -> tuple[Contribution, ...]:
        """Features at work, the most moving first; points are lost when one is taken out alone."""
        every = math.ceil(len(exposure) / CONTRIBUTION_CUSTOMERS)
        some = exposure.of(np.arange(0, len(exposure), every))
        weights = self.mean_coefficients.utility[:, 0, exposure.features]
        utilities = some.baseline_utilities + weights @ some.attributes
        without = utilities[:, np.newaxis] - weights[..., np.newaxis] * some.attributes
        left = become_chances(without)[action].mean(axis=1)
        points = 100 * (become_chances(utilities)[action].mean() - left)
        logits = weights[action] * exposure.attributes.mean(axis=1)
        contributions = [
            Contribution(FEATURES[feature], float(gain), float(change))
            for feature, gain, change in zip(exposure.features, logits, points, strict=True)
            if self.mean_coefficients.utility[..., feature].any()
        ]
        return tuple(sorted(contributions, key=lambda c: -abs(c.percentage_points)))


def _within(estimate: Estimate, low: float, high: float) -> Estimate:
    value, lower, upper = np.clip((estimate.value, estimate.low, estimate.high), low, high)
    return Estimate(value=float(value), low=float(lower), high=float(upper))
