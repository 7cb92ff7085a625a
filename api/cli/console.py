"""How the command line shows things to people: tables and reactions as text."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from domain.catalog import Carrier
from domain.personas import Persona
from domain.reactions import Answer, Provenance, Reaction
from domain.simulations import ScenarioSummary, SegmentSummary, Simulation, signed_money
from domain.values import Estimate

SHOWN_OF_A_SCENARIO = 60  # characters
COLUMNS_WHEN_PIPED = 140  # a table cut at 80 columns helps nobody who reads it from a file


def console() -> Console:
    """Standard output, wide enough for a table when it is not a terminal."""
    screen = Console()
    return screen if screen.is_terminal else Console(width=COLUMNS_WHEN_PIPED)


def whose(carrier: Carrier) -> str:
    """Whose customers the personas speak for, in a line."""
    return f"{carrier.name}, {carrier.subscribers:,} subscribers, amounts in {carrier.currency}"


def personas_table(personas: Sequence[Persona]) -> Table:
    """One row per persona."""
    table = Table("Segment", "Persona", "Share", "Age", "Place", "Plan", "Bill", "Id")
    for persona in personas:
        table.add_row(
            f"{persona.segment_id} {persona.segment_name}",
            persona.identity.name,
            f"{persona.share:.1%}",
            str(persona.identity.age or "not known"),
            persona.identity.place,
            persona.composite.plan,
            persona.composite.arpu,
            persona.persona_id,
        )
    return table


def persona_card(persona: Persona) -> RenderableType:
    """A persona on one page."""
    who, prose = persona.identity, persona.narrative
    lines = [
        Text(f"{who.name}, {who.age or 'age not known'}, {who.place}", style="bold"),
        Text(who.tagline, style="italic"),
        Text(),
        *(
            Text(text)
            for text in (
                prose.background,
                prose.relationship_with_service,
                prose.financial_mindset,
                prose.communication_style,
                prose.decision_style,
            )
        ),
        Text(),
        *(Text(f"“{quote}”", style="italic") for quote in prose.sample_quotes[:3]),
    ]
    title = f"{persona.segment_id} {persona.segment_name} · {persona.share:.1%} of customers"
    return Panel(Group(*lines), title=title, subtitle=f"version {persona.version}")


def reaction_card(persona: Persona, reaction: Reaction) -> RenderableType:
    """One persona's reaction on one page."""
    mix = sorted(reaction.action_probabilities.items(), key=lambda item: -item[1])
    lines = [
        Text(reaction.initial_reaction, style="bold"),
        Text(f"sentiment {reaction.sentiment_score:+.2f}"),
        Text(", ".join(f"{action} {chance:.1%}" for action, chance in mix)),
        Text(),
        Text(reaction.reasoning),
        Text(reaction.what_would_change_mind),
        Text(f"“{reaction.sample_verbatim}”", style="italic"),
    ]
    if reaction.reading is not None and reaction.reading.status != "read":
        lines += [Text(), *(Text(told) for told in reaction.reading.lines())]
    title = f"{persona.identity.name} · {persona.segment_name}"
    grounds = reaction.provenance
    subtitle = (
        f"engine {grounds.engine}, {grounds.customers_asked:,} customers, seed {grounds.seed}"
    )
    return Panel(Group(*lines, *_degraded(grounds)), title=title, subtitle=subtitle)


def answer_card(persona: Persona, answer: Answer) -> RenderableType:
    """One persona's answer to a question, with what it rests on."""
    lines = [Text(answer.text), Text()]
    lines += [Text(f"“{piece.text}” ({piece.source})", style="dim") for piece in answer.evidence]
    title = f"{persona.identity.name} · {persona.segment_name}"
    grounds = answer.provenance
    subtitle = f"engine {grounds.engine}, {grounds.model}"
    return Panel(Group(*lines, *_degraded(grounds)), title=title, subtitle=subtitle)


