"""The choice model: what customers do about a scenario, computed one customer at a time.

Utilities become chances by two multinomial logits (McFadden 1974), one inside the other; see
domain/chances.py. A group's answer is sample enumeration, the mean of its customers' chances, never
the chance of a mean customer (Train 2009, section 2.6). Every effect is measured against the status
quo: the same customers with no scenario at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from domain.catalog import Carrier
from domain.chances import become_chances, chances
from domain.lever_features import Felt
from domain.part_worths import ACTION_INDEX, DEEDS, FEATURES, WORDS, PartWorths
from domain.reactions import ACTIONS, Action
from domain.respondents import Respondents
from domain.values import Estimate
from domain.worlds import INTERVAL_CUSTOMERS, Stakes, Worlds, estimates

Floats = NDArray[np.float64]

MOST_WORLDS = 24  # chosen: kept, each 0.9 MB; eight personas asked with three seeds
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
    """What a group of customers does about a scenario. `mix` and `status_quo` have shape (7,)."""

    customers: int
    affected_share: float
    mix: Floats
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


def temperament(people: Respondents) -> Floats:
    """How customers differ before anything is put to them: logits, shape (n, actions).

    The weights are chosen; only differences between customers matter here, as the constants are
    calibrated to the observed rates on top of them.
    """
    overuse = np.clip(people.data_gb / np.maximum(people.data_allowance_gb, 1.0), 0, 1)
    bill = np.maximum(people.monthly_bill_dollars, 10.0)
    cheaper_elsewhere = np.clip(people.competitor_saving_dollars / bill, -0.5, 0.5)
    bound = (people.contract_months_left > 0).astype(np.float32)
    leaning = np.zeros((len(people), len(ACTIONS)))
    leaning[:, ACTION_INDEX[Action.COMPLAIN]] = (
        0.7 * np.log1p(people.complaints_12m) + 0.4 * people.price_sensitivity
    )
    leaving = (
        1.8 * people.churn_risk
        + 0.8 * people.switching_propensity
        + 0.6 * cheaper_elsewhere
        - 0.004 * np.minimum(people.tenure_months, 120)
        - 0.4 * people.satisfaction
    )
    leaning[:, ACTION_INDEX[Action.THREATEN_CHURN]] = leaving + 0.2 * np.log1p(
        people.complaints_12m
    )
    leaning[:, ACTION_INDEX[Action.CHURN]] = leaving - 0.7 * bound
    leaning[:, ACTION_INDEX[Action.UPGRADE]] = 0.8 * overuse + 0.8 * people.tech_adoption
    leaning[:, ACTION_INDEX[Action.DOWNGRADE]] = (
        0.9 * people.price_sensitivity + 0.5 * people.late_payer - 0.5 * overuse
    )
    leaning[:, ACTION_INDEX[Action.ACCEPT]] = 0.3 * people.satisfaction
    return leaning


def mood(people: Respondents) -> Floats:
    """Sentiment index of each customer before the scenario, shape (n,), to go through tanh."""
    return np.asarray(0.35 * people.satisfaction - 0.4 * (people.churn_risk - 0.3), np.float64)


@dataclass(frozen=True)
class StatusQuo:
    """Customers to whom nothing is put, and what no scenario changes of them.

    `baseline` and `usual` are utilities in logits and chances, shape (n, actions); `spirits` is the
    sentiment index, (n,). `kept` are the rows of those who stand for all where something is tried
    many times, evenly spaced.
    """

    people: Respondents
    baseline: Floats
    usual: Floats
    spirits: Floats
    kept: NDArray[np.intp]

    @cached_property
    def mix(self) -> Floats:
        """Share who take each action, shape (actions,)."""
        return np.asarray(self.usual.mean(axis=0))

    @cached_property
    def sentiment(self) -> float:
        """Their mean sentiment."""
        return float(np.tanh(self.spirits).mean())

    @cached_property
    def monthly_bill_dollars(self) -> float:
        """Their mean bill."""
        return float(self.people.monthly_bill_dollars.mean())


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
        leaning = temperament(thin(people, CALIBRATION_CUSTOMERS))
        target = _status_quo_rates(people, carrier)
        constants = np.zeros(len(ACTIONS))
        for _ in range(CALIBRATION_STEPS):
            step = _against_staying(target) - _against_staying(
                chances(leaning + constants).mean(axis=0)
            )
            constants += step
            if np.abs(step).max() < 1e-10:
                break
        return cls(part_worths, constants)

    def status_quo(self, people: Respondents) -> StatusQuo:
        """These customers before anything is put to them. Raises ValueError for nobody."""
        if not len(people):
            raise ValueError("nobody to ask")
        baseline = self.constants + temperament(people)
        kept = _stride(len(people), INTERVAL_CUSTOMERS)
        return StatusQuo(people, baseline, chances(baseline), mood(people), kept)

    def action_chances(self, people: Respondents, felt: Felt) -> Floats:
        """Chance of each action for each respondent, shape (n, actions), rows sum to 1."""
        return self.moved(self.status_quo(people), felt)

    def moved(self, group: StatusQuo, felt: Felt) -> Floats:
        """The same for customers whose status quo is known."""
        weights, _ = self._means
        return chances(group.baseline + felt.features @ weights)

    def forecast(
        self, group: StatusQuo, felt: Felt, steps: tuple[Floats, Floats], seed: int
    ) -> Forecast:
        """What this group does about the scenario, with 90 % intervals.

        `steps` are the dollars a month each respondent's bill would change by upgrading and by
        downgrading. Intervals come from plausible worlds, see domain/worlds.py.
        """
        people, spirits, kept = group.people, group.spirits, group.kept
        _, feelings = self._means
        moved = self.moved(group, felt)
        bill = people.monthly_bill_dollars.astype(np.float64)
        stakes = Stakes(bill, felt.bill_change_dollars, *steps, group.usual.T)
        even = np.full(len(people), 1.0 / len(people))
        point = stakes.measures(moved.T, np.tanh(spirits + felt.features @ feelings), even)
        spread = self._worlds(seed, len(people), len(kept)).measures(
            stakes.of(kept), group.baseline[kept], spirits[kept], felt.features[kept]
        )
        told = estimates(point, spread)
        mix, status_quo = moved.mean(axis=0), group.mix
        return Forecast(
            customers=len(people),
            affected_share=float(felt.affected.mean()),
            mix=mix / mix.sum(),
            status_quo=status_quo,
            sentiment=_within(told["sentiment"], -1.0, 1.0),
            status_quo_sentiment=group.sentiment,
            churn_uplift_points=told["churn_uplift_points"],
            revenue=RevenueChange(
                **{k: told[k] for k in ("price", "churn", "downgrade", "upgrade", "total")}
            ),
            revenue_at_risk=told["at_risk"],
            monthly_bill_dollars=group.monthly_bill_dollars,
            contributions=self._contributions(group, felt, _gaining(mix, status_quo)),
        )

    @cached_property
    def _means(self) -> tuple[Floats, Floats]:
        return self.part_worths.matrices()[0], self.part_worths.feelings()[0]

    @cached_property
    def _worlds(self) -> Callable[[int, int, int], Worlds]:
        """By seed, customers and how many of them are kept; drawn once for all that ask so."""
        return lru_cache(MOST_WORLDS)(partial(Worlds.imagined, self.part_worths))

    def _contributions(self, group: StatusQuo, felt: Felt, action: int) -> tuple[Contribution, ...]:
        """Features at work, the most moving first; points are lost when one is taken out alone."""
        weights, _ = self._means
        touch = np.ascontiguousarray(felt.features[group.kept].T)
        at_work = [i for i in range(len(FEATURES)) if touch[i].any() and weights[i].any()]
        tried = np.repeat(touch[np.newaxis], 1 + len(at_work), axis=0)
        tried[range(1, len(tried)), at_work] = 0
        moved = np.empty((len(ACTIONS), len(tried), len(group.kept)))
        np.matmul(np.ascontiguousarray(weights.T), tried, out=moved.transpose(1, 0, 2))
        moved += np.ascontiguousarray(group.baseline[group.kept].T)[:, np.newaxis]
        full, *rest = become_chances(moved)[action].mean(axis=-1)
        found = [
            Contribution(
                feature=FEATURES[i],
                logits=float(touch[i].mean() * weights[i, action]),
                percentage_points=float(100 * (full - left)),
            )
            for i, left in zip(at_work, rest, strict=True)
        ]
        return tuple(sorted(found, key=lambda c: -abs(c.percentage_points)))


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
    people: Respondents, felt: Felt, ladder: tuple[Floats, Floats]
) -> tuple[Floats, Floats]:
    """Dollars a month a bill changes by upgrading and by downgrading, each of shape (n,).

    A step goes up or down the ladder, and to the new plan where the scenario offers one on that
    side.
    """
    dearer, cheaper = ladder
    step = felt.new_bill_dollars - people.monthly_bill_dollars
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
    """Log odds of deeds against staying put and of words against IGNORE, shape (7,)."""
    odds = np.log(rates)
    odds[DEEDS] -= np.log(rates[WORDS].sum())
    odds[WORDS] -= odds[ACTION_INDEX[Action.IGNORE]]
    return odds


def _within(estimate: Estimate, low: float, high: float) -> Estimate:
    value, lower, upper = np.clip((estimate.value, estimate.low, estimate.high), low, high)
    return Estimate(value=float(value), low=float(lower), high=float(upper))
