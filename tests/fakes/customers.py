"""A customer base in memory: eight tiny segments with their personas and about 400 customers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from data_generator.carrier import reference_carrier
from domain.catalog import Carrier, SegmentProfile
from domain.customers.respondents import FLOAT_COLUMNS, Respondents
from domain.customers.segments import Segment
from domain.errors import DatasetMissing
from domain.personas.build import build_personas
from domain.personas.persona import Persona
from domain.reactions import Evidence
from domain.values import Figure, Source

AS_OF = "2026-03-01"
CUSTOMERS_PER_SEGMENT = 50
CARRIER = reference_carrier()
VERBATIMS = (
    "The price on my bill went up again and nobody told me why.",
    "Coverage at my house drops every evening.",
    "I love the streaming bundle, keep it coming.",
)


class FakeCustomers:
    """An api.services.BuiltCustomers; with `built` False there is nothing in it yet."""

    def __init__(self, *, built: bool = True, seed: int = 7) -> None:
        self.built = built
        self.build = 1
        self._respondents = _respondents(seed)
        self._segments = [_segment(profile) for profile in CARRIER.segments]
        self._personas = build_personas(
            self._segments, {s.id: self._words(s.id) for s in self._segments}, CARRIER, ()
        )

    @property
    def carrier(self) -> Carrier:
        self._refuse_when_empty()
        return CARRIER

    def plans(self) -> dict[str, int]:
        self._refuse_when_empty()
        codes, counts = np.unique(self._respondents.plan, return_counts=True)
        names = [self._respondents.plan_names[code] for code in codes]
        return dict(sorted(zip(names, counts.tolist(), strict=True)))

    @property
    def as_of(self) -> str:
        self._refuse_when_empty()
        return AS_OF

    def segments(self) -> Sequence[Segment]:
        self._refuse_when_empty()
        return self._segments

    def personas(self) -> Sequence[Persona]:
        self._refuse_when_empty()
        return self._personas

    def respondents(self) -> Respondents:
        self._refuse_when_empty()
        return self._respondents

    def verbatims(self, segment_id: str) -> Sequence[Evidence]:
        self._refuse_when_empty()
        return self._words(segment_id)

    def past_reactions(self, segment_id: str) -> Sequence[Evidence]:
        self._refuse_when_empty()
        return ()

    @property
    def version(self) -> str:
        self._refuse_when_empty()
        return f"{self.build:04}"

    def choice_model(self, model_id: str) -> str | None:
        """Nothing was fitted, so that reactions come from the prior."""

    def _words(self, segment_id: str) -> list[Evidence]:
        return [
            Evidence(id=f"support:{segment_id}-{i}", source="RAW.SUPPORT_INTERACTIONS", text=text)
            for i, text in enumerate(VERBATIMS)
        ]

    def _refuse_when_empty(self) -> None:
        if not self.built:
            raise DatasetMissing("the customer base", "make it with `twin load` and `twin build`")


def _segment(profile: SegmentProfile) -> Segment:
    source = Source(
        table="ANALYTICS.SEGMENT_STATISTICS",
        filter=f"segment_id = '{profile.id}'",
        rows=CUSTOMERS_PER_SEGMENT,
    )
    position = int(profile.id[1:])
    figures = {
        "avg_age": (25.0 + 5 * position, "years"),
        "avg_monthly_bill": (30.0 + 10 * position, "dollars per month"),
        "avg_tenure_months": (6.0 * position, "months"),
    }
    return Segment(
        id=profile.id,
        name=profile.name,
        tagline=profile.tagline,
        traits=profile.traits,
        customers=CUSTOMERS_PER_SEGMENT,
        share=1 / len(CARRIER.segments),
        statistics={
            name: Figure(value=value, unit=unit, source=source)
            for name, (value, unit) in figures.items()
        },
        typical={"top_plan": CARRIER.plans[position % len(CARRIER.plans)].name},
        as_of=AS_OF,
    )


def _respondents(seed: int) -> Respondents:
    rng = np.random.default_rng(seed)
    ids = tuple(profile.id for profile in CARRIER.segments)
    n = CUSTOMERS_PER_SEGMENT * len(ids)
    columns = {name: rng.random(n).astype(np.float32) for name in FLOAT_COLUMNS}
    columns["postpaid"] = np.ones(n, dtype=np.float32)
    columns["lines"] = np.ones(n, dtype=np.float32)
    for name, low, high in (
        ("monthly_bill_dollars", 25, 140),
        ("household_income_dollars", 30_000, 150_000),
        ("tenure_months", 1, 120),
        ("data_gb", 1, 40),
        ("data_allowance_gb", 2, 60),
        ("competitor_saving_dollars", -20, 20),
    ):
        columns[name] = rng.uniform(low, high, n).astype(np.float32)
    return Respondents(
        segment_ids=ids,
        plan_names=tuple(plan.name for plan in CARRIER.plans),
        state_codes=("MT", "CA"),
        segment=np.repeat(np.arange(len(ids), dtype=np.int16), CUSTOMERS_PER_SEGMENT),
        plan=rng.integers(0, len(CARRIER.plans), n).astype(np.int16),
        state=rng.integers(0, 2, n).astype(np.int16),
        **columns,
    )
