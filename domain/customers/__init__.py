"""Customers: respondents as columns, the segments they fall into, whom a panel admits."""

from domain.customers.audiences import code, in_audience, names_customers, segments_in
from domain.customers.outcomes import CampaignOutcomes, PastEvent
from domain.customers.panel import Panel
from domain.customers.respondents import FLOAT_COLUMNS, Codes, Floats, Respondents
from domain.customers.segmentation import Discover, Earlier, Matrix, Segmentation, discover_segments
from domain.customers.segments import Segment

__all__ = [
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
    "Segment",
    "Segmentation",
    "code",
    "discover_segments",
    "in_audience",
    "names_customers",
    "segments_in",
]
