"""Fit to history: what past events say about what makes customers leave, by maximum a posteriori.

The change in the logarithm of a segment's odds of leaving, from the month before an event to the
month after, is normal around that of the choice model. Only the weights on CHURN are fitted: what
carriers note as accepting or complaining differs too much between their records.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from domain.choice.attributes import attributes_of
from domain.choice.baseline import baseline_utilities
from domain.choice.newton import find_mode
from domain.choice.part_worths import (
    ACTION_INDEX,
    FEATURE_INDEX,
    FEATURES,
    GAINS,
    LOSSES,
    PartWorth,
    PartWorths,
)
from domain.customers import PastEvent, Respondents
from domain.reactions import Action

Floats = NDArray[np.float64]

FITTED = LOSSES + GAINS
ROWS = [FEATURE_INDEX[name] for name in FITTED]
OTHERS = [FEATURE_INDEX[name] for name in FEATURES if name not in FITTED]
CHURN = ACTION_INDEX[Action.CHURN]
MOST_CUSTOMERS = 400  # chosen: of each segment; the mean of so many moves the odds by little

# Prior of the noise in the logarithm of the odds: as if so many rows had been seen with so much.
# Chosen: a few events can neither claim to be exact nor move a weight far.
NOISE, NOISE_ROWS = 0.2, 24


@dataclass(frozen=True, slots=True)
class _EventDesign:
    """The regression design of n past events in a segment each, over at most m of its customers.

    An event has at most t of the fitted features: `features` (n, t) are their places in FITTED,
    `attributes` (n, m, t) their values by customer, 0 where an event has fewer. `log_weight` (n, m)
    is the logarithm of the odds of leaving by baseline utility, summing to one before the event,
    and of what the event does by other features; -inf where a segment has fewer customers.
    """

    event_ids: list[str]
    features: NDArray[np.intp]
    attributes: Floats
    log_weight: Floats
    log_odds_ratio: Floats

    def __len__(self) -> int:
        return len(self.event_ids)


def fit_to_history(
    part_worths: PartWorths, people: Respondents, events: Sequence[PastEvent]
) -> PartWorths:
    """The part-worths with what past events say of leaving in the place of the prior.

    The weight on moving down shrinks with it, so that losses drive away before they move down.
    Events in segments that none of these people is in say nothing; without others nothing changes.
    """
    means, sds = part_worths.matrices()
    design = _event_design(people, events, means)
    if not design:
        return part_worths
    mean, sd = _maximize(design, means[ROWS, CHURN], sds[ROWS, CHURN])
    fitted = dict(zip(FITTED, zip(mean.tolist(), sd.tolist(), strict=True), strict=True))
    return PartWorths(
        weights=tuple(_learn(weight, fitted, means) for weight in part_worths.weights),
        felt=part_worths.felt,
        outcomes_used=part_worths.outcomes_used,
        events_used=len(design),
    )


def _event_design(
    people: Respondents, events: Sequence[PastEvent], weights: Floats
) -> _EventDesign:
    members = {people.segment_ids[code]: _some_of(people, code) for code in _codes(people)}
    baselines = {segment: _baseline_log_odds(group) for segment, group in members.items()}
    events = [event for event in events if event.segment_id in members]
    values = [attributes_of(event.levers, members[event.segment_id]).features for event in events]
    features = [np.flatnonzero(each[:, ROWS].any(axis=0)) for each in values]
    most = max(map(len, baselines.values()), default=0)
    widest = max(map(len, features), default=0)
    design = _EventDesign(
        event_ids=[event.event_id for event in events],
        features=np.zeros((len(events), widest), dtype=np.intp),
        attributes=np.zeros((len(events), most, widest)),
        log_weight=np.full((len(events), most), -np.inf),
        log_odds_ratio=np.array([event.log_odds_ratio for event in events]),
    )
    for row, (event, each, places) in enumerate(zip(events, values, features, strict=True)):
        here = len(each)
        design.features[row, : len(places)] = places
        design.attributes[row, :here, : len(places)] = each[:, ROWS][:, places]
        by_others = each[:, OTHERS] @ weights[OTHERS, CHURN]
        design.log_weight[row, :here] = baselines[event.segment_id] + by_others
    return design


def _codes(people: Respondents) -> list[int]:
    """Codes of the segments that somebody is in."""
    return [int(code) for code in np.unique(people.segment) if code >= 0]


def _some_of(people: Respondents, code: int) -> Respondents:
    """At most MOST_CUSTOMERS of a segment, evenly spaced."""
    here = np.flatnonzero(people.segment == code)
    return people.where(here[:: -(-len(here) // MOST_CUSTOMERS)])


def _baseline_log_odds(people: Respondents) -> Floats:
    """Logarithm of each customer's share in the segment's odds of leaving, shape (m,)."""
    utilities = baseline_utilities(people)[:, CHURN]
    return np.asarray(utilities - np.logaddexp.reduce(utilities))


def _maximize(design: _EventDesign, prior_mean: Floats, prior_sd: Floats) -> tuple[Floats, Floats]:
    """Mode and standard deviations of the weights, each of shape (fitted,).

    First every row counts as one; then as much less as rows of one event err together.
    """
    precision = prior_sd**-2.0
    independent = _mode(design, prior_mean, precision, counts=1.0)
    counts = 1.0 / _design_effect(design, independent)
    mode = _mode(design, prior_mean, precision, counts)
    residuals, slopes = _residuals(design, mode)
    variance = _squares(residuals, counts) / (NOISE_ROWS + counts * len(residuals))
    curvature = counts * slopes.T @ slopes / variance + np.diag(precision)
    return mode, np.sqrt(np.diag(np.linalg.inv(curvature)))


def _mode(design: _EventDesign, prior_mean: Floats, precision: Floats, counts: float) -> Floats:
    """The most probable weights when each row counts as `counts` rows; they keep their signs.

    The noise is integrated out under its prior, which leaves the logarithm of the squares.
    """
    rows = NOISE_ROWS + counts * len(design)

    def loss(weights: Floats) -> tuple[float, Floats]:
        residuals, slopes = _residuals(design, weights)
        away, squares = weights - prior_mean, _squares(residuals, counts)
        slope = rows * counts / squares * (residuals @ slopes) + precision * away
        return float(0.5 * (rows * np.log(squares) + precision @ away**2)), slope

    def curvature(weights: Floats) -> Floats:  # that of Gauss and Newton, never negative
        residuals, slopes = _residuals(design, weights)
        return rows * counts / _squares(residuals, counts) * slopes.T @ slopes + np.diag(precision)

    return find_mode(loss, curvature, prior_mean, np.where(prior_mean > 0, 1.0, -1.0))


def _squares(residuals: Floats, counts: float) -> float:
    return float(NOISE_ROWS * NOISE**2 + counts * (residuals @ residuals))


def _design_effect(design: _EventDesign, weights: Floats) -> float:
    """How many rows say what one would if events erred in each row on its own (Kish 1965).

    1 when they do, the rows of an event when all err alike: in a bad month, or by a wrong curve.
    """
    residuals, _ = _residuals(design, weights)
    _, event = np.unique(design.event_ids, return_inverse=True)
    clustered, independent = (np.bincount(event, residuals) ** 2).sum(), (residuals**2).sum()
    return float(max(1.0, clustered / independent)) if independent else 1.0


def _residuals(design: _EventDesign, weights: Floats) -> tuple[Floats, Floats]:
    """Expected less seen change of the log odds, shape (n,), and its slopes, shape (n, fitted)."""
    log_odds = np.matmul(design.attributes, weights[design.features][:, :, None])[:, :, 0]
    log_odds += design.log_weight
    highest = log_odds.max(axis=1, keepdims=True)
    odds = np.exp(log_odds - highest)
    total = odds.sum(axis=1, keepdims=True)
    means = np.matmul(odds[:, None, :], design.attributes)[:, 0, :] / total
    slopes = np.zeros((len(design), len(weights)))
    # Padding is zero, so that it may be added to any feature.
    np.add.at(slopes, (np.arange(len(design))[:, None], design.features), means)
    expected = (highest + np.log(total))[:, 0]
    return expected - design.log_odds_ratio, slopes


def _learn(weight: PartWorth, fitted: dict[str, tuple[float, float]], priors: Floats) -> PartWorth:
    if weight.feature not in fitted:
        return weight
    mean, sd = fitted[weight.feature]
    if weight.action is Action.CHURN:
        return weight.with_(mean=mean, sd=sd, origin="historical reactions")
    if weight.action is not Action.DOWNGRADE:
        return weight
    ratio = min(1.0, mean / priors[FEATURE_INDEX[weight.feature], CHURN])
    # Rounding can carry the product past the weight on leaving.
    moving_down = min(weight.mean * ratio, mean, key=abs)
    return weight.with_(mean=moving_down, sd=weight.sd * ratio)
