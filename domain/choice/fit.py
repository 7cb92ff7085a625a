"""Fit: what campaign outcomes say about part-worths, by maximum a posteriori.

Customers who were sent an offer took it, complained or let it pass: the logit of voice, without
its threats. Its slopes are the part-worths of gains and replace the priors; its constants belong to
being sent a campaign, not to living through a change, and stay behind (Train 2009, section 2.8).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from domain.choice.attributes import attributes_of
from domain.choice.baseline import baseline_utilities
from domain.choice.newton import find_mode
from domain.choice.part_worths import (
    ACTION_INDEX,
    FEATURE_INDEX,
    PRIOR,
    PartWorth,
    PartWorths,
    SentimentWeight,
)
from domain.customers import CampaignOutcomes, Respondents
from domain.levers import AnyLever, Credit, LoyaltyReward, PriceChange, ValueAdd
from domain.reactions import Action

Floats = NDArray[np.float64]

PART_WORTHS_ID = "part-worths"  # name under which the fitted part-worths are kept

FITTED = ("price_cut", "value_add", "credit", "loyalty_reward")
LEARNT = (Action.ACCEPT, Action.COMPLAIN)  # next to IGNORE, what an outcome can be
FEWEST_OUTCOMES = 500  # chosen: below this a fit would mostly give the prior back
CURVATURE_ROWS = 20_000  # chosen: about so many give the curvature on the way; at the mode, all
CONSTANT_SD = 10.0  # chosen: no opinion on how often a campaign is answered

OFFERS: dict[str, Callable[[float], AnyLever]] = {
    "Bill Credit": lambda dollars: Credit(amount_dollars=dollars),
    "Monthly Discount": lambda dollars: PriceChange(amount_dollars=-dollars),
    "Free Streaming": lambda dollars: _perk("streaming", dollars),
    "Data Bonus": lambda dollars: _perk("data", dollars),
    "Free Roaming": lambda dollars: _perk("roaming", dollars),
    "Device Discount": lambda dollars: Credit(amount_dollars=dollars),
    "Bonus Points": lambda dollars: LoyaltyReward(worth_dollars=dollars),
}


@dataclass(frozen=True, slots=True)
class Posterior:
    """Mode and Laplace standard deviation of a logit's weights, each (alternatives - 1, k)."""

    mean: Floats
    sd: Floats


def fit_part_worths(people: Respondents, outcomes: CampaignOutcomes) -> PartWorths:
    """The prior part-worths, improved by the outcomes where these can speak.

    With fewer than FEWEST_OUTCOMES outcomes of known offers the priors are returned as they are.
    """
    design, chosen = _design(people, outcomes)
    if len(chosen) < FEWEST_OUTCOMES:
        return PRIOR
    prior_mean, prior_sd = _priors()
    signs = np.zeros_like(prior_mean)
    signs[:, 2:] = np.sign(prior_mean[:, 2:])
    posterior = fit_logit(design, chosen, prior_mean, prior_sd, signs)
    return _merged(posterior, len(chosen))


def fit_logit(
    design: Floats, chosen: NDArray[np.intp], prior_mean: Floats, prior_sd: Floats, signs: Floats
) -> Posterior:
    """Maximum a posteriori weights of a multinomial logit with alternative 0 as reference.

    `design` has shape (n, k); `chosen` (n,) holds 0 .. J-1; priors are independent normals of
    shape (J-1, k). `signs` of that shape holds weights to at least (+1) or at most (-1) zero and
    leaves those with 0 free. Standard deviations come from the Hessian at the mode.
    """
    shape = prior_mean.shape
    features = np.ascontiguousarray(design.T)
    picked = [design[chosen == alternative].sum(axis=0) for alternative in range(1, shape[0] + 1)]
    precision = 1.0 / prior_sd**2
    every = 1 + len(design) // CURVATURE_ROWS

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(shape)
        chances, log_total = _chances(features, weights)
        likelihood = (weights * picked).sum() - log_total.sum()
        away = weights - prior_mean
        slope = chances @ design - picked + precision * away
        return float(0.5 * (precision * away**2).sum() - likelihood), slope.ravel()

    def bend(flat: Floats) -> Floats:
        some = np.ascontiguousarray(features[:, ::every])
        return every * _curvature(some, flat.reshape(shape)) + np.diag(precision.ravel())

    # One thread: BLAS's threads took 5.5 s to wait for each other where one takes half a second.
    with threadpool_limits(limits=1, user_api="blas"):
        mean = find_mode(loss, bend, prior_mean.ravel(), signs.ravel()).reshape(shape)
        curvature = _curvature(features, mean) + np.diag(precision.ravel())
    return Posterior(mean, np.sqrt(np.diag(np.linalg.inv(curvature))).reshape(shape))


