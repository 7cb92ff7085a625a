from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from domain.choice.attributes import attributes_of
from domain.choice.fit_history import FITTED, NOISE, NOISE_ROWS, fit_to_history
from domain.choice.model import ChoiceModel
from domain.choice.part_worths import ACTION_INDEX, FEATURE_INDEX, PRIOR, PartWorths
from domain.customers.outcomes import PastEvent
from domain.customers.respondents import Respondents
from domain.levers import AnyLever, CompetitorOffer, Credit, PriceChange
from domain.reactions import Action

Draw = Callable[[int, int], Respondents]
CHURN = ACTION_INDEX[Action.CHURN]
ERROR = 0.03  # of the logarithm of the odds of leaving
TRUTH = {"price_rise": 0.12, "price_cut": -0.45, "competitor_pull": 0.2}
LEVERS: tuple[AnyLever, ...] = (
    *(PriceChange(amount_dollars=dollars) for dollars in (1, 2, 4, 6, 8, -1, -2, -4, -6)),
    *(CompetitorOffer(discount_percent=percent) for percent in (5, 10, 20, 30)),
    Credit(amount_dollars=30),
)


@pytest.fixture(scope="module")
def everybody(draw_people: Draw) -> Respondents:
    return draw_people(1_200, 5)


def history(
    people: Respondents, truth: PartWorths, error: float = ERROR, together: float = 0.0
) -> list[PastEvent]:
    """Events after which people leave by the choice model, then noise: of a row, of an event."""
    rng = np.random.default_rng(3)
    model = ChoiceModel(truth, np.where(np.arange(7) == CHURN, -4.0, -2.0))
    usual = model.action_chances(people, attributes_of([], people))[:, CHURN]
    events = []
    for number, lever in enumerate(LEVERS * 4):
        churn = model.action_chances(people, attributes_of([lever], people))[:, CHURN]
        shared = rng.normal(0, together)
        for code, segment in enumerate(people.segment_ids):
            here = people.segment == code
            change = log_odds(churn[here].mean()) - log_odds(usual[here].mean())
            change += shared + rng.normal(0, error)
            events.append(PastEvent(f"e{number}", segment, (lever,), change))
    return events


def log_odds(share: float) -> float:
    return float(np.log(share / (1 - share)))


def with_churn(weights: dict[str, float]) -> PartWorths:
    """The priors with other weights on leaving, the other switching out of the way."""
    switching = (Action.CHURN, Action.DOWNGRADE)
    return PRIOR.model_copy(
        update={
            "weights": tuple(
                w.model_copy(
                    update={"mean": weights[w.feature] if w.action == switching[0] else 0.0}
                )
                if w.feature in weights and w.action in switching
                else w
                for w in PRIOR.weights
            )
        }
    )


def churn_weight(part_worths: PartWorths, feature: str) -> tuple[float, float]:
    return next(
        (w.mean, w.sd)
        for w in part_worths.weights
        if w.feature == feature and w.action is Action.CHURN
    )


@pytest.mark.parametrize("feature", TRUTH)
def test_known_weights_on_leaving_are_recovered(everybody: Respondents, feature: str) -> None:
    fitted = fit_to_history(PRIOR, everybody, history(everybody, with_churn(TRUTH)))

    mean, sd = churn_weight(fitted, feature)
    assert mean == pytest.approx(TRUTH[feature], abs=max(4 * sd, 0.02))
    assert abs(mean - TRUTH[feature]) < 0.25 * abs(churn_weight(PRIOR, feature)[0] - TRUTH[feature])
    assert sd < churn_weight(PRIOR, feature)[1]


