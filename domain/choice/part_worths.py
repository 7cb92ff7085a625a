"""Part-worths: how much each feature of a scenario weighs on each action, in logits.

A feature measures a lever as one customer meets it (domain/choice/attributes.py); one unit of
a money feature is a tenth of the customer's monthly bill. Switching (leaving, moving up or down) is
weighed against staying put, voice (accepting, complaining, threatening) against saying nothing:
the exit and the voice of Hirschman (1970).

The priors are chosen, not estimated: their signs and orders follow the choice literature (a loss
weighs about twice an equal gain, Tversky and Kahneman 1992; contract and tenure hold customers),
their sizes were set so that a 5 % rise costs an average customer base a few tenths of a point of
monthly churn, that of a rival's offer as docs/methodology.md argues. domain/choice/fit.py replaces
those that campaign outcomes can speak to, fit_history.py what past events say of leaving.
"""

from __future__ import annotations

from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from domain.choice.latin_hypercube import even_draws
from domain.reactions import ACTIONS, Action
from domain.values import Value

Matrix = NDArray[np.float64]

LOSSES: tuple[str, ...] = (
    "price_rise",  # tenths of the bill, scaled by price sensitivity
    "value_removed",  # tenths of the bill, scaled by affinity
    "bad_news",  # 1 for a customer touched by a loss of the carrier's making, by notice given
    "policy_tightened",  # 0 .. 1, how much the rule touches the customer
    "network_loss",  # 0 .. about 2, outage or lost coverage
    "lock_in",  # years of new commitment asked of a customer without one
    "competitor_pull",  # tenths of the bill a rival would save, scaled by readiness to switch
)
GAINS: tuple[str, ...] = (
    "price_cut",  # tenths of the bill
    "value_add",  # tenths of the bill, scaled by affinity
    "credit",  # tenths of the bill, a credit spread over a year
    "policy_loosened",  # 0 .. 1
    "network_gain",  # 0 .. about 2, scaled by the coverage the customer lacks
    "loyalty_reward",  # tenths of the bill, a reward spread over a year
)
OPENINGS: tuple[str, ...] = (  # neither gain nor loss: they open doors
    "freed",  # 0.2 .. 1, a contract that no longer holds the customer
    "told",  # 1 for a customer to whom the carrier's move applies
    "step_up",  # 0 .. 1, appeal of a new plan dearer than the customer's own
    "step_down",  # 0 .. 1, appeal of a new plan cheaper than the customer's own
)
FEATURES: tuple[str, ...] = LOSSES + GAINS + OPENINGS
FEATURE_INDEX = {name: index for index, name in enumerate(FEATURES)}
ACTION_INDEX = {action: index for index, action in enumerate(ACTIONS)}
SWITCHING = [ACTION_INDEX[action] for action in (Action.CHURN, Action.UPGRADE, Action.DOWNGRADE)]
VOICE = [index for index in range(len(ACTIONS)) if index not in SWITCHING]

Origin = Literal["prior", "campaign outcomes", "historical reactions"]


class PartWorth(Value):
    """One weight in logits per unit of the feature, with the spread of what we know of it."""

    feature: str
    action: Action
    mean: float
    sd: Annotated[float, Field(ge=0)]
    origin: Origin = "prior"


class SentimentWeight(Value):
    """What a unit of a feature does to the sentiment index (before tanh), with its spread."""

    feature: str
    mean: float
    sd: Annotated[float, Field(ge=0)]