def _degraded(grounds: Provenance) -> tuple[Text, ...]:
    """Why the words are not a language model's, where those were asked for."""
    if grounds.degraded is None:
        return ()
    return (Text(), Text(f"degraded, the engine's own words: {grounds.degraded.detail}"))


def simulations_table(simulations: Sequence[Simulation]) -> Table:
    """One row per simulation."""
    table = Table("Id", "State", "Started", "Reactions", "Labels", "Scenario")
    for simulation in simulations:
        request, counts = simulation.request, simulation.counts
        first, *others = request.scenarios
        more = f" (and {len(others)} more)" if others else ""
        table.add_row(
            simulation.id,
            simulation.state,
            f"{simulation.created_at:%Y-%m-%d %H:%M}",
            f"{counts.done:,} of {counts.total:,}",
            "\n".join(f"{name}:{value}" for name, value in request.labels.items()),
            Text(first.text[:SHOWN_OF_A_SCENARIO] + more),
        )
    return table


def simulation_report(simulation: Simulation) -> RenderableType:
    """Every scenario of a finished simulation: its segments, and what it comes to."""
    if simulation.summary is None:
        progress = f"{simulation.counts.done:,} of {simulation.counts.total:,} reactions were had"
        reason = simulation.error.detail if simulation.error else progress
        return Text(f"{simulation.id} is {simulation.state}: {reason}")
    parts: list[RenderableType] = []
    for summary in simulation.summary.scenarios:
        parts += [Text(summary.text, style="bold"), _segments_table(summary), _bottom_line(summary)]
    parts += [
        Text(f"left out of scenario {each.scenario_index + 1}: {each.reason}", style="dim")
        for each in simulation.left_out
    ]
    return Group(*parts, Text(f"{simulation.id}: {simulation.state}", style="dim"))


def _segments_table(summary: ScenarioSummary) -> Table:
    partial = summary.reading is not None and summary.reading.partial
    table = Table(
        "Segment",
        "Share",
        "Sentiment",
        "Likely action",
        "Chance",
        "Churn, points",
        "Revenue a month",
        "Says",
        title="Of the part of the text that was read" if partial else None,
    )
    for cell in summary.segments:
        table.add_row(
            f"{cell.segment_id} {cell.segment_name}", f"{cell.share:.1%}", *_cell_figures(cell)
        )
    return table


def _cell_figures(cell: SegmentSummary) -> tuple[str, ...]:
    if not cell.sufficient_evidence:
        return ("", "insufficient evidence", "", "", "", "")
    action = cell.likely_action
    return (
        _number(cell.sentiment, "{:+.2f}"),
        action or "",
        f"{cell.action_mix[action]:.0%}" if action else "",
        _number(cell.churn_uplift_points, "{:+.2f}"),
        _money(cell.monthly_revenue_change_dollars),
        cell.initial_reaction,
    )


def _bottom_line(summary: ScenarioSummary) -> RenderableType:
    lines = [Text(summary.recommendation)]
    if summary.reading is not None:
        lines += [Text(told) for told in summary.reading.lines()]
    if summary.revenue is not None:
        lines.append(
            Text(
                f"Over a year {_money(summary.revenue.annual_total)}; at risk each month "
                f"{_money(summary.monthly_revenue_at_risk_dollars)}; "
                f"{summary.subscribers_affected:,} of {summary.subscribers:,} subscribers affected."
            )
        )
    if summary.reactions_degraded:
        lines.append(
            Text(
                f"{summary.reactions_degraded} of {summary.reactions_valid} reactions are degraded:"
                " the language model failed, and the engine's own words stand."
            )
        )
    return Group(*lines, Text())


def _number(estimate: Estimate | None, form: str) -> str:
    return form.format(estimate.value) if estimate else ""


def _money(estimate: Estimate | None) -> str:
    return signed_money(estimate.value) if estimate else ""
