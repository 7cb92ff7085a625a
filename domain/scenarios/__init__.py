"""Scenarios: what is put to customers, templates of it, and what add-ons are worth to them."""

from domain.scenarios.add_ons import AddOnValue, add_on_values
from domain.scenarios.scenario import (
    Audience,
    LeverReading,
    Scenario,
    ScenarioTemplate,
    ScenarioText,
)
from domain.scenarios.templates import TEMPLATES, render
from domain.scenarios.understanding import (
    WHY_NOTHING,
    NothingBecause,
    Understanding,
    UnreadReason,
    UnreadSpan,
)

__all__ = [
    "TEMPLATES",
    "WHY_NOTHING",
    "AddOnValue",
    "Audience",
    "LeverReading",
    "NothingBecause",
    "Scenario",
    "ScenarioTemplate",
    "ScenarioText",
    "Understanding",
    "UnreadReason",
    "UnreadSpan",
    "add_on_values",
    "render",
]
