"""Aggregate: reactions of segments rolled up into what the market does and what it costs.

Segments count by their share of subscribers, of which an audience may admit a part. They share the
uncertainty of the part-worths, so intervals add up as if perfectly correlated: the wider and safer
choice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby

from domain.catalog import Carrier
from domain.customers import FEWEST_RESPONDENTS, Segment
from domain.levers import NOTHING_MEASURABLE, money
from domain.reactions import ACTIONS, Action, Effects, Reaction, RevenueEffect
from domain.scenarios import WHY_NOTHING, Understanding
from domain.simulations.simulation import (
    CallRecord,
    CallState,
    RevenueSummary,
    ScenarioSummary,
    SegmentSummary,
    SimulationRequest,
    Summary,
)
from domain.simulations.usage import Usage
from domain.values import Estimate

MONTHS = 12
MOST_NAMED = 3  # of the unread words, in a sentence


def summarize(
    request: SimulationRequest,
    records: Sequence[CallRecord],
    segments: Sequence[Segment],
    carrier: Carrier,
    usage: Usage | None = None,
) -> Summary:
    """One summary per scenario, in the order asked. Failed calls are counted, never guessed.

    `usage` is what all of it took of a language model.
    """
    known = {segment.id: segment for segment in segments}
    return Summary(
        scenarios=tuple(
            _scenario_summary(
                index,
                scenario.text,
                [r for r in records if r.call.scenario_index == index],
                known,
                carrier,
            )
            for index, scenario in enumerate(request.scenarios)
        ),
        usage=usage or Usage(),
    )


def weighted(estimates: Sequence[Estimate], weights: Sequence[float]) -> Estimate:
    """Weighted sum of estimates, interval ends added as if perfectly correlated.

    Weights are at least zero, so that rounding, which keeps the order of sums taken in one order,
    leaves the value inside.
    """
    return Estimate(
        value=sum(w * e.value for e, w in zip(estimates, weights, strict=True)),
        low=sum(w * e.low for e, w in zip(estimates, weights, strict=True)),
        high=sum(w * e.high for e, w in zip(estimates, weights, strict=True)),
    )


def _scenario_summary(
    index: int,
    text: str,
    records: Sequence[CallRecord],
    known: dict[str, Segment],
    carrier: Carrier,
) -> ScenarioSummary:
    effects = _effects_by_segment(records)
    cells = _cells(records, known, carrier, effects)
    heard = [cell for cell in cells if cell.sufficient_evidence]
    moved = [cell for cell in heard if cell.segment_id in effects]
    subscribers = [float(cell.subscribers) for cell in moved]
    ranked = sorted(
        (cell for cell in heard if cell.sentiment is not None),
        key=lambda cell: cell.sentiment.value if cell.sentiment else 0.0,
    )
    measurable = any(r.reaction.measurable for r in records if r.reaction)
    reading = next((r.reading for r in _reactions(records) if r.reading), None)
    sentiment = _mean(heard, lambda cell: cell.sentiment)
    return ScenarioSummary(
        scenario_index=index,
        text=text,
        measurable=measurable,
        reactions_asked=len(records),
        reactions_valid=sum(cell.reactions_valid for cell in cells),
        reactions_failed=sum(cell.reactions_failed for cell in cells),
        reactions_degraded=sum(cell.reactions_degraded for cell in cells),
        customers_asked=sum(cell.customers_asked for cell in cells),
        subscribers=sum(cell.subscribers for cell in cells if cell.reactions_valid),
        subscribers_affected=round(
            sum(effects[cell.segment_id].affected_share * cell.subscribers for cell in moved)
        ),
        sentiment=sentiment,
        sentiment_score=sentiment.value if sentiment else None,
        action_mix=_mix([cell.action_mix for cell in heard], [cell.subscribers for cell in heard]),
        status_quo_mix=_mix([effects[cell.segment_id].status_quo for cell in moved], subscribers),
        churn_uplift_points=_mean(moved, lambda cell: cell.churn_uplift_points),
        revenue=_revenue([effects[cell.segment_id] for cell in moved], subscribers),
        monthly_revenue_at_risk_dollars=(
            weighted([effects[cell.segment_id].revenue_at_risk for cell in moved], subscribers)
            if moved
            else None
        ),
        most_positive_segment=ranked[-1].segment_id if ranked else None,
        most_negative_segment=ranked[0].segment_id if ranked else None,
        segments=tuple(cells),
        recommendation=_recommendation(measurable, heard, moved, effects, reading),
        reading=reading,
    )


def _cells(
    records: Sequence[CallRecord],
    known: dict[str, Segment],
    carrier: Carrier,
    effects: dict[str, Effects],
) -> list[SegmentSummary]:
    by_segment = sorted(records, key=lambda r: (r.call.segment_id, r.call.index))
    return [
        _cell(list(group), known[segment_id], carrier, effects.get(segment_id))
        for segment_id, group in groupby(by_segment, key=lambda r: r.call.segment_id)
        if segment_id in known
    ]


def _cell(
    records: Sequence[CallRecord], segment: Segment, carrier: Carrier, measured: Effects | None
) -> SegmentSummary:
    reactions = _reactions(records)
    asked = max((r.provenance.customers_asked for r in reactions), default=0)
    enough = asked >= FEWEST_RESPONDENTS
    reach = reactions[0].provenance.audience_share if reactions else 1.0
    subscribers = round(segment.share * carrier.subscribers * reach)
    effects = measured if enough else None
    mix = _mix([r.action_probabilities for r in reactions], [1.0] * len(reactions))
    degraded = sum(r.provenance.degraded is not None for r in reactions)
    first = min(reactions, key=lambda r: r.provenance.degraded is not None, default=None)
    return SegmentSummary(
        segment_id=segment.id,
        segment_name=segment.name,
        share=segment.share,
        subscribers=subscribers,
        customers_asked=asked,
        reactions_valid=len(reactions),
        reactions_failed=sum(r.state is CallState.FAILED for r in records),
        reactions_degraded=degraded,
        sufficient_evidence=enough,
        sentiment=_sentiment(reactions, effects) if enough else None,
        likely_action=max(ACTIONS, key=lambda a: mix[a]) if enough and mix else None,
        action_mix=mix if enough else {},
        churn_uplift_points=effects.churn_uplift if effects else None,
        monthly_revenue_change_dollars=(
            _scaled(effects.revenue.total, subscribers) if effects else None
        ),
        initial_reaction=first.initial_reaction if first else "",
        sample_verbatim=first.sample_verbatim if first else "",
        what_would_change_mind=first.what_would_change_mind if first else "",
    )


def _reactions(records: Sequence[CallRecord]) -> list[Reaction]:
    return [record.reaction for record in records if record.reaction is not None]


def _effects_by_segment(records: Sequence[CallRecord]) -> dict[str, Effects]:
    found: dict[str, list[Reaction]] = {}
    for record in records:
        if record.reaction is not None:
            found.setdefault(record.call.segment_id, []).append(record.reaction)
    averaged = {segment: _average_effects(reactions) for segment, reactions in found.items()}
    return {segment: effects for segment, effects in averaged.items() if effects}


def _average_effects(reactions: Sequence[Reaction]) -> Effects | None:
    """Repeats of one segment averaged, each counting the same."""
    every = [r.effects for r in reactions if r.effects is not None]
    if not every:
        return None
    even = [1.0 / len(every)] * len(every)

    def mean(pick: Callable[[Effects], Estimate]) -> Estimate:
        return weighted([pick(effects) for effects in every], even)

    first = every[0]
    return first.with_(
        affected_share=sum(e.affected_share for e in every) / len(every),
        sentiment=mean(lambda e: e.sentiment),
        churn_uplift=mean(lambda e: e.churn_uplift),
        revenue_at_risk=mean(lambda e: e.revenue_at_risk),
        revenue=RevenueEffect(
            price=mean(lambda e: e.revenue.price),
            churn=mean(lambda e: e.revenue.churn),
            downgrade=mean(lambda e: e.revenue.downgrade),
            upgrade=mean(lambda e: e.revenue.upgrade),
            total=mean(lambda e: e.revenue.total),
        ),
    )


def _sentiment(reactions: Sequence[Reaction], effects: Effects | None) -> Estimate:
    if effects is not None:
        return effects.sentiment
    value = sum(r.sentiment_score for r in reactions) / len(reactions)
    return Estimate(value=value, low=value, high=value)


def _mix(mixes: Sequence[dict[Action, float]], weights: Sequence[float]) -> dict[Action, float]:
    """Weighted mean of action mixes, empty when there is none; sums to one."""
    total = sum(weights)
    if not mixes or not total:
        return {}
    return {
        action: min(
            1.0, sum(w * mix[action] for mix, w in zip(mixes, weights, strict=True)) / total
        )
        for action in ACTIONS
    }


def _mean(
    cells: Sequence[SegmentSummary], pick: Callable[[SegmentSummary], Estimate | None]
) -> Estimate | None:
    """Mean over cells that have the figure, each weighing its subscribers."""
    pairs = [(estimate, cell.subscribers) for cell in cells if (estimate := pick(cell)) is not None]
    total = sum(weight for _, weight in pairs)
    if not total:
        return None
    return weighted([estimate for estimate, _ in pairs], [weight / total for _, weight in pairs])


def _revenue(effects: Sequence[Effects], subscribers: Sequence[float]) -> RevenueSummary | None:
    if not effects:
        return None
    monthly = weighted([e.revenue.total for e in effects], subscribers)
    return RevenueSummary(
        price=weighted([e.revenue.price for e in effects], subscribers),
        churn=weighted([e.revenue.churn for e in effects], subscribers),
        downgrade=weighted([e.revenue.downgrade for e in effects], subscribers),
        upgrade=weighted([e.revenue.upgrade for e in effects], subscribers),
        monthly_total=monthly,
        annual_total=_scaled(monthly, MONTHS),
    )


def _recommendation(
    measurable: bool,
    heard: Sequence[SegmentSummary],
    cells: Sequence[SegmentSummary],
    effects: dict[str, Effects],
    reading: Understanding | None,
) -> str:
    """One sentence that says go, mend or stop, and the figures that say so."""
    if not measurable:
        return _nothing_measurable(reading)
    if heard and not cells:
        return (
            "This engine measures no effect on churn or revenue, so it recommends nothing. Read "
            "what customers say, and ask the engine grounded or choice for figures."
        )
    if not cells:
        return (
            f"Insufficient evidence: no segment had at least {FEWEST_RESPONDENTS} customers with a "
            "valid reaction."
        )
    revenue = _revenue([effects[c.segment_id] for c in cells], [c.subscribers for c in cells])
    uplift = _mean(cells, lambda cell: cell.churn_uplift_points)
    mood = _mean(cells, lambda cell: cell.sentiment)
    if revenue is None or uplift is None or mood is None:
        return "Insufficient evidence."
    figures = (
        f"Monthly revenue changes by {signed_money(revenue.monthly_total.value)} "
        f"({signed_money(revenue.monthly_total.low)} to "
        f"{signed_money(revenue.monthly_total.high)}), churn by {uplift.value:+.2f} points."
    )
    if reading is not None and reading.partial:
        return f"{_not_all_read(reading)} Of the part that was read: {figures}"
    worst = min(cells, key=lambda cell: cell.sentiment.value if cell.sentiment else 0.0)
    total = revenue.monthly_total
    if total.low > 0 and mood.value > 0:
        verdict = "Go"
    elif total.low > 0:
        verdict = "Go with care"
    elif total.high < 0 and mood.value <= 0:
        verdict = "Do not launch as it stands"
    else:
        verdict = "Not proven: weigh goodwill against revenue"
    return f"{verdict}. {figures} Hardest hit: {worst.segment_name}. {worst.what_would_change_mind}"


def _nothing_measurable(reading: Understanding | None) -> str:
    because = (reading.nothing_because if reading else None) or "no_move"
    why = "" if because == "no_move" else f" ({WHY_NOTHING[because]})"
    return f"{NOTHING_MEASURABLE}{why}. Rewrite it with an amount, a perk or a rule, and ask again."


def _not_all_read(reading: Understanding) -> str:
    """Why there is no verdict, and what to answer so that there is one."""
    words = ", ".join(f"\u201c{span.text}\u201d" for span in reading.unread[:MOST_NAMED])
    more = len(reading.unread) - MOST_NAMED
    others = f" and {more} more" if more > 0 else ""
    return (
        f"No verdict: not all of the text was read ({words}{others}). "
        f"{reading.unread[0].question} Say so in the text, or give the levers."
    )


def signed_money(dollars: float) -> str:
    """Whole dollars with a sign, for sentences and tables."""
    return f"{'+' if dollars >= 0 else '-'}{money(round(abs(dollars)))}"


def _scaled(estimate: Estimate, factor: float) -> Estimate:
    return weighted([estimate], [factor])