def _chances(features: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Chances of alternatives 1 .. J-1, shape (J-1, n), and the log of the sum of odds, (n,).

    `features` has shape (k, n): numpy is quick along the last axis, which customers are many on.
    """
    utilities = weights @ features
    top = np.maximum(utilities.max(axis=0), 0.0)
    odds = np.exp(utilities - top)
    total = np.exp(-top) + odds.sum(axis=0)
    return odds / total, top + np.log(total)


def _curvature(features: Floats, weights: Floats) -> Floats:
    """Negative Hessian of the log-likelihood, shape ((J-1) k, (J-1) k)."""
    chances, _ = _chances(features, weights)
    alternatives, k = weights.shape
    blocks = np.empty((alternatives, k, alternatives, k))
    for a in range(alternatives):
        for b in range(alternatives):
            spread = chances[a] * ((a == b) - chances[b])
            blocks[a, :, b, :] = (features * spread) @ features.T
    return blocks.reshape(alternatives * k, alternatives * k)


def _design(people: Respondents, outcomes: CampaignOutcomes) -> tuple[Floats, NDArray[np.intp]]:
    """Columns: 1, baseline utility of complaining, each fitted feature; and the choices made."""
    columns = [FEATURE_INDEX[name] for name in FITTED]
    baseline = baseline_utilities(people)[:, ACTION_INDEX[Action.COMPLAIN]]
    rows, parts = [], []
    for offer, dollars in _offers_made(outcomes):
        lever = OFFERS[outcomes.offer_types[offer]](float(dollars))
        here = np.flatnonzero((outcomes.offer == offer) & (outcomes.offer_value_dollars == dollars))
        who = outcomes.respondent[here].astype(np.intp)
        features = attributes_of([lever], people.where(who)).features[:, columns]
        parts.append(np.column_stack((np.ones(len(here)), baseline[who], features)))
        rows.append(here)
    if not rows:
        return np.empty((0, 2 + len(FITTED))), np.empty(0, dtype=np.intp)
    actions = outcomes.action[np.concatenate(rows)]
    chosen = np.zeros(len(actions), dtype=np.intp)
    for alternative, action in enumerate(LEARNT, start=1):
        chosen[actions == ACTION_INDEX[action]] = alternative
    return np.vstack(parts), chosen


def _offers_made(outcomes: CampaignOutcomes) -> list[tuple[int, float]]:
    pairs = np.unique(
        np.column_stack((outcomes.offer.astype(np.float64), outcomes.offer_value_dollars)), axis=0
    )
    return [
        (int(offer), float(dollars))
        for offer, dollars in pairs
        if outcomes.offer_types[int(offer)] in OFFERS and dollars > 0
    ]


def _priors() -> tuple[Floats, Floats]:
    mean, sd = (
        np.zeros((len(LEARNT), 2 + len(FITTED))),
        np.full((len(LEARNT), 2 + len(FITTED)), CONSTANT_SD),
    )
    weights, spreads = PRIOR.matrices()
    for row, action in enumerate(LEARNT):
        for column, name in enumerate(FITTED, start=2):
            at = FEATURE_INDEX[name], ACTION_INDEX[action]
            mean[row, column], sd[row, column] = weights[at], max(spreads[at], 0.1)
    return mean, sd


def _merged(posterior: Posterior, outcomes_used: int) -> PartWorths:
    """The prior table with the fitted weights in place, acceptance still the extreme of its row."""
    learnt = {
        (name, action): (posterior.mean[row, column], posterior.sd[row, column])
        for row, action in enumerate(LEARNT)
        for column, name in enumerate(FITTED, start=2)
    }
    weights = tuple(_learn(weight, learnt) for weight in PRIOR.weights)
    sentiment = tuple(_rescaled(weight, learnt) for weight in PRIOR.felt)
    return PartWorths(weights=weights, felt=sentiment, outcomes_used=outcomes_used)


Learnt = dict[tuple[str, Action], tuple[float, float]]


def _learn(weight: PartWorth, learnt: Learnt) -> PartWorth:
    if (weight.feature, weight.action) in learnt:
        mean, sd = learnt[weight.feature, weight.action]
        return weight.with_(mean=float(mean), sd=float(sd), origin="campaign outcomes")
    return weight


def _rescaled(weight: SentimentWeight, learnt: Learnt) -> SentimentWeight:
    """Sentiment follows acceptance: a gain worth twice its prior pleases twice as much."""
    if weight.feature not in FITTED:
        return weight
    prior = PRIOR.matrices()[0][FEATURE_INDEX[weight.feature], ACTION_INDEX[Action.ACCEPT]]
    ratio = float(learnt[weight.feature, Action.ACCEPT][0]) / prior
    return weight.with_(mean=weight.mean * ratio, sd=weight.sd * ratio)


def _perk(affinity: str, dollars: float) -> ValueAdd:
    return ValueAdd.model_validate(
        {"name": affinity, "monthly_worth_dollars": dollars, "affinity": affinity}
    )
