from __future__ import annotations

from domain.customers.segments import Segment
from domain.personas.segment_names import name_segments
from domain.values import Figure, Source


def a_segment(number: int, bill: float, tenure: float) -> Segment:
    source = Source(table="T", filter="true", rows=100)
    return Segment(
        id=f"S{number}",
        name="",
        tagline="",
        traits=(),
        customers=100,
        share=0.25,
        statistics={
            "avg_monthly_bill": Figure(value=bill, unit="dollars per month", source=source),
            "avg_tenure_months": Figure(value=tenure, unit="months", source=source),
        },
        typical={},
        as_of="2026-02-28",
    )


def test_a_segment_is_named_by_where_it_stands_farthest_from_the_base() -> None:
    named = name_segments([a_segment(1, 100, 24), a_segment(2, 40, 24), a_segment(3, 70, 60)])

    assert [segment.name for segment in named] == [
        "High bills, new customers",
        "Low bills, new customers",
        "Long tenure",
    ]
    assert named[0].tagline.startswith("high bills: $100.00, base $70.00")


def test_segments_alike_are_told_apart_by_their_id() -> None:
    named = name_segments([a_segment(1, 50, 24), a_segment(2, 50, 24), a_segment(3, 50, 24)])

    assert [s.name for s in named] == [
        "Like everyone",
        "Like everyone (S2)",
        "Like everyone (S3)",
    ]