class PartWorths(Value):
    """The parameters of the choice model. Features and actions not named weigh nothing.

    Refused unless a loss repels no switching, attracts CHURN most among it and repels ACCEPT most
    among voice, and a gain does the reverse: only then can a larger price rise never raise
    acceptance or lower churn, nor a free benefit do harm, whatever the customer.
    `felt` are the weights of the sentiment index, under the name that stored part-worths have.
    """

    weights: tuple[PartWorth, ...]
    felt: tuple[SentimentWeight, ...]
    outcomes_used: Annotated[int, Field(ge=0)] = 0
    events_used: Annotated[int, Field(ge=0)] = 0

    @model_validator(mode="after")
    def _known_and_ordered(self) -> Self:
        for name in [w.feature for w in self.weights] + [f.feature for f in self.felt]:
            if name not in FEATURE_INDEX:
                raise ValueError(f"unknown feature {name!r}")
        mean, _ = self.matrices()
        if not np.array_equal(mean, keep_order(mean)):
            raise ValueError("losses and gains must keep the order of actions")
        return self

    def matrices(self) -> tuple[Matrix, Matrix]:
        """Means and standard deviations, each of shape (features, actions), in logits."""
        mean = np.zeros((len(FEATURES), len(ACTIONS)))
        sd = np.zeros_like(mean)
        for weight in self.weights:
            at = FEATURE_INDEX[weight.feature], ACTION_INDEX[weight.action]
            mean[at], sd[at] = weight.mean, weight.sd
        return mean, sd

    def sentiment_weights(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Means and standard deviations of the sentiment weights, each of shape (features,)."""
        mean, sd = np.zeros(len(FEATURES)), np.zeros(len(FEATURES))
        for weight in self.felt:
            mean[FEATURE_INDEX[weight.feature]] = weight.mean
            sd[FEATURE_INDEX[weight.feature]] = weight.sd
        return mean, sd

    def draw(self, rng: np.random.Generator, draws: int) -> tuple[Matrix, Matrix]:
        """Plausible weights: utility (draws, features, actions), sentiment (draws, features).

        Normal around the means, held to the signs of the means and to the order of acceptance, so
        that what is true of the model is true of every draw.
        """
        mean, sd = self.matrices()
        weights = mean + sd * even_draws(rng, draws, *mean.shape)
        weights = np.where(mean >= 0, np.maximum(weights, 0), np.minimum(weights, 0))
        mean, sd = self.sentiment_weights()
        sentiment = mean + sd * even_draws(rng, draws, len(FEATURES))
        sentiment = np.where(mean >= 0, np.maximum(sentiment, 0), np.minimum(sentiment, 0))
        return keep_order(weights), sentiment


def keep_order(weights: Matrix) -> Matrix:
    """The same weights, shape (..., features, actions), changed where they break the order.

    Moving up and down give way to leaving, which is what figures rest on: were it the extreme of
    all, what we do not know of moving down would carry the draws of leaving off to one side.
    """
    ordered = weights.copy()
    accept, churn = ACTION_INDEX[Action.ACCEPT], ACTION_INDEX[Action.CHURN]
    for name in LOSSES + GAINS:
        row = ordered[..., FEATURE_INDEX[name], :]
        if name in LOSSES:
            row[..., accept] = row[..., VOICE].min(axis=-1)
            leaving = np.maximum(row[..., [churn]], 0)
            row[..., SWITCHING] = np.clip(row[..., SWITCHING], 0, leaving)
        else:
            row[..., accept] = row[..., VOICE].max(axis=-1)
            leaving = np.minimum(row[..., [churn]], 0)
            row[..., SWITCHING] = np.clip(row[..., SWITCHING], leaving, 0)
    return ordered


RELATIVE_SPREAD = 0.3  # chosen: prior standard deviation as a share of the mean
RELATIVE_SPREAD_OF_PULL = 0.5  # chosen: that of a rival's offer rests on one quarter of one carrier


def _row(feature: str, spread: float = RELATIVE_SPREAD, **logits: float) -> tuple[PartWorth, ...]:
    return tuple(
        PartWorth(feature=feature, action=Action(name), mean=mean, sd=abs(mean) * spread)
        for name, mean in logits.items()
    )


def _sentiment(**index: float) -> tuple[SentimentWeight, ...]:
    return tuple(
        SentimentWeight(feature=name, mean=mean, sd=abs(mean) * RELATIVE_SPREAD)
        for name, mean in index.items()
    )


PRIOR = PartWorths(
    weights=(
        *_row(
            "price_rise",
            ACCEPT=-0.8,
            DOWNGRADE=0.35,
            COMPLAIN=0.9,
            THREATEN_CHURN=0.7,
            CHURN=0.35,
        ),
        *_row(
            "value_removed",
            ACCEPT=-0.7,
            DOWNGRADE=0.25,
            COMPLAIN=0.8,
            THREATEN_CHURN=0.45,
            CHURN=0.25,
        ),
        *_row("bad_news", ACCEPT=-0.3, COMPLAIN=1.7, THREATEN_CHURN=0.9, CHURN=0.05),
        *_row(
            "policy_tightened",
            ACCEPT=-0.8,
            DOWNGRADE=0.1,
            COMPLAIN=1.2,
            THREATEN_CHURN=0.7,
            CHURN=0.3,
        ),
        *_row(
            "network_loss",
            ACCEPT=-1.0,
            DOWNGRADE=0.1,
            COMPLAIN=1.5,
            THREATEN_CHURN=0.8,
            CHURN=0.4,
        ),
        *_row("lock_in", ACCEPT=-0.6, COMPLAIN=0.5, THREATEN_CHURN=0.5, CHURN=0.25),
        *_row(
            "competitor_pull",
            RELATIVE_SPREAD_OF_PULL,
            ACCEPT=-0.3,
            COMPLAIN=0.1,
            THREATEN_CHURN=0.25,
            CHURN=0.12,
        ),
        *_row(
            "price_cut",
            ACCEPT=0.6,
            DOWNGRADE=-0.2,
            COMPLAIN=-0.3,
            THREATEN_CHURN=-0.35,
            CHURN=-0.25,
        ),
        *_row(
            "value_add",
            ACCEPT=0.45,
            DOWNGRADE=-0.1,
            COMPLAIN=-0.2,
            THREATEN_CHURN=-0.2,
            CHURN=-0.12,
        ),
        *_row(
            "credit",
            ACCEPT=0.5,
            DOWNGRADE=-0.1,
            COMPLAIN=-0.3,
            THREATEN_CHURN=-0.3,
            CHURN=-0.15,
        ),
        *_row(
            "policy_loosened",
            ACCEPT=0.8,
            DOWNGRADE=-0.1,
            COMPLAIN=-0.3,
            THREATEN_CHURN=-0.25,
            CHURN=-0.12,
        ),
        *_row(
            "network_gain",
            ACCEPT=1.1,
            DOWNGRADE=-0.2,
            COMPLAIN=-0.4,
            THREATEN_CHURN=-0.4,
            CHURN=-0.25,
        ),
        *_row(
            "loyalty_reward",
            ACCEPT=0.55,
            DOWNGRADE=-0.1,
            COMPLAIN=-0.2,
            THREATEN_CHURN=-0.3,
            CHURN=-0.25,
        ),
        *_row("freed", ACCEPT=0.7, COMPLAIN=-0.1, THREATEN_CHURN=-0.1, CHURN=0.3),
        *_row("told", ACCEPT=4.2),
        *_row("step_up", UPGRADE=3.0, ACCEPT=0.5),
        *_row("step_down", DOWNGRADE=3.2, ACCEPT=0.3, CHURN=-0.2),
    ),
    felt=_sentiment(
        price_rise=-0.5,
        value_removed=-0.4,
        bad_news=-0.12,
        policy_tightened=-0.5,
        network_loss=-0.6,
        lock_in=-0.25,
        competitor_pull=-0.06,
        price_cut=0.25,
        value_add=0.2,
        credit=0.22,
        policy_loosened=0.3,
        network_gain=0.45,
        loyalty_reward=0.25,
        freed=0.2,
        step_up=0.15,
        step_down=0.2,
    ),
)
