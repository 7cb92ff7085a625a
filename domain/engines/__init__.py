"""Engines: the ways in which a persona comes to a reaction, behind one port."""

from domain.engines.choice import ChoiceReactions
from domain.engines.grounded import GroundedReactions
from domain.engines.llm import ModelReactions
from domain.engines.phrasing import ACTION_PHRASES
from domain.engines.reaction_model import ReactionModel

__all__ = [
    "ACTION_PHRASES",
    "ChoiceReactions",
    "GroundedReactions",
    "ModelReactions",
    "ReactionModel",
]
