from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

from domain.choice.attributes import attributes_of
from domain.choice.baseline import baseline_utilities
from domain.choice.fit import FEWEST_OUTCOMES, fit_logit, fit_part_worths
from domain.choice.part_worths import ACTION_INDEX, FEATURE_INDEX, PRIOR, PartWorths
from domain.customers.outcomes import CampaignOutcomes
from domain.customers.respondents import Respondents
from domain.levers import ValueAdd
from domain.reactions import Action

Draw = Callable[[int, int], Respondents]
NO_SIGNS = np.zeros((2, 3))


def softmax(utilities: NDArray[np.float64]) -> NDArray[np.float64]:
    odds = np.exp(utilities)
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def test_a_logit_gives_back_the_weights_its_data_were_drawn_with() -> None:
    rng = np.random.default_rng(1)
    truth = np.array([[-1.0, 0.8, -0.5], [-2.0, -0.3, 1.1]])
    design = np.column_stack((np.ones(40_000), rng.normal(size=(40_000, 2))))
    odds = softmax(np.column_stack((np.zeros(40_000), design @ truth.T)))
    chosen = (rng.random((40_000, 1)) > odds.cumsum(axis=1)).sum(axis=1)

    found = fit_logit(design, chosen, np.zeros((2, 3)), np.full((2, 3), 10.0), NO_SIGNS)

    assert (np.abs(found.mean - truth) < 4 * found.sd).all()
    assert (found.sd < 0.05).all()


def test_without_data_the_prior_is_the_answer() -> None:
    prior, spread = np.array([[0.5, -0.2]]), np.array([[0.1, 0.3]])

    found = fit_logit(np.empty((0, 2)), np.empty(0, dtype=np.intp), prior, spread, np.zeros((1, 2)))

    np.testing.assert_allclose(found.mean, prior)
    np.testing.assert_allclose(found.sd, spread)


def test_a_weight_held_to_its_sign_stops_at_zero() -> None:
    rng = np.random.default_rng(2)
    design = rng.normal(size=(5_000, 1))
    chosen = (rng.random(5_000) < 1 / (1 + np.exp(design[:, 0]))).astype(np.intp)

    found = fit_logit(design, chosen, np.array([[0.2]]), np.array([[1.0]]), np.array([[1.0]]))

    assert found.mean[0, 0] == 0.0


@pytest.mark.parametrize("slope", [0.2, 1.2])
def test_campaign_outcomes_move_the_worth_of_a_perk(draw_people: Draw, slope: float) -> None:
    people = draw_people(20_000, 11)
    outcomes = _perk_outcomes(people, slope)

    fitted = fit_part_worths(people, outcomes)

    found, spread = _weight(fitted, "value_add", Action.ACCEPT)
    assert found == pytest.approx(slope, abs=max(4 * spread, 0.05))
    assert _origin(fitted, "value_add", Action.ACCEPT) == "campaign outcomes"
    assert _origin(fitted, "price_rise", Action.ACCEPT) == "prior"
    assert fitted.outcomes_used == len(outcomes)


def test_too_few_outcomes_leave_the_priors_alone(draw_people: Draw) -> None:
    people = draw_people(FEWEST_OUTCOMES - 1, 11)

    assert fit_part_worths(people, _perk_outcomes(people, 1.0)) == PRIOR


def test_an_offer_nobody_knows_is_left_out(draw_people: Draw) -> None:
    people = draw_people(2_000, 11)
    known = _perk_outcomes(people, 1.0)
    unknown = CampaignOutcomes(
        ("Free Kittens",),
        known.respondent,
        known.offer,
        known.offer_value_dollars,
        known.action,
    )

    assert fit_part_worths(people, unknown) == PRIOR


def _perk_outcomes(people: Respondents, slope: float) -> CampaignOutcomes:
    """Everyone was offered a streaming perk and answered by a logit with this slope."""
    rng = np.random.default_rng(5)
    n = len(people)
    dollars = rng.choice([3.0, 10.0, 20.0], n)
    offered = np.zeros(n)
    for worth in (3.0, 10.0, 20.0):
        lever = ValueAdd(name="films", monthly_worth_dollars=worth, affinity="streaming")
        column = attributes_of((lever,), people).features[:, FEATURE_INDEX["value_add"]]
        offered = np.where(dollars == worth, column, offered)
    grumble = -4 + baseline_utilities(people)[:, ACTION_INDEX[Action.COMPLAIN]]
    odds = softmax(np.column_stack((np.zeros(n), slope * offered - 2, grumble)))
    picked = (rng.random((n, 1)) > odds.cumsum(axis=1)).sum(axis=1)
    actions = np.array([ACTION_INDEX[a] for a in (Action.IGNORE, Action.ACCEPT, Action.COMPLAIN)])
    return CampaignOutcomes(
        offer_types=("Free Streaming",),
        respondent=np.arange(n, dtype=np.int32),
        offer=np.zeros(n, dtype=np.int16),
        offer_value_dollars=dollars.astype(np.float32),
        action=actions[picked].astype(np.int8),
    )


def _weight(fitted: PartWorths, feature: str, action: Action) -> tuple[float, float]:
    mean, sd = fitted.matrices()
    at = FEATURE_INDEX[feature], ACTION_INDEX[action]
    return float(mean[at]), float(sd[at])


def _origin(fitted: PartWorths, feature: str, action: Action) -> str:
    return next(w.origin for w in fitted.weights if (w.feature, w.action) == (feature, action))
