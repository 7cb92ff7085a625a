"""Customers: respondents as columns, the segments they fall into, whom a panel admits."""

from domain.customers.audiences import names_customers, segments_in
from domain.customers.outcomes import CampaignOutcomes, PastEvent
from domain.customers.panel import FEWEST_RESPONDENTS, Panel
from domain.customers.respondents import FLOAT_COLUMNS, Codes, Floats, Respondents
from domain.customers.sample import Sample, draw_sample
from domain.customers.segmentation import Discover, Earlier, Matrix, Segmentation, discover_segments
from domain.customers.segments import Segment

__all__ = [
    "FEWEST_RESPONDENTS",
    "FLOAT_COLUMNS",
    "CampaignOutcomes",
    "Codes",
    "Discover",
    "Earlier",
    "Floats",
    "Matrix",
    "Panel",
    "PastEvent",
    "Respondents",
    "Sample",
    "Segment",
    "Segmentation",
    "discover_segments",
    "draw_sample",
    "names_customers",
    "segments_in",
]
