"""Names for segments nobody has named: what their figures say, where they lie farthest apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from domain.catalog import SegmentProfile
from domain.customers import Segment
from domain.personas.statements import Standing, Standings, standings_of

WORDS_IN_NAME = 2
TRAITS = 3

# What a segment is called whose figure is high, and low.
WORDS: Mapping[str, tuple[str, str]] = {
    "avg_monthly_bill": ("high bills", "low bills"),
    "avg_tenure_months": ("long tenure", "new customers"),
    "avg_lines": ("several lines", "one line"),
    "avg_data_gb": ("heavy data", "light data"),
    "avg_voice_minutes": ("many calls", "few calls"),
    "avg_age": ("older", "younger"),
    "pct_contract": ("under contract", "no contract"),
    "pct_postpaid": ("postpaid", "prepaid"),
    "pct_autopay": ("autopay", "pay by hand"),
    "pct_streaming_bundle": ("streaming", "no streaming"),
    "pct_device_protection": ("device protection", "no device protection"),
    "pct_flagship": ("flagship phones", "basic phones"),
    "pct_ios": ("iPhones", "other phones"),
    "pct_app_user": ("app users", "no app"),
    "pct_rural": ("rural", "not rural"),
    "avg_household_income": ("high incomes", "low incomes"),
    "avg_churn_risk": ("likely to leave", "likely to stay"),
    "avg_complaints_12m": ("complaints", "no complaints"),
    "avg_nps": ("satisfied", "dissatisfied"),
    "late_payment_rate": ("late payers", "on-time payers"),
}


def unnamed(segment_id: str) -> SegmentProfile:
    """A profile that says no more than the id of a segment."""
    return SegmentProfile(
        id=segment_id, name=segment_id, tagline="", traits=(), signature={}, given_names=("-",)
    )


def name_segments(segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """The same segments, each named by the figures in which it stands farthest from the base.

    A name is there once: where figures alone would give it twice, the id goes with it.
    """
    named: list[Segment] = []
    for segment in segments:
        notable = _notable(standings_of(segment, segments))
        words = [_word(name, standing) for name, standing in notable]
        name = ", ".join(words[:WORDS_IN_NAME]).capitalize() or "Like everyone"
        if name in {other.name for other in named}:
            name = f"{name} ({segment.id})"
        figures = [
            f"{word}: {standing.value}, base {standing.base_value}"
            for word, (_, standing) in zip(words[:TRAITS], notable, strict=False)
        ]
        tagline = "; ".join(figures) or "No figure sets these customers apart"
        traits = tuple(words[:TRAITS])
        named.append(segment.with_(name=name, tagline=tagline, traits=traits))
    return tuple(named)


def _notable(standings: Standings) -> list[tuple[str, Standing]]:
    """The figures with words that are notable, farthest from the base first."""
    known = [(n, standings[n]) for n in WORDS if n in standings and standings[n].notable]
    return sorted(known, key=lambda pair: -abs(pair[1].distance))


def _word(statistic: str, standing: Standing) -> str:
    high, low = WORDS[statistic]
    return high if standing.distance > 0 else low
