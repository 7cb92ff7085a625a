"""Lever parsing: the levers that a text in a marketer's words describes."""

from domain.lever_parsing.parser import MOST_LEVERS, MOST_QUOTED, Readings, read_levers
from domain.lever_parsing.quantities import Amount, amounts
from domain.lever_parsing.spans import Span
from domain.lever_parsing.unknown_plans import refuse_unknown_plans, unknown_plans_in

__all__ = [
    "MOST_LEVERS",
    "MOST_QUOTED",
    "Amount",
    "Readings",
    "Span",
    "amounts",
    "read_levers",
    "refuse_unknown_plans",
    "unknown_plans_in",
]
