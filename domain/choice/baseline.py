"""Baseline: where customers stand before a scenario, in utility, chances and sentiment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, reduce

import numpy as np
from numpy.typing import NDArray

from domain.choice.attributes import Attributes
from domain.choice.exposure import Exposure, Floats, RevenueExposure
from domain.choice.part_worths import ACTION_INDEX
from domain.customers import Respondents
from domain.reactions import ACTIONS, Action

Covariate = Callable[[Respondents], NDArray[np.float32]]

COVARIATES: Mapping[str, Covariate] = {
    "complaints": lambda people: np.log1p(people.complaints_12m),
    "price_sensitivity": lambda people: people.price_sensitivity,
    "churn_risk": lambda people: people.churn_risk,
    "switching_propensity": lambda people: people.switching_propensity,
    "saving_elsewhere": lambda people: np.clip(  # of the bill, at the cheapest rival
        people.competitor_saving_dollars / np.maximum(people.monthly_bill_dollars, 10.0), -0.5, 0.5
    ),
    "tenure_months": lambda people: np.minimum(people.tenure_months, 120),
    "satisfaction": lambda people: people.satisfaction,
    "under_contract": lambda people: (people.contract_months_left > 0).astype(np.float32),
    "allowance_used": lambda people: np.clip(
        people.data_gb / np.maximum(people.data_allowance_gb, 1.0), 0, 1
    ),
    "tech_adoption": lambda people: people.tech_adoption,
    "late_payer": lambda people: people.late_payer,
}


@dataclass(frozen=True, slots=True)
class BaselineWeight:
    """Logits that a unit of a covariate adds to the utility of each of the actions."""

    covariate: str
    actions: tuple[Action, ...]
    logits: float
    why: str


LEAVING = (Action.THREATEN_CHURN, Action.CHURN)

# All chosen, none estimated: only differences between customers matter here, as the constants are
# calibrated to the observed rates on top of them. Weights of an action add up in this order.
BASELINE_WEIGHTS = (
    BaselineWeight("complaints", (Action.COMPLAIN,), 0.7, "who complained complains again"),
    BaselineWeight("price_sensitivity", (Action.COMPLAIN,), 0.4, "bills are the usual reason"),
    BaselineWeight("churn_risk", LEAVING, 1.8, "the carrier's own score says most of leaving"),
    BaselineWeight("switching_propensity", LEAVING, 0.8, "readiness to compare carriers"),
    BaselineWeight("saving_elsewhere", LEAVING, 0.6, "half a bill saved is 0.3 logits at most"),
    BaselineWeight("tenure_months", LEAVING, -0.004, "inertia: half a logit in ten years"),
    BaselineWeight("satisfaction", LEAVING, -0.4, "those who recommend the carrier stay"),
    BaselineWeight("complaints", (Action.THREATEN_CHURN,), 0.2, "a threat is a complaint too"),
    BaselineWeight("under_contract", (Action.CHURN,), -0.7, "leaving early costs: odds halve"),
    BaselineWeight("allowance_used", (Action.UPGRADE,), 0.8, "the allowance is nearly used up"),
    BaselineWeight("tech_adoption", (Action.UPGRADE,), 0.8, "early adopters want what is new"),
    BaselineWeight("price_sensitivity", (Action.DOWNGRADE,), 0.9, "a smaller plan saves money"),
    BaselineWeight("late_payer", (Action.DOWNGRADE,), 0.5, "the bill is hard to pay"),
    BaselineWeight("allowance_used", (Action.DOWNGRADE,), -0.5, "a smaller plan would not do"),
    BaselineWeight("satisfaction", (Action.ACCEPT,), 0.3, "good will"),
)

# Of the sentiment index, chosen: satisfied customers start above zero, those whom the carrier's
# score takes for likelier to leave than USUAL_CHURN_RISK below it.
SATISFACTION_SENTIMENT = 0.35
CHURN_RISK_SENTIMENT = 0.4
USUAL_CHURN_RISK = 0.3


def baseline_utilities(people: Respondents) -> Floats:
    """How customers differ before anything is put to them: logits, shape (n, actions)."""
    covariates = {name: covariate(people) for name, covariate in COVARIATES.items()}
    utilities = np.zeros((len(people), len(ACTIONS)))
    for action, place in ACTION_INDEX.items():
        weights = [weight for weight in BASELINE_WEIGHTS if action in weight.actions]
        if weights:
            terms = (weight.logits * covariates[weight.covariate] for weight in weights)
            utilities[:, place] = reduce(np.add, terms)
    return utilities


def baseline_sentiment(people: Respondents) -> Floats:
    """Sentiment index of each customer before the scenario, shape (n,), to go through tanh."""
    risk = CHURN_RISK_SENTIMENT * (people.churn_risk - USUAL_CHURN_RISK)
    return np.asarray(SATISFACTION_SENTIMENT * people.satisfaction - risk, np.float64)


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
