"""Standing: where a segment's figures lie against the whole base, and how figures are said."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from domain.segments import Segment
from domain.values import Figure

SLIGHT = 0.1  # chosen: from which a difference is told where nothing else can be
NOTABLE = 0.45  # chosen: standard deviations between segments from which a difference is told
FAR = 1.4  # chosen: from which it is told as a large one


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a segment stands on one statistic.

    `distance` is from the share-weighted mean of all segments, in standard deviations between
    segments; zero when they do not differ.
    """

    figure: Figure
    base: float
    distance: float

    @property
    def notable(self) -> bool:
        """Whether the difference is worth telling, and shows in the figures as they are printed."""
        return self.is_away(NOTABLE)

    def is_away(self, least: float) -> bool:
        """Whether it lies that far from the base, in the figures as printed too."""
        return abs(self.distance) >= least and self.value != self.base_value

    @property
    def level(self) -> str:
        """High, average or low, against the base."""
        if not self.notable:
            return "average"
        very = "very " if abs(self.distance) >= FAR else ""
        return f"{very}high" if self.distance > 0 else f"{very}low"

    @property
    def value(self) -> str:
        """The segment's figure in words."""
        return quantity(self.figure.value, self.figure.unit)

    @property
    def base_value(self) -> str:
        """The base's figure in words."""
        return quantity(self.base, self.figure.unit)


Standings = Mapping[str, Standing]


def stand(segment: Segment, segments: Sequence[Segment]) -> Standings:
    """Where a segment stands on each of its statistics among all segments."""
    return {name: _standing(name, figure, segments) for name, figure in segment.statistics.items()}


def quantity(value: float, unit: str) -> str:
    """A figure as one would say it: "$38.20", "72%", "2 years and 3 months", "41 GB"."""
    said = next((say for start, say in QUANTITIES if unit.startswith(start)), None)
    return said(value) if said else f"{value:.1f}"


def _standing(name: str, figure: Figure, segments: Sequence[Segment]) -> Standing:
    known = [(s.statistics[name].value, s.share) for s in segments if name in s.statistics]
    weight = sum(share for _, share in known) or 1.0
    mean = sum(value * share for value, share in known) / weight
    spread = (sum(share * (value - mean) ** 2 for value, share in known) / weight) ** 0.5
    distance = (figure.value - mean) / spread if spread > 1e-9 * max(abs(mean), 1.0) else 0.0
    return Standing(figure, mean, distance)


def _duration(months: int) -> str:
    years, rest = divmod(months, 12)
    said = [_counted(n, unit) for n, unit in ((years, "year"), (rest, "month")) if n]
    return " and ".join(said) or "less than a month"


def _counted(n: int, unit: str) -> str:
    return f"{n} {unit}" if n == 1 else f"{n} {unit}s"


def percent(value: float) -> str:
    """A share in percent, never rounded to nothing."""
    return "under 1%" if 0 < value < 0.01 else f"{value:.0%}"


def _dollars(value: float) -> str:
    return f"-${-value:,.2f}" if value < 0 else f"${value:,.2f}"


QUANTITIES: tuple[tuple[str, Callable[[float], str]], ...] = (
    ("share", percent),
    ("dollars per year", lambda value: f"${round(value, -3):,.0f}"),
    ("dollars", _dollars),
    ("months", lambda value: _duration(round(value))),
    ("years", lambda value: f"{value:.0f}"),
    ("GB", lambda value: f"{value:.0f} GB" if value >= 10 else f"{value:.1f} GB"),
    ("minutes", lambda value: f"{value:,.0f}"),
    ("messages", lambda value: f"{value:,.0f}"),
    ("score 0", lambda value: f"{value:.2f}"),
    ("score -1", lambda value: f"{value:.2f}"),
)