def test_of_one_customer_the_mode_is_that_of_a_bayesian_regression(draw_people: Draw) -> None:
    people, rng = draw_people(60, 5), np.random.default_rng(4)
    alone = people.where(np.flatnonzero(people.segment == 0)[:1])
    levers = [PriceChange(amount_dollars=dollars) for dollars in np.linspace(0.5, 6, 40)]
    design = np.array([attributes_of([lever], alone).features[0] for lever in levers])
    design = design[:, [FEATURE_INDEX[name] for name in ("price_rise", "bad_news")]]
    changes = design @ [0.6, 0.05] + rng.normal(0, 0.5, len(levers))
    events = [
        PastEvent(f"e{row}", "A", (lever,), change)
        for row, (lever, change) in enumerate(zip(levers, changes.tolist(), strict=True))
    ]

    fitted = fit_to_history(PRIOR, alone, events)

    (rise, news), (rise_sd, news_sd) = zip(
        *(churn_weight(PRIOR, name) for name in ("price_rise", "bad_news")), strict=True
    )
    found = np.array([churn_weight(fitted, name)[0] for name in ("price_rise", "bad_news")])
    squares = NOISE_ROWS * NOISE**2 + ((changes - design @ found) ** 2).sum()
    noise, precision = squares / (NOISE_ROWS + len(changes)), np.diag([rise_sd**-2, news_sd**-2])
    evidence = design.T @ changes / noise + precision @ [rise, news]
    mode = np.linalg.solve(design.T @ design / noise + precision, evidence)
    assert found == pytest.approx(mode, abs=1e-3)


def test_what_no_event_spoke_of_stays_the_prior(everybody: Respondents) -> None:
    fitted = fit_to_history(PRIOR, everybody, history(everybody, with_churn(TRUTH)))

    mean, sd = churn_weight(fitted, "network_loss")
    assert (mean, sd) == pytest.approx(churn_weight(PRIOR, "network_loss"), rel=1e-3)


def test_a_loss_still_drives_away_before_it_moves_down(everybody: Respondents) -> None:
    fitted = fit_to_history(PRIOR, everybody, history(everybody, with_churn(TRUTH)))

    weights = {(w.feature, w.action): w for w in fitted.weights}
    churn, down = (weights["price_rise", a] for a in (Action.CHURN, Action.DOWNGRADE))
    assert 0 < down.mean <= churn.mean
    assert (churn.origin, down.origin) == ("historical reactions", "prior")
    assert PartWorths.model_validate_json(fitted.model_dump_json()) == fitted


@pytest.mark.parametrize("change", np.linspace(-0.3, 0.6, 20).tolist())
def test_the_order_of_leaving_holds_to_the_last_bit(everybody: Respondents, change: float) -> None:
    events = [PastEvent("e", "A", (PriceChange(amount_dollars=5),), change)]

    weights = {
        (w.feature, w.action): w.mean for w in fit_to_history(PRIOR, everybody, events).weights
    }

    assert weights["price_rise", Action.DOWNGRADE] <= weights["price_rise", Action.CHURN]


def test_events_of_strangers_change_nothing(everybody: Respondents) -> None:
    strangers = [PastEvent("e1", "Z", (lever,), 0.5) for lever in LEVERS]

    assert fit_to_history(PRIOR, everybody, []) == PRIOR
    assert fit_to_history(PRIOR, everybody, strangers) == PRIOR


def test_one_event_moves_a_weight_a_little(everybody: Respondents) -> None:
    seen = [event for event in history(everybody, with_churn(TRUTH)) if event.event_id == "e2"]

    (before, spread), (after, left) = (
        churn_weight(part_worths, "price_rise")
        for part_worths in (PRIOR, fit_to_history(PRIOR, everybody, seen))
    )
    assert TRUTH["price_rise"] < after < before - 0.1 * spread
    assert 0.5 * spread < left < spread


def test_rows_that_err_together_count_as_one(everybody: Respondents) -> None:
    truth = with_churn(TRUTH)

    apart, together = (
        churn_weight(
            fit_to_history(PRIOR, everybody, history(everybody, truth, *errors)), "price_rise"
        )
        for errors in ((0.2, 0.0), (0.0, 0.2))
    )
    assert together[1] > 1.2 * apart[1]


def test_every_fitted_feature_has_a_prior_on_leaving() -> None:
    assert all(churn_weight(PRIOR, feature)[1] > 0 for feature in FITTED)
