"""Statistics: reads segments from a build, each figure with the rows it is computed from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from adapters.rows import Cell, Reader
from domain.catalog import Carrier, SegmentProfile
from domain.customers import Segment
from domain.errors import DatasetMissing
from domain.personas import name_segments, unnamed
from domain.values import Figure, Source


@dataclass(frozen=True, slots=True)
class Basis:
    """The rows a figure is computed from.

    `condition` holds `{members}`, the condition that a row is of the segment, and the window's
    `{first_day}`, `{as_of}`, `{first_month}`, `{last_month}`; the filled condition is SQL that
    counts the rows again. `rows` is the SEGMENT_STATISTICS column that counts them.
    """

    table: str
    condition: str
    rows: str


OWN = "segment_id = '{id}'"
MEMBERS = (
    "customer_id in (select customer_id from analytics.customer_segments where segment_id = '{id}')"
)
CONTACT_DAYS = " and interaction_date::date between '{first_day}' and '{as_of}'"

CUSTOMERS = Basis("ANALYTICS.CUSTOMER_SEGMENTS", OWN, "customers")
NPS_ANSWERS = Basis("ANALYTICS.CUSTOMER_SEGMENTS", f"{OWN} and nps_answer is not null", "nps_rows")
RESPONDENTS = Basis("ANALYTICS.RESPONDENTS", OWN, "customers")
BILLS = Basis(
    "RAW.MONTHLY_USAGE",
    f"{MEMBERS} and billing_month between '{{first_month}}' and '{{last_month}}'",
    "usage_rows",
)
CONTACTS = Basis("RAW.SUPPORT_INTERACTIONS", MEMBERS + CONTACT_DAYS, "support_rows")
SENTIMENTS = Basis(
    CONTACTS.table, f"{CONTACTS.condition} and sentiment_score is not null", "sentiment_rows"
)
RATINGS = Basis(CONTACTS.table, f"{CONTACTS.condition} and csat_score is not null", "csat_rows")
OFFERS = Basis(
    "RAW.CAMPAIGN_RESPONSES",
    f"{MEMBERS} and delivered and sent_at::date between '{{first_day}}' and '{{as_of}}'",
    "campaign_rows",
)

STATISTICS: Mapping[str, tuple[str, Basis]] = {
    "avg_age": ("years", CUSTOMERS),
    "p25_age": ("years", CUSTOMERS),
    "p75_age": ("years", CUSTOMERS),
    "pct_female": ("share", CUSTOMERS),
    "avg_tenure_months": ("months", CUSTOMERS),
    "median_tenure_months": ("months", CUSTOMERS),
    "avg_monthly_bill": ("dollars per month", CUSTOMERS),
    "median_monthly_bill": ("dollars per month", CUSTOMERS),
    "avg_lines": ("lines", CUSTOMERS),
    "avg_data_gb": ("GB per month", CUSTOMERS),
    "p90_data_gb": ("GB per month", CUSTOMERS),
    "avg_voice_minutes": ("minutes per month", CUSTOMERS),
    "avg_sms": ("messages per month", CUSTOMERS),
    "pct_postpaid": ("share", CUSTOMERS),
    "pct_contract": ("share", CUSTOMERS),
    "avg_household_income": ("dollars per year", CUSTOMERS),
    "pct_rural": ("share", CUSTOMERS),
    "pct_suburban": ("share", CUSTOMERS),
    "pct_urban": ("share", CUSTOMERS),
    "pct_ios": ("share", CUSTOMERS),
    "pct_flagship": ("share", CUSTOMERS),
    "pct_5g": ("share", CUSTOMERS),
    "avg_device_age_months": ("months", CUSTOMERS),
    "pct_autopay": ("share", CUSTOMERS),
    "pct_streaming_bundle": ("share", CUSTOMERS),
    "pct_device_protection": ("share", CUSTOMERS),
    "pct_rewards": ("share", CUSTOMERS),
    "pct_app_user": ("share", CUSTOMERS),
    "avg_app_engagement": ("score 0 to 1", CUSTOMERS),
    "avg_digital_engagement": ("score 0 to 1", CUSTOMERS),
    "avg_nps": ("answer 0 to 10", NPS_ANSWERS),
    "avg_churn_risk": ("score 0 to 1", CUSTOMERS),
    "avg_complaints_12m": ("complaints per year", CUSTOMERS),
    "avg_contacts_12m": ("contacts per year", CUSTOMERS),
    "pct_contacts_app": ("share", CONTACTS),
    "pct_contacts_chat": ("share", CONTACTS),
    "pct_contacts_call": ("share", CONTACTS),
    "pct_contacts_email": ("share", CONTACTS),
    "pct_contacts_store": ("share", CONTACTS),
    "pct_contacts_social": ("share", CONTACTS),
    "avg_support_sentiment": ("score -1 to 1", SENTIMENTS),
    "avg_csat": ("score 1 to 5", RATINGS),
    "campaign_response_rate": ("share", OFFERS),
    "campaign_acceptance_rate": ("share", OFFERS),
    "campaign_conversion_rate": ("share", OFFERS),
    "late_payment_rate": ("share", BILLS),
    "avg_overage": ("dollars per month", CUSTOMERS),
    "avg_roaming_days": ("days per month", CUSTOMERS),
    "avg_price_sensitivity": ("score 0 to 1", RESPONDENTS),
    "avg_switching_propensity": ("score 0 to 1", RESPONDENTS),
    "avg_tech_adoption": ("score 0 to 1", RESPONDENTS),
    "avg_streaming_affinity": ("score 0 to 1", RESPONDENTS),
    "avg_coverage_gap": ("score 0 to 1", RESPONDENTS),
    "avg_competitor_saving": ("dollars per month", RESPONDENTS),
    "top_plan_share": ("share", CUSTOMERS),
}

UNKNOWN = (None, "Unknown", "ZZ")  # ZZ is what ISO 3166 leaves for a state nobody knows

TYPICAL = (
    "top_plan",
    "second_plan",
    "top_device_brand",
    "top_market",
    "top_state",
    "top_contact_category",
    "top_payment_method",
    "top_gender",
    "top_contract",
    "top_channel",
)


def read_segments(reader: Reader, carrier: Carrier) -> tuple[Segment, ...]:
    """Every segment of the build, ordered by id, under the carrier's names, or by their figures.

    A figure nothing was measured for is left out. Raises DatasetMissing when the build holds a
    segment the carrier does not know.
    """
    rows = reader.rows("select * from analytics.segment_statistics order by segment_id")
    (calendar,) = reader.rows("select * from analytics.calendar")
    ids = [str(row["segment_id"]) for row in rows]
    profiles = {profile.id: profile for profile in carrier.segments or map(unnamed, ids)}
    if unknown := sorted({*ids} - set(profiles)):
        raise DatasetMissing(
            f"a build for this carrier, who has no segment {', '.join(unknown)},",
            "run `twin build`",
        )
    segments = tuple(_segment(row, calendar, profiles[str(row["segment_id"])]) for row in rows)
    return segments if carrier.segments else name_segments(segments)


def _segment(
    row: Mapping[str, Cell], calendar: Mapping[str, Cell], profile: SegmentProfile
) -> Segment:
    window = {
        "id": profile.id,
        "first_day": calendar["first_day"],
        "as_of": calendar["as_of_date"],
        "first_month": calendar["first_billing_month"],
        "last_month": calendar["last_billing_month"],
    }
    return Segment(
        id=profile.id,
        name=profile.name,
        tagline=profile.tagline,
        traits=profile.traits,
        customers=int(number(row["customers"])),
        share=number(row["share"]),
        statistics={
            name: _figure(name, row, window) for name in STATISTICS if row[name] is not None
        },
        typical={name: str(row[name]) for name in TYPICAL if row[name] not in UNKNOWN},
        as_of=str(row["as_of_date"]),
    )


def _figure(name: str, row: Mapping[str, Cell], window: Mapping[str, Cell]) -> Figure:
    unit, basis = STATISTICS[name]
    source = Source(
        table=basis.table,
        filter=basis.condition.format(**window),
        rows=int(number(row[basis.rows])),
    )
    return Figure(value=number(row[name]), unit=unit, source=source)


def number(cell: Cell) -> float:
    """A cell that holds a number, whichever kind the engine gives."""
    if not isinstance(cell, int | float | Decimal):
        raise TypeError(f"expected a number, found {type(cell).__name__}")
    return float(cell)
