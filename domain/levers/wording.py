"""Wording: money and lists as texts for people name them."""

from __future__ import annotations

from collections.abc import Sequence

NOTHING_MEASURABLE = (
    "Nothing measurable found: no price, perk, policy, network, contract or competitor lever could "
    "be read from this text"
)


def money(dollars: float) -> str:
    """Dollars for reading: cents only where there are any."""
    return f"${dollars:,.0f}" if float(dollars).is_integer() else f"${dollars:,.2f}"


def listed(names: Sequence[str]) -> str:
    """One or more names as a sentence lists them."""
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
