"""Scenarios: what is put to customers, templates of it, and what add-ons are worth to them."""

from domain.scenarios.add_ons import Perk, perks_of
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
    "Audience",
    "LeverReading",
    "Perk",
    "Scenario",
    "ScenarioTemplate",
    "ScenarioText",
    "perks_of",
    "render",
]
