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
from numpy.typing import NDArray

from domain.catalog import Carrier
from domain.choice.attributes import Attributes
from domain.choice.draws import PartWorthDraws
from domain.choice.exposure import Coefficients, Exposure, RevenueExposure
from domain.choice.part_worths import ACTION_INDEX, FEATURES, SWITCHING, VOICE, PartWorths
from domain.choice.probabilities import become_chances, chances
from domain.customers import Respondents
from domain.reactions import ACTIONS, Action
from domain.values import Estimate

Floats = NDArray[np.float64]

MOST_SEEDS = 64  # chosen: whose draws are cached, 0.1 MB each
CONTRIBUTION_CUSTOMERS = 1_000  # chosen: on as many features are taken out one by one
CALIBRATION_CUSTOMERS = 50_000
CALIBRATION_STEPS = 100
RATE_FLOOR, RATE_CEILING = 0.002, 0.10

# Monthly rates of what customers do when nothing is put to them. Churn comes from the carrier's
# configuration and complaints from its data; the others are chosen: carriers do not publish them.
THREATS_PER_CHURN = 0.5
UPGRADE_RATE = 0.010
DOWNGRADE_RATE = 0.006
ACCEPT_RATE = 0.005  # there is nothing to accept; a floor that keeps the logit finite


@dataclass(frozen=True, slots=True)
class RevenueChange:
    """Dollars a month per customer asked, against the status quo, by cause."""

    price: Estimate
    churn: Estimate
    downgrade: Estimate
    upgrade: Estimate
    total: Estimate


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one feature does to the action that gains most on the status quo.

    `logits` is the mean change of its utility; `percentage_points` what its chance loses when the
    feature is taken out alone.
    """

    feature: str
    logits: float
    percentage_points: float


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a group of customers does about a scenario.

    `mix`, `mix_at_mean` and `status_quo` have shape (7,). The second is what the mix were if the
    mean part-worths were known to be right: to be compared with others of the kind, never shown.
    """

    customers: int
    affected_share: float
    mix: Floats
    mix_at_mean: Floats
    status_quo: Floats
    sentiment: Estimate
    status_quo_sentiment: float
    churn_uplift_points: Estimate
    revenue: RevenueChange
    revenue_at_risk: Estimate
    monthly_bill_dollars: float
    contributions: tuple[Contribution, ...]

    @property
    def gained(self) -> Action:
        """The action that gains most on the status quo, whatever customers mostly do."""
        return ACTIONS[_gaining(self.mix, self.status_quo)]

    @property
    def likely_action(self) -> Action:
        """The most probable action; the first in the order of ACTIONS on a tie."""
        return ACTIONS[int(self.mix.argmax())]


def baseline_utilities(people: Respondents) -> Floats:
    """How customers differ before anything is put to them: logits, shape (n, actions).

    The weights are chosen; only differences between customers matter here, as the constants are
    calibrated to the observed rates on top of them.
    """
    overuse = np.clip(people.data_gb / np.maximum(people.data_allowance_gb, 1.0), 0, 1)
    bill = np.maximum(people.monthly_bill_dollars, 10.0)
    cheaper_elsewhere = np.clip(people.competitor_saving_dollars / bill, -0.5, 0.5)
    bound = (people.contract_months_left > 0).astype(np.float32)
    utilities = np.zeros((len(people), len(ACTIONS)))
    utilities[:, ACTION_INDEX[Action.COMPLAIN]] = (
        0.7 * np.log1p(people.complaints_12m) + 0.4 * people.price_sensitivity
    )
    leaving = (
        1.8 * people.churn_risk
        + 0.8 * people.switching_propensity
        + 0.6 * cheaper_elsewhere
        - 0.004 * np.minimum(people.tenure_months, 120)
        - 0.4 * people.satisfaction
    )
    utilities[:, ACTION_INDEX[Action.THREATEN_CHURN]] = leaving + 0.2 * np.log1p(
        people.complaints_12m
    )
    utilities[:, ACTION_INDEX[Action.CHURN]] = leaving - 0.7 * bound
    utilities[:, ACTION_INDEX[Action.UPGRADE]] = 0.8 * overuse + 0.8 * people.tech_adoption
    utilities[:, ACTION_INDEX[Action.DOWNGRADE]] = (
        0.9 * people.price_sensitivity + 0.5 * people.late_payer - 0.5 * overuse
    )
    utilities[:, ACTION_INDEX[Action.ACCEPT]] = 0.3 * people.satisfaction
    return utilities


def baseline_sentiment(people: Respondents) -> Floats:
    """Sentiment index of each customer before the scenario, shape (n,), to go through tanh."""
    return np.asarray(0.35 * people.satisfaction - 0.4 * (people.churn_risk - 0.3), np.float64)


