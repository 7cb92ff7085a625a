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

__all__ = [
    "TEMPLATES",
    "AddOnValue",
    "Audience",
    "LeverReading",
    "Scenario",
    "ScenarioTemplate",
    "ScenarioText",
    "add_on_values",
    "render",
]
