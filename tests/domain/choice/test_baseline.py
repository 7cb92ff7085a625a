from __future__ import annotations

import numpy as np
import pytest

from domain.choice.baseline import (
    BASELINE_WEIGHTS,
    COVARIATES,
    BaselineWeight,
    baseline_sentiment,
    baseline_utilities,
)
from domain.choice.part_worths import ACTION_INDEX
from domain.customers.respondents import Respondents
from domain.reactions import Action


def test_every_covariate_weighs_on_some_action_and_every_weight_has_one() -> None:
    assert {weight.covariate for weight in BASELINE_WEIGHTS} == set(COVARIATES)


def test_every_weight_is_chosen_for_a_reason() -> None:
    assert all(weight.why for weight in BASELINE_WEIGHTS)


@pytest.mark.parametrize("weight", BASELINE_WEIGHTS, ids=lambda w: f"{w.covariate} {w.logits}")
def test_a_covariate_moves_the_utility_of_its_actions_by_its_weight(
    people: Respondents, weight: BaselineWeight
) -> None:
    for action in weight.actions:
        weights = [other for other in BASELINE_WEIGHTS if action in other.actions]
        design = np.column_stack([COVARIATES[other.covariate](people) for other in weights])
        utilities = baseline_utilities(people)[:, ACTION_INDEX[action]]

        found, *_ = np.linalg.lstsq(design.astype(np.float64), utilities, rcond=None)

        assert found[weights.index(weight)] == pytest.approx(weight.logits, abs=1e-4)


def test_doing_nothing_is_what_all_else_is_measured_against(people: Respondents) -> None:
    assert not baseline_utilities(people)[:, ACTION_INDEX[Action.IGNORE]].any()


def test_the_satisfied_begin_above_those_at_risk(people: Respondents) -> None:
    sentiment = baseline_sentiment(people)

    assert (
        sentiment[people.satisfaction > 0.5].mean() > sentiment[people.satisfaction < -0.5].mean()
    )
    assert sentiment[people.churn_risk < 0.2].mean() > sentiment[people.churn_risk > 0.8].mean()
