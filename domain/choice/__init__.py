"""Choice: what customers do about levers, by multinomial logit over part-worths."""

from domain.choice.attributes import Attributes, attributes_of
from domain.choice.concessions import CONCESSIONS
from domain.choice.draws import PartWorthDraws
from domain.choice.exposure import OUTCOMES, Coefficients, Exposure, Floats
from domain.choice.fit import PART_WORTHS_ID, fit_part_worths
from domain.choice.fit_history import FITTED, fit_to_history
from domain.choice.forecast import Contribution, Forecast
from domain.choice.ladder import plan_ladder, plan_steps
from domain.choice.model import ChoiceModel
from domain.choice.part_worths import ACTION_INDEX, FEATURE_INDEX, PRIOR, PartWorths, keep_order
from domain.choice.segment_baselines import SegmentBaseline, SegmentBaselines

__all__ = [
    "ACTION_INDEX",
    "CONCESSIONS",
    "FEATURE_INDEX",
    "FITTED",
    "OUTCOMES",
    "PART_WORTHS_ID",
    "PRIOR",
    "Attributes",
    "ChoiceModel",
    "Coefficients",
    "Contribution",
    "Exposure",
    "Floats",
    "Forecast",
    "PartWorthDraws",
    "PartWorths",
    "SegmentBaseline",
    "SegmentBaselines",
    "attributes_of",
    "fit_part_worths",
    "fit_to_history",
    "keep_order",
    "plan_ladder",
    "plan_steps",
]
