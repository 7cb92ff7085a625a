"""Report: writes a simulation as one self-contained HTML page to read, print and hand on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from adapters.exports.charts import ACTION_NAMES, Interval, Mix, interval_chart, legend, mix_chart
from domain.customers import FEWEST_RESPONDENTS
from domain.reactions import Engine, Provenance
from domain.simulations import (
    CallRecord,
    RevenueSummary,
    ScenarioSummary,
    SegmentSummary,
    Simulation,
    signed_money,
)
from domain.values import Estimate

ENGINE_NOTES: dict[Engine, str] = {
    "choice": "A choice model computed the numbers and composed the words from them. No language "
    "model spoke.",
    "grounded": "A choice model computed the numbers; a language model put them into words.",
    "llm": "A language model answered everything. Its numbers are opinions, not measurements, and "
    "nothing is claimed about churn or revenue.",
}


class Report:
    """An Export: HTML that loads nothing from the network and runs no script."""

    media_type = "text/html; charset=utf-8"
    suffix = "html"

    def write(self, simulation: Simulation, records: Iterable[CallRecord]) -> Iterator[bytes]:
        """The page, whole: it holds summaries, not every reaction."""
        details = _details_of(simulation, records)
        summaries = simulation.summary.scenarios if simulation.summary else ()
        page = _template().render(
            simulation=simulation,
            engines=[words for engine, words in ENGINE_NOTES.items() if engine in details.engines],
            provenances=details.provenances,
            scenarios=[_scenario(simulation, summary, details) for summary in summaries],
            comparison=_comparison(summaries),
            legend=legend(),
            failures=details.failures,
            degraded=details.degraded,
            signed=signed_money,
            words=ACTION_NAMES,
            fewest=FEWEST_RESPONDENTS,
        )
        yield page.encode()


@dataclass(slots=True)
class ReactionDetails:
    """What the page needs of reactions: levers by scenario, provenances, and what failed how often.

    `degraded` counts why words are not the language model's where those were to be.
    """

    levers: dict[int, list[tuple[str, str | None]]] = field(default_factory=dict)
    provenances: list[Provenance] = field(default_factory=list)
    failures: Counter[str] = field(default_factory=Counter)
    degraded: Counter[str] = field(default_factory=Counter)

    @property
    def engines(self) -> set[Engine]:
        """The engines that answered."""
        return {provenance.engine for provenance in self.provenances}


@dataclass(frozen=True, slots=True)
class Headline:
    """A figure in large type, with its interval beneath."""

    name: str
    figure: str
    interval: str


def _details_of(simulation: Simulation, records: Iterable[CallRecord]) -> ReactionDetails:
    details, seen = ReactionDetails(), set()
    for record in records:
        if record.failure is not None:
            details.failures[record.failure.detail] += 1
        if record.reaction is None:
            continue
        index = record.call.scenario_index
        if index not in details.levers:
            given = simulation.request.scenarios[index].levers is not None
            details.levers[index] = [
                (lever.describe(), None if given else lever.read_from)
                for lever in record.reaction.levers
            ]
        provenance = record.reaction.provenance
        if provenance.degraded is not None:
            details.degraded[provenance.degraded.detail] += 1
        identity = (
            provenance.engine,
            provenance.model,
            provenance.words_by,
            provenance.data_as_of,
            provenance.seed,
        )
        if identity not in seen:
            seen.add(identity)
            details.provenances.append(provenance)
    return details


def _scenario(
    simulation: Simulation, summary: ScenarioSummary, details: ReactionDetails
) -> dict[str, object]:
    index = summary.scenario_index
    return {
        "summary": summary,
        "given": simulation.request.scenarios[index].levers is not None,
        "levers": details.levers.get(index, []),
        "not_asked": [one.reason for one in simulation.left_out if one.scenario_index == index],
        "headlines": _headlines(summary),
        "charts": _charts(summary),
    }


def _headlines(summary: ScenarioSummary) -> list[Headline]:
    figures = [Headline("Sentiment", *_with_interval(summary.sentiment, "{:+.2f}"))]
    if summary.churn_uplift_points is not None:
        figures.append(
            Headline(
                "Churn against status quo", *_with_interval(summary.churn_uplift_points, "{:+.2f}")
            )
        )
    if summary.revenue is not None:
        figures.append(Headline("Revenue a month", *_dollars(summary.revenue.monthly_total)))
        figures.append(Headline("Revenue a year", *_dollars(summary.revenue.annual_total)))
    if summary.monthly_revenue_at_risk_dollars is not None:
        at_risk = summary.monthly_revenue_at_risk_dollars
        low, high = _short_dollars(at_risk.low)[1:], _short_dollars(at_risk.high)[1:]
        figures.append(
            Headline(
                "Bills at risk each month", _short_dollars(at_risk.value)[1:], f"{low} to {high}"
            )
        )
    return figures


def _charts(summary: ScenarioSummary) -> list[tuple[str, str, Markup]]:
    """Heading, what to look for, and the picture; only those that have something to show."""
    drawn = [_action_chart(summary), _sentiment_chart(summary)]
    if any(cell.churn_uplift_points for cell in summary.segments):
        drawn.append(_churn_chart(summary))
    if summary.revenue is not None:
        drawn.append(_revenue_chart(summary.revenue))
    return drawn


def _action_chart(summary: ScenarioSummary) -> tuple[str, str, Markup]:
    bars = [Mix("Everybody", summary.action_mix)]
    if summary.status_quo_mix:
        bars.append(Mix("Status quo", summary.status_quo_mix))
    bars += [Mix(_name(cell), cell.action_mix) for cell in summary.segments]
    caption = (
        "Shares of customers by what they most likely do. “Status quo” is everybody in the same "
        "month without the scenario."
    )
    return "What they do", caption, mix_chart("What customers do", bars)


def _sentiment_chart(summary: ScenarioSummary) -> tuple[str, str, Markup]:
    rows = [Interval(_name(c), c.sentiment, _signed(c.sentiment)) for c in summary.segments]
    caption = "Sentiment from -1 to 1; lines are 90 % intervals."
    return "How they feel", caption, interval_chart("Sentiment", rows, unit="of -1 to 1")


def _churn_chart(summary: ScenarioSummary) -> tuple[str, str, Markup]:
    rows = [
        Interval(_name(c), c.churn_uplift_points, _signed(c.churn_uplift_points))
        for c in summary.segments
    ]
    caption = (
        "Customers who leave in the month beyond those who would anyway, in percentage points."
    )
    chart = interval_chart("Churn against status quo", rows, unit="points", more_is_better=False)
    return "Who leaves", caption, chart


def _revenue_chart(revenue: RevenueSummary) -> tuple[str, str, Markup]:
    causes = (
        ("Price", revenue.price),
        ("Churn", revenue.churn),
        ("Downgrades", revenue.downgrade),
        ("Upgrades", revenue.upgrade),
        ("Together", revenue.monthly_total),
    )
    rows = [Interval(name, e, signed_money(e.value)) for name, e in causes]
    caption = "Change of monthly revenue over all subscribers, by cause."
    return "Where the money goes", caption, interval_chart("Revenue by cause", rows, unit="a month")


def _comparison(summaries: Sequence[ScenarioSummary]) -> list[tuple[str, Markup]]:
    """Several scenarios side by side, on one axis for each figure; nothing for a single one."""
    if len(summaries) < 2:
        return []
    names = [f"Scenario {summary.scenario_index + 1}" for summary in summaries]
    named = list(zip(names, summaries, strict=True))
    sentiment = [Interval(name, s.sentiment, _signed(s.sentiment)) for name, s in named]
    uplifts = [(name, s.churn_uplift_points) for name, s in named]
    churn = [Interval(name, uplift, _signed(uplift)) for name, uplift in uplifts]
    revenue = [_revenue(name, s) for name, s in named]
    leaves = "Churn against status quo, points"
    return [
        ("Sentiment", interval_chart("Sentiment", sentiment)),
        (leaves, interval_chart(leaves, churn, more_is_better=False)),
        ("Revenue a month", interval_chart("Revenue a month", revenue)),
    ]


def _revenue(name: str, summary: ScenarioSummary) -> Interval:
    if summary.revenue is None:
        return Interval(name, None, "not measured")
    total = summary.revenue.monthly_total
    return Interval(name, total, signed_money(total.value))


def _with_interval(estimate: Estimate | None, form: str) -> tuple[str, str]:
    if estimate is None:
        return "n/a", "insufficient evidence"
    return (
        form.format(estimate.value),
        f"{form.format(estimate.low)} to {form.format(estimate.high)}",
    )


def _dollars(estimate: Estimate) -> tuple[str, str]:
    value, low, high = map(_short_dollars, (estimate.value, estimate.low, estimate.high))
    return value, f"{low} to {high}"


def _short_dollars(dollars: float) -> str:
    """Dollars in three or four figures, for large type: +$127.6M."""
    for size, unit in ((1e9, "B"), (1e6, "M"), (1e3, "K")):
        if abs(dollars) >= size:
            return f"{'+' if dollars >= 0 else '-'}${abs(dollars) / size:,.1f}{unit}"
    return signed_money(dollars)


def _name(cell: SegmentSummary) -> str:
    return f"{cell.segment_id} {cell.segment_name}"


def _signed(estimate: Estimate | None) -> str:
    return "n/a" if estimate is None else f"{estimate.value:+.2f}"


@cache
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("adapters.exports", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2")
