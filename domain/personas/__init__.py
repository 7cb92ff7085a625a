"""Personas: who speaks for each segment, written from its own figures; and the base behind them."""

from domain.personas.build import build_personas
from domain.personas.customer_base import CustomerBase
from domain.personas.persona import (
    UNKNOWN,
    Composite,
    Identity,
    Narrative,
    Persona,
    PersonaVersion,
    Profile,
    find_persona,
)
from domain.personas.segment_names import name_segments, unnamed
from domain.personas.statements import quantity

__all__ = [
    "UNKNOWN",
    "Composite",
    "CustomerBase",
    "Identity",
    "Narrative",
    "Persona",
    "PersonaVersion",
    "Profile",
    "build_personas",
    "find_persona",
    "name_segments",
    "quantity",
    "unnamed",
]
