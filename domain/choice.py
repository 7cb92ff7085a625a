"""The choice model: what customers do about a scenario, computed one customer at a time.

Two multinomial logits (McFadden 1974), one inside the other: deeds first (leave, move up, move
down, or stay put), then words for those who stay put (accept, ignore, complain, threaten). A single
logit over the seven actions would let every new complaint draw in proportion from those about to
leave (independence of irrelevant alternatives, Train 2009, section 3.3), so that bad news would
seem to keep customers.

A group's answer is sample enumeration, the mean of its customers' chances, never the chance of a
mean customer (Train 2009, section 2.6). Every effect is measured against the status quo: the same
customers with no scenario at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from domain.catalog import Carrier
from domain.lever_features import Felt
from domain.part_worths import ACTION_INDEX, DEEDS, FEATURE_INDEX, FEATURES, WORDS, PartWorths
from domain.reactions import ACTIONS, Action
from domain.respondents import Respondents
from domain.values import Estimate

Floats = NDArray[np.float64]

INTERVAL = (0.05, 0.95)  # every interval covers 90 %
DRAWS = 100  # chosen: interval ends move by about a tenth of their width beyond this
INTERVAL_CUSTOMERS = 1_000  # chosen: customers per draw; point values always use everybody
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


def chances(utilities: Floats) -> Floats:
    """Chance of each action, shape (..., actions), rows sum to 1.

    `utilities` are in logits: deeds against staying put at zero, words against IGNORE at zero.
    Raises ValueError on NaN.
    """
    put = np.zeros((*utilities.shape[:-1], 1))
    deeds = softmax(np.concatenate((put, utilities[..., DEEDS]), axis=-1))
    result = np.empty_like(utilities)
    result[..., DEEDS] = deeds[..., 1:]
    result[..., WORDS] = deeds[..., :1] * softmax(utilities[..., WORDS])
    return result


def softmax(utilities: Floats) -> Floats:
    """Chance of each alternative of one logit, shape (..., alternatives), rows sum to 1.

    Raises ValueError on NaN.
    """
    if np.isnan(utilities).any():
        raise ValueError("utilities hold NaN")
    exponents = np.exp(utilities - utilities.max(axis=-1, keepdims=True))
    return np.asarray(exponents / exponents.sum(axis=-1, keepdims=True))


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

    @cached_property
    def _means(self) -> tuple[Floats, Floats]:
        return self.part_worths.matrices()[0], self.part_worths.feelings()[0]

    def action_chances(self, people: Respondents, felt: Felt) -> Floats:
        """Chance of each action for each respondent, shape (n, actions), rows sum to 1."""
        weights, _ = self._means
        return chances(self.constants + temperament(people) + felt.features @ weights)

    def forecast(
        self, people: Respondents, felt: Felt, steps: tuple[Floats, Floats], seed: int
    ) -> Forecast:
        """What this group does about the scenario, with 90 % intervals.

        `steps` are the dollars a month each respondent's bill would change by upgrading and by
        downgrading. Intervals come from draws of the part-worths and a Bayesian bootstrap of the
        customers (Rubin 1981). Raises ValueError when the group is empty.
        """
        if not len(people):
            raise ValueError("nobody to ask")
        weights, feelings = self._means
        baseline = self.constants + temperament(people)
        spirits = mood(people)
        usual = chances(baseline)
        moved = chances(baseline + felt.features @ weights)
        even = np.full(len(people), 1.0 / len(people))
        tally = _Tally(people, felt, usual, steps)
        point = tally.measures(moved, np.tanh(spirits + felt.features @ feelings), even)
        spread = self._spread(people, felt, steps, seed)
        estimates = {name: _estimate(point[name], spread[name]) for name in point}
        mix, status_quo = moved.mean(axis=0), usual.mean(axis=0)
        return Forecast(
            customers=len(people),
            affected_share=float(felt.affected.mean()),
            mix=mix / mix.sum(),
            status_quo=status_quo,
            sentiment=_within(estimates["sentiment"], -1.0, 1.0),
            status_quo_sentiment=float(np.tanh(spirits).mean()),
            churn_uplift_points=estimates["churn_uplift_points"],
            revenue=RevenueChange(
                **{k: estimates[k] for k in ("price", "churn", "downgrade", "upgrade", "total")}
            ),
            revenue_at_risk=estimates["at_risk"],
            monthly_bill_dollars=float(people.monthly_bill_dollars.mean()),
            contributions=self._contributions(baseline, felt, _gaining(mix, status_quo)),
        )

    def _spread(
        self, people: Respondents, felt: Felt, steps: tuple[Floats, Floats], seed: int
    ) -> dict[str, Floats]:
        """Each measure under DRAWS plausible worlds, arrays of shape (DRAWS,)."""
        rng = np.random.default_rng(seed)
        weights, feelings = self.part_worths.draw(rng, DRAWS)
        kept = _stride(len(people), INTERVAL_CUSTOMERS)
        sample, touch = people.where(kept), felt.features[kept]
        baseline = self.constants + temperament(sample)
        spirits = mood(sample)
        tally = _Tally(
            sample,
            Felt(touch, felt.bill_change_dollars[kept], felt.new_bill_dollars[kept]),
            chances(baseline),
            (steps[0][kept], steps[1][kept]),
        )
        # Each kept customer stands for len(people) / len(kept): weights vary accordingly less.
        counts = rng.gamma(len(people) / len(kept), size=(DRAWS, len(kept)))
        counts /= counts.sum(axis=1, keepdims=True)
        worlds = [
            tally.measures(
                chances(baseline + touch @ weights[d]),
                np.tanh(spirits + touch @ feelings[d]),
                counts[d],
            )
            for d in range(DRAWS)
        ]
        return {name: np.array([world[name] for world in worlds]) for name in worlds[0]}

    def _contributions(self, baseline: Floats, felt: Felt, action: int) -> tuple[Contribution, ...]:
        """Features at work, the most moving first; points are lost when one is taken out alone."""
        weights, _ = self._means
        kept = _stride(len(baseline), INTERVAL_CUSTOMERS)
        base, touch = baseline[kept], felt.features[kept]
        full = chances(base + touch @ weights)[:, action].mean()
        found = []
        for name in FEATURES:
            index = FEATURE_INDEX[name]
            if not touch[:, index].any() or not weights[index].any():
                continue
            without = touch.copy()
            without[:, index] = 0
            rest = chances(base + without @ weights)[:, action].mean()
            found.append(
                Contribution(
                    feature=name,
                    logits=float(touch[:, index].mean() * weights[index, action]),
                    percentage_points=float(100 * (full - rest)),
                )
            )
        return tuple(sorted(found, key=lambda c: -abs(c.percentage_points)))


@dataclass(frozen=True, slots=True)
class _Tally:
    """Turns chances into money over a fixed set of customers."""

    people: Respondents
    felt: Felt
    usual: Floats
    steps: tuple[Floats, Floats]

    def measures(self, moved: Floats, sentiment: Floats, weight: Floats) -> dict[str, float]:
        """Weighted means of what the actions `moved` (n, actions) mean against the usual."""
        bill = self.people.monthly_bill_dollars.astype(np.float64)
        change = moved - self.usual
        churn = change[:, ACTION_INDEX[Action.CHURN]]
        stay = 1.0 - moved[:, ACTION_INDEX[Action.CHURN]]
        up, down = self.steps
        at_risk = (
            moved[:, ACTION_INDEX[Action.CHURN]] + moved[:, ACTION_INDEX[Action.THREATEN_CHURN]]
        )
        parts = {
            "price": weight @ (self.felt.bill_change_dollars * stay),
            "churn": -(weight @ (bill * churn)),
            "downgrade": weight @ (down * change[:, ACTION_INDEX[Action.DOWNGRADE]]),
            "upgrade": weight @ (up * change[:, ACTION_INDEX[Action.UPGRADE]]),
        }
        return {
            **{name: float(value) for name, value in parts.items()},
            "total": float(sum(parts.values())),
            "at_risk": float(weight @ (bill * at_risk)),
            "churn_uplift_points": float(100 * (weight @ churn)),
            "sentiment": float(weight @ sentiment),
        }


def plan_steps(people: Respondents, felt: Felt, carrier: Carrier) -> tuple[Floats, Floats]:
    """Dollars a month a bill changes by upgrading and by downgrading, each of shape (n,).

    A step goes to the next dearer or cheaper plan of the carrier, and to the new plan where the
    scenario offers one on that side; at the end of the ladder there is nothing to gain or save.
    """
    prices = np.array([_price(carrier, name) for name in people.plan_names] or [np.nan])
    own = np.where(people.plan >= 0, prices[people.plan], np.nan)
    ladder = np.sort([plan.price_dollars for plan in carrier.plans])
    above = np.searchsorted(ladder, own, side="right")
    below = np.searchsorted(ladder, own, side="left") - 1
    dearer = np.where(above < len(ladder), ladder[np.minimum(above, len(ladder) - 1)] - own, 0.0)
    cheaper = np.where(below >= 0, ladder[np.maximum(below, 0)] - own, 0.0)
    step = felt.new_bill_dollars - people.monthly_bill_dollars
    up = np.where(step > 0, step, np.nan_to_num(dearer))
    down = np.where(step < 0, step, np.nan_to_num(cheaper))
    return up, down


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


def _estimate(value: float, draws: Floats) -> Estimate:
    low, high = np.quantile(draws, INTERVAL)
    return Estimate(value=value, low=min(float(low), value), high=max(float(high), value))


def _within(estimate: Estimate, low: float, high: float) -> Estimate:
    value, lower, upper = np.clip((estimate.value, estimate.low, estimate.high), low, high)
    return Estimate(value=float(value), low=float(lower), high=float(upper))
