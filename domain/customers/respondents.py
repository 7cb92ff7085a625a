"""Respondents: individual twins drawn from the customer base, as columns.

One row is one customer. Every column is what the choice model may look at; nothing here can name
a customer, so respondents may be held in memory and never leave it as rows.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, Self, get_type_hints

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Codes = NDArray[np.int16]


@dataclass(frozen=True, slots=True)
class Respondents:
    """Columns of equal length n. Codes index the vocabularies, -1 means unknown.

    ANALYTICS.RESPONDENTS has a column of the same name for each float column, and VARCHAR
    columns segment_id, plan_name and state_code for the codes.
    """

    segment_ids: tuple[str, ...]
    plan_names: tuple[str, ...]
    state_codes: tuple[str, ...]
    segment: Codes
    plan: Codes
    state: Codes
    postpaid: Floats  # 1 on a postpaid plan, else 0
    monthly_bill_dollars: Floats  # mean total bill of the account, dollars per month
    lines: Floats  # lines on the account
    household_income_dollars: Floats  # median of the ZIP, dollars per year
    price_sensitivity: Floats  # 0 indifferent .. 1 every dollar counts
    switching_propensity: Floats  # 0 .. 1
    churn_risk: Floats  # 0 .. 1, the carrier's own churn score
    satisfaction: Floats  # -1 .. 1, NPS answer scaled, 0 where never asked
    tenure_months: Floats
    contract_months_left: Floats  # 0 without a contract
    data_gb: Floats  # mean of the observed months, GB per month
    data_allowance_gb: Floats  # of the plan; 999 means unlimited
    streaming_affinity: Floats  # 0 .. 1
    tech_adoption: Floats  # 0 .. 1
    coverage_gap: Floats  # 0 .. 1, share of the market the carrier does not cover well
    rural: Floats  # 1 in a rural or remote ZIP, else 0
    complaints_12m: Floats  # support rows of category Complaint in twelve months
    competitor_saving_dollars: (
        Floats  # bill minus the cheapest rival's price for as many lines, may be negative
    )
    rewards_member: Floats  # 1 or 0
    roaming_days: Floats  # mean per month
    late_payer: Floats  # share of observed months not paid on time

    def __post_init__(self) -> None:
        n = self.segment.shape[0]
        for column in fields(self):
            values = getattr(self, column.name)
            if isinstance(values, np.ndarray) and values.shape != (n,):
                raise ValueError(f"column {column.name} has shape {values.shape}, expected ({n},)")

    def __len__(self) -> int:
        return int(self.segment.shape[0])

    def where(self, keep: NDArray[np.bool_] | NDArray[np.intp]) -> Self:
        """The rows a mask or an index array keeps, in their order."""
        columns: dict[str, Any] = {
            column.name: getattr(self, column.name)[keep]
            for column in fields(self)
            if isinstance(getattr(self, column.name), np.ndarray)
        }
        return replace(self, **columns)

    def evenly_spaced(self, most: int) -> Self:
        """At most `most` of them, evenly spaced over all."""
        if len(self) <= most:
            return self
        return self.where(np.unique(np.linspace(0, len(self) - 1, most).astype(np.intp)))


FLOAT_COLUMNS: tuple[str, ...] = tuple(
    name for name, kind in get_type_hints(Respondents).items() if kind == Floats
)