@dataclass(frozen=True)
class StatusQuo:
    """Customers to whom nothing is put, and what no scenario changes of them.

    `utilities`, in logits, and `chances` have shape (actions, n), `sentiment_index` (n,).
    """

    people: Respondents
    utilities: Floats
    chances: Floats
    sentiment_index: Floats

    @cached_property
    def mix(self) -> Floats:
        """Share who take each action, shape (actions,)."""
        return np.asarray(self.chances.mean(axis=1))

    @cached_property
    def sentiment(self) -> float:
        """Their mean sentiment."""
        return float(np.tanh(self.sentiment_index).mean())

    @cached_property
    def bill_dollars(self) -> Floats:
        """Their monthly bills, shape (n,)."""
        return self.people.monthly_bill_dollars.astype(np.float64)

    def exposure(self, attributes: Attributes, steps: tuple[Floats, Floats]) -> Exposure:
        """A scenario as they meet it; see ChoiceModel.forecast."""
        features = np.flatnonzero(attributes.features.any(axis=0))
        return Exposure(
            features,
            attributes.features.T[features],
            self.utilities,
            self.chances,
            self.sentiment_index,
            RevenueExposure(
                self.bill_dollars,
                attributes.bill_change_dollars,
                *steps,
                customers=np.ones(len(self.people)),
            ),
        )


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

        Constants are moved by log(observed / predicted) until they agree (Train 2009, section
        2.8). Raises ValueError when there is no respondent to calibrate on.
        """
        if not len(people):
            raise ValueError("no respondents to calibrate on")
        utilities = baseline_utilities(thin(people, CALIBRATION_CUSTOMERS))
        target = _status_quo_rates(people, carrier)
        constants = np.zeros(len(ACTIONS))
        for _ in range(CALIBRATION_STEPS):
            step = _against_staying(target) - _against_staying(
                chances(utilities + constants).mean(axis=0)
            )
            constants += step
            if np.abs(step).max() < 1e-10:
                break
        return cls(part_worths, constants)

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
            contributions=self._contributions(exposure, _gaining(prediction.mix, group.mix)),
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


def plan_ladder(people: Respondents, carrier: Carrier) -> tuple[Floats, Floats]:
    """Dollars a month to the next dearer and the next cheaper plan of the carrier, each (n,).

    At the end of the ladder, and from a plan it does not have, there is nothing to gain or save.
    """
    prices = np.array([_price(carrier, name) for name in people.plan_names] or [np.nan])
    own = np.where(people.plan >= 0, prices[people.plan], np.nan)
    ladder = np.sort([plan.price_dollars for plan in carrier.plans])
    above = np.searchsorted(ladder, own, side="right")
    below = np.searchsorted(ladder, own, side="left") - 1
    dearer = np.where(above < len(ladder), ladder[np.minimum(above, len(ladder) - 1)] - own, 0.0)
    cheaper = np.where(below >= 0, ladder[np.maximum(below, 0)] - own, 0.0)
    return np.nan_to_num(dearer), np.nan_to_num(cheaper)


def plan_steps(
    people: Respondents, attributes: Attributes, ladder: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Dollars a month a bill changes by upgrading and by downgrading, each of shape (n,).

    A step goes up or down the ladder, and to the new plan where the scenario offers one on that
    side.
    """
    dearer, cheaper = ladder
    step = attributes.new_bill_dollars - people.monthly_bill_dollars
    return np.where(step > 0, step, dearer), np.where(step < 0, step, cheaper)


def thin(people: Respondents, most: int) -> Respondents:
    """At most `most` respondents, evenly spaced over the base."""
    return people if len(people) <= most else people.where(_stride(len(people), most))


def _stride(n: int, most: int) -> NDArray[np.intp]:
    return np.unique(np.linspace(0, n - 1, min(n, most)).astype(np.intp))


def _price(carrier: Carrier, plan_name: str) -> float:
    plan = carrier.plan(plan_name)
    return plan.price_dollars if plan else float("nan")


def _gaining(mix: Floats, status_quo: Floats) -> int:
    return int((mix - status_quo).argmax())


def _status_quo_rates(people: Respondents, carrier: Carrier) -> Floats:
    """Monthly share of customers taking each action when nothing is put to them, shape (7,)."""
    complaints = float(np.clip(people.complaints_12m.mean() / 12, RATE_FLOOR, RATE_CEILING))
    churn = float(np.clip(carrier.monthly_churn, RATE_FLOOR, RATE_CEILING))
    rates = {
        Action.ACCEPT: ACCEPT_RATE,
        Action.COMPLAIN: complaints,
        Action.THREATEN_CHURN: churn * THREATS_PER_CHURN,
        Action.CHURN: churn,
        Action.UPGRADE: UPGRADE_RATE,
        Action.DOWNGRADE: DOWNGRADE_RATE,
    }
    rates[Action.IGNORE] = 1.0 - sum(rates.values())
    return np.array([rates[action] for action in ACTIONS])


def _against_staying(rates: Floats) -> Floats:
    """Log odds of switching against staying put, of voice against IGNORE, shape (7,)."""
    odds = np.log(rates)
    odds[SWITCHING] -= np.log(rates[VOICE].sum())
    odds[VOICE] -= odds[ACTION_INDEX[Action.IGNORE]]
    return odds


def _within(estimate: Estimate, low: float, high: float) -> Estimate:
    value, lower, upper = np.clip((estimate.value, estimate.low, estimate.high), low, high)
    return Estimate(value=float(value), low=float(lower), high=float(upper))
