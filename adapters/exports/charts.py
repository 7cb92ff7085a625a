"""Charts: draws the figures of a report as SVG, readable without color and by a screen reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from domain.reactions import Action
from domain.values import Estimate

WIDTH = 880
LABELS = 190  # pixels for names on the left
FIGURES = 150  # pixels for figures on the right
ROW = 30
BAR = 18
AXIS = 26

# Blue for approval, grey for no reaction, then warmer the closer to churn.
COLORS: Mapping[Action, str] = {
    Action.ACCEPT: "#29B5E8",
    Action.UPGRADE: "#11567F",
    Action.IGNORE: "#C8CCD1",
    Action.COMPLAIN: "#F0C05A",
    Action.DOWNGRADE: "#8A6FB0",
    Action.THREATEN_CHURN: "#E07B39",
    Action.CHURN: "#A8262B",
}
ACTION_NAMES: Mapping[Action, str] = {
    Action.ACCEPT: "accept",
    Action.UPGRADE: "upgrade",
    Action.IGNORE: "carry on",
    Action.COMPLAIN: "complain",
    Action.DOWNGRADE: "downgrade",
    Action.THREATEN_CHURN: "threaten to leave",
    Action.CHURN: "leave",
}
NARROWEST_LABELED = 0.07  # share of a bar that has room for "7%"


@dataclass(frozen=True, slots=True)
class Mix:
    """A bar: what people do, as shares that sum to one; nothing where evidence is insufficient."""

    name: str
    shares: Mapping[Action, float]


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure with its 90 % interval and how it is written; None where there is none."""

    name: str
    estimate: Estimate | None
    written: str


def mix_chart(title: str, bars: Sequence[Mix]) -> Markup:
    """Stacked bars, one per name, each the whole width."""
    room = WIDTH - LABELS - 10
    parts = []
    for row, bar in enumerate(bars):
        y = row * ROW
        parts.append(_label(bar.name, y))
        if not bar.shares:
            parts.append(_text(LABELS, y + 14, "insufficient evidence", "note"))
        left = float(LABELS)
        for action in COLORS:
            share = bar.shares.get(action, 0.0)
            width = share * room
            parts.append(_segment(left, y, width, action, share))
            left += width
    description = "; ".join(f"{bar.name}: {_shares_in_words(bar.shares)}" for bar in bars)
    return _figure(title, description, len(bars) * ROW, parts)


def interval_chart(
    title: str, rows: Sequence[Interval], *, unit: str = "", more_is_better: bool = True
) -> Markup:
    """Points with their intervals on one axis that has its zero marked."""
    known = [row.estimate for row in rows if row.estimate is not None]
    low = min([0.0, *(e.low for e in known)])
    high = max([0.0, *(e.high for e in known)])
    span = (high - low) or 1.0
    room = WIDTH - LABELS - FIGURES - 20

    def x(value: float) -> float:
        return LABELS + 10 + (value - low) / span * room

    bottom = len(rows) * ROW
    parts = [
        Markup('<line class="zero" x1="{0:.1f}" x2="{0:.1f}" y1="0" y2="{1}"/>').format(
            x(0.0), bottom
        ),
        _text(x(0.0), bottom + 16, "0", "axis middle"),
    ]
    for row, interval in enumerate(rows):
        y = row * ROW
        parts += [_label(interval.name, y), _text(WIDTH, y + 14, interval.written, "figure")]
        if interval.estimate is not None:
            parts.append(_whisker(interval.estimate, x, y, better=more_is_better))
    description = "; ".join(f"{row.name}: {row.written} {unit}".strip() for row in rows)
    return _figure(title, description, bottom + AXIS, parts)


def legend() -> Markup:
    """What the colors of a mix chart stand for."""
    items = [
        Markup('<li><span style="background:{}"></span>{}</li>').format(color, ACTION_NAMES[action])
        for action, color in COLORS.items()
    ]
    return Markup('<ul class="legend" aria-hidden="true">{}</ul>').format(Markup("").join(items))


def _whisker(
    estimate: Estimate, place: Callable[[float], float], y: float, *, better: bool
) -> Markup:
    middle = y + BAR / 2
    gain = "gain" if (estimate.value > 0) is better else "loss"
    if estimate.value == 0:
        gain = "same"
    return Markup(
        '<line class="whisker {g}" x1="{low:.1f}" x2="{high:.1f}" y1="{y}" y2="{y}"/>'
        '<circle class="{g}" cx="{value:.1f}" cy="{y}" r="6"/>'
    ).format(
        g=gain, low=place(estimate.low), high=place(estimate.high), value=place(estimate.value),
        y=middle,
    )  # fmt: skip


def _segment(left: float, y: float, width: float, action: Action, share: float) -> Markup:
    box = Markup(
        '<rect x="{x:.1f}" y="{y}" width="{w:.1f}" height="{h}" fill="{c}">'
        "<title>{t} {s:.1%}</title></rect>"
    ).format(x=left, y=y, w=width, h=BAR, c=COLORS[action], t=ACTION_NAMES[action], s=share)
    if share < NARROWEST_LABELED:
        return box
    dark = action in {Action.UPGRADE, Action.CHURN, Action.DOWNGRADE}
    kind = "share light" if dark else "share"
    return box + _text(left + width / 2, y + 13, f"{share:.0%}", kind)


def _label(name: str, y: float) -> Markup:
    return _text(LABELS - 10, y + 14, name, "name")


def _text(x: float, y: float, words: str, kind: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(kind, x, y, words)


def _figure(title: str, description: str, height: float, parts: Sequence[Markup]) -> Markup:
    return Markup(
        '<svg role="img" viewBox="0 0 {w} {h}">'
        "<title>{title}</title><desc>{description}</desc>{parts}</svg>"
    ).format(
        w=WIDTH,
        h=height,
        title=title,
        description=escape(description),
        parts=Markup("").join(parts),
    )


def _shares_in_words(shares: Mapping[Action, float]) -> str:
    if not shares:
        return "insufficient evidence"
    ranked = sorted(shares.items(), key=lambda item: -item[1])
    return ", ".join(f"{ACTION_NAMES[action]} {share:.1%}" for action, share in ranked)
