"""Forecast reaction: a forecast of the choice model and its words as a reaction."""

from __future__ import annotations

from collections.abc import Sequence

from domain.choice import Contribution, Forecast
from domain.engines.phrasing import FEATURE_WORDS, Words
from domain.levers import AnyLever
from domain.reactions import (
    ACTIONS,
    Action,
    Driver,
    Effects,
    Provenance,
    Reaction,
    RevenueEffect,
)
from domain.scenarios import Understanding


def reaction_of(
    forecast: Forecast,
    levers: Sequence[AnyLever],
    words: Words,
    provenance: Provenance,
    reading: Understanding | None = None,
) -> Reaction:
    """The reaction that a forecast comes to; without a lever it claims no effect."""
    mix = {action: float(p) for action, p in zip(ACTIONS, forecast.mix, strict=True)}
    return Reaction(
        initial_reaction=words.initial_reaction,
        sentiment_score=forecast.sentiment.value,
        likely_action=forecast.likely_action,
        action_probability=mix[forecast.likely_action],
        reasoning=words.reasoning,
        what_would_change_mind=words.what_would_change_mind,
        sample_verbatim=words.sample_verbatim,
        measurable=bool(levers),
        action_probabilities=mix,
        drivers=tuple(_driver(c, forecast.gained) for c in forecast.contributions),
        levers=tuple(levers),
        effects=_effects(forecast) if levers else None,
        provenance=provenance,
        reading=reading,
    )


def _driver(contribution: Contribution, action: Action) -> Driver:
    direction = "more" if contribution.percentage_points > 0 else "less"
    return Driver(
        name=contribution.feature,
        action=action,
        logits=contribution.logits,
        percentage_points=contribution.percentage_points,
        explanation=(
            f"{FEATURE_WORDS[contribution.feature]} makes {action} "
            f"{abs(contribution.percentage_points):.1f} points {direction} likely"
        ),
    )


def _effects(forecast: Forecast) -> Effects:
    revenue = forecast.revenue
    return Effects(
        affected_share=forecast.affected_share,
        status_quo={a: float(p) for a, p in zip(ACTIONS, forecast.status_quo, strict=True)},
        status_quo_sentiment=forecast.status_quo_sentiment,
        sentiment=forecast.sentiment,
        churn_uplift=forecast.churn_uplift_points,
        revenue=RevenueEffect(
            price=revenue.price,
            churn=revenue.churn,
            downgrade=revenue.downgrade,
            upgrade=revenue.upgrade,
            total=revenue.total,
        ),
        revenue_at_risk=forecast.revenue_at_risk,
        monthly_bill_dollars=forecast.monthly_bill_dollars,
    )
