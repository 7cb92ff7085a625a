"""A small base: a few coherent rows in all tables, a carrier and a persona for them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import duckdb

from adapters.warehouse.scripts.scripts import run_script, script
from adapters.warehouse.scripts.tables import HISTORY, TABLE_SCRIPTS, declared_tables
from domain.catalog import Carrier, Plan, SegmentProfile
from domain.personas.persona import Composite, HotButtons, Identity, Narrative, Persona, Profile

CUSTOMERS = ("c1", "c2", "c3")
SAID = ("Why did my bill go up?", "It just works, thank you.", "Call me on 555 0199.")
RARELY_SAID = "My neighbor in the blue house says the same."
SENT_AT = datetime(2025, 1, 5, 10)  # noqa: DTZ001 the tables hold naive timestamps

ROWS: dict[str, list[dict[str, object]]] = {
    "raw.customers": [
        {
            "customer_id": customer,
            "zip_code": "59715",
            "state_code": "MT",
            "dma_code": "001",
            "customer_since": date(2024, 1, 1),
            "tenure_months": 12,
            "plan_name": 'Basic "S", small',
            "plan_category": "Postpaid",
            "plan_price": 35,
            "lines_on_account": 1,
            "autopay_enrolled": True,
        }
        for customer in CUSTOMERS
    ],
    "raw.monthly_usage": [
        {
            "usage_id": f"u-{customer}",
            "customer_id": customer,
            "billing_month": date(2025, 1, 1),
            "total_bill": 35.5,
        }
        for customer in CUSTOMERS
    ],
    "raw.support_interactions": [
        {
            "interaction_id": "i1",
            "customer_id": "c1",
            "interaction_date": SENT_AT,
            "channel": "Call",
            "category": "Billing",
        }
    ],
    "raw.campaign_responses": [
        {
            "response_id": "r1",
            "customer_id": "c2",
            "campaign_id": "k1",
            "offer_type": "Bill Credit",
            "sent_at": SENT_AT,
            "delivered": True,
        }
    ],
    "external.zip_demographics": [
        {"zip_code": "59715", "state_code": "MT", "urban_rural_class": "Rural"}
    ],
    "external.economic_indicators": [{"zip_code": "59715"}],
    "external.competitive_landscape": [{"dma_code": "001"}],
    "external.lifestyle_segments": [{"zip_code": "59715"}],
}


PRICE_RISE = '[{"kind": "price_change", "amount_dollars": 5.0}]'
CREDIT = '[{"kind": "credit", "amount_dollars": 20.0}]'


@contextmanager
def small_base() -> Iterator[duckdb.DuckDBPyConnection]:
    """The tables with ROWS in them; without history, see `add_history`."""
    with duckdb.connect() as connection:
        for name in TABLE_SCRIPTS:
            run_script(connection, script(name))
        for table, rows in ROWS.items():
            for row in rows:
                marks = ", ".join("?" for _ in row)
                connection.execute(
                    f"insert into {table} ({', '.join(row)}) values ({marks})",  # noqa: S608 ours
                    list(row.values()),
                )
        yield connection


def write_files(tables: duckdb.DuckDBPyConnection, folder: Path, kind: str) -> None:
    """Every table as a `csv` or `parquet` file, without what the database fills in itself.

    An optional table without rows is no file.
    """
    folder.mkdir(exist_ok=True)
    for table in declared_tables():
        columns = [column.name for column in table.columns if not column.filled_by_database]
        rows = tables.table(f"{table.schema}.{table.name}").project(", ".join(columns))
        if table.optional and not rows.limit(1).fetchall():
            continue
        path = str(folder / f"{table.name}.{kind}")
        if kind == "csv":
            rows.write_csv(path, header=True)
        else:
            rows.write_parquet(path)


def write_ninety_more(folder: Path) -> Path:
    """Files with ROWS, ninety customers of three plain kinds, thirty of each, and history."""
    with small_base() as tables:
        for number in range(90):
            add_customer(tables, number)
        add_history(tables)
        write_files(tables, folder, "parquet")
    return folder


def add_customer(tables: duckdb.DuckDBPyConnection, number: int) -> None:
    kind = number % 3
    plan, price, lines = (("Small", 25, 1), ("Large", 75, 1), ("Family", 140, 4))[kind]
    key = f"n{number:02}"
    tables.execute(
        "insert into raw.customers (customer_id, zip_code, state_code, dma_code, customer_since,"
        " tenure_months, plan_name, plan_category, plan_price, lines_on_account, age, nps_score)"
        " values (?, '59715', 'MT', '001', '2024-01-01', 12, ?, 'Postpaid', ?, ?, ?, ?)",
        [key, plan, price, lines, 22 + 15 * kind, None if number % 2 else 8],
    )
    tables.execute(
        "insert into raw.monthly_usage (usage_id, customer_id, billing_month, data_usage_gb,"
        " total_bill, payment_status) values (?, ?, '2025-01-01', ?, ?, 'Paid')",
        [f"u{number}", key, (2, 40, 20)[kind], price],
    )
    tables.execute(
        "insert into raw.support_interactions (interaction_id, customer_id, interaction_date,"
        " channel, category, sentiment_score, customer_verbatim)"
        " values (?, ?, '2025-01-03 10:00:00', 'Call', 'Billing', -0.5, ?)",
        [f"s{number}", key, RARELY_SAID if number in (0, 3, 6, 9) else SAID[number // 3 % 3]],
    )
    tables.execute(
        "insert into raw.campaign_responses (response_id, customer_id, campaign_id, offer_type,"
        " offer_value, sent_at, delivered, response_type)"
        " values (?, ?, 'k1', 'Data Bonus', 5, '2025-01-04 10:00:00', ?, ?)",
        [f"o{number}", key, number % 5 > 0, ("Accepted", "Ignored", "Complained")[kind]],
    )


def add_history(tables: duckdb.DuckDBPyConnection) -> None:
    """What came of two past events in two segments."""
    for event, text, levers, dollars, points in (
        ("e1", "Prices go up by $5 a month.", PRICE_RISE, 5.0, 1.5),
        ("e2", "We give everybody a credit of $20.", CREDIT, None, -0.5),
    ):
        for segment in ("S1", "S2"):
            tables.execute(
                f"insert into {HISTORY} (event_id, event_date, segment_id, scenario, category,"  # noqa: S608
                " levers, price_change_dollars, churn_rate_before, churn_rate_after,"
                " churn_uplift_points, sentiment, likely_action, accept_share, ignore_share,"
                " complain_share, threaten_churn_share, churn_share, upgrade_share,"
                " downgrade_share, sample_verbatim, source) values (?, '2024-05-01', ?, ?,"
                " 'Pricing', ?, ?, 0.02, 0.02 + ? / 100, ?, -0.25, 'IGNORE', 0.04, 0.85, 0.05,"
                " 0.01, 0.035, 0.01, 0.005, 'Why do I pay more?', 'a test')",
                [event, segment, text, levers, dollars, points, points],
            )


def profile(segment_id: str, **signature: float) -> SegmentProfile:
    return SegmentProfile(
        id=segment_id,
        name=f"Segment {segment_id}",
        tagline="",
        traits=(),
        signature=signature,
        given_names=("Sam",),
    )


CARRIER = Carrier(
    name="Northwind",
    tagline="",
    headquarters="",
    subscribers=1_000,
    market_share=0.1,
    monthly_churn=0.02,
    plans=(Plan(name="Small", category="Postpaid", price_dollars=25, data_gb=3),),
    segments=(
        profile("S1", age=-1),
        profile("S2", data_gb_log=1),
        profile("S3", lines_log=1.5, age=1),
    ),
)


def plain_persona() -> Persona:
    """A persona with a word in every place."""
    word = "word"
    return Persona(
        persona_id="per_0",
        segment_id="S1",
        segment_name=word,
        share=0.5,
        customers=10,
        identity=Identity(name=word, age=40, place=word, tagline=word),
        composite=Composite(**dict.fromkeys(Composite.model_fields, word)),
        profile=Profile(
            usage=word,
            channels=(),
            price_sensitivity=word,
            loyalty=word,
            pain_points=(),
            value_drivers=(),
        ),
        narrative=Narrative(
            background=word,
            relationship_with_service=word,
            financial_mindset=word,
            communication_style=word,
            decision_style=word,
            emotional_triggers=(),
            hot_buttons=HotButtons(happy=(), angry=(), ignores=()),
            sample_quotes=(),
        ),
        statistics={},
        version=1,
        as_of="2025-01-31",
        written_by="statistics",
    )
