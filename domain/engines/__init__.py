"""Engines: the ways in which a persona comes to a reaction, behind one port."""

from domain.engines.choice import ChoiceReactions
from domain.engines.grounded import GroundedReactions
from domain.engines.llm import ModelReactions
from domain.engines.phrasing import DOINGS
from domain.engines.reaction_model import ReactionModel

__all__ = [
    "DOINGS",
    "ChoiceReactions",
    "GroundedReactions",
    "ModelReactions",
    "ReactionModel",
]
