"""Plans: those of the reference carrier, a figure per plan in the order of its configuration."""

from __future__ import annotations

import numpy as np

from data_generator.carrier import reference_carrier

PLANS = reference_carrier().plans
PLAN_NAMES = tuple(plan.name for plan in PLANS)
PREPAID = np.array([plan.category == "Prepaid" for plan in PLANS])
ALLOWANCE_GB = np.array([np.inf if plan.data_gb is None else plan.data_gb for plan in PLANS])
PRICES = np.array([plan.price_dollars for plan in PLANS])
