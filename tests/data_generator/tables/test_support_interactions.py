from __future__ import annotations

import re

import pytest

from tests.data_generator.conftest import CUSTOMERS, Market


def test_there_are_as_many_contacts_as_the_carrier_has(market: Market) -> None:
    contacts = market.number("select count(*) from support_interactions") / CUSTOMERS
    assert contacts == pytest.approx(2.11, rel=0.03)


@pytest.mark.parametrize(
    "wrong",
    [
        "interaction_date < customer_since",
        "interaction_date < timestamp '2025-03-01' or interaction_date >= timestamp '2026-03-01'",
        "(resolution_status in ('Resolved', 'Escalated')) <> (resolution_time_hours is not null)",
        "first_contact_resolution and resolution_status <> 'Resolved'",
        "csat_score not between 1 and 5",
        "sentiment_score not between -1 and 1",
        "category = 'Complaint' and sentiment_score > 0.4",
        "subcategory = 'Data Overage' and plan_name not in ('Glacier', 'Flurry', 'Powder')",
        "subcategory = 'Line Management' and lines_on_account = 1",
        (
            "regexp_matches(customer_verbatim, '(Glacier|Flurry|Powder|Blizzard|Avalanche|Summit)')"
            " and not contains(customer_verbatim, plan_name)"
        ),
        "not contains(interaction_summary, plan_name)",
    ],
)
def test_no_contact_contradicts_itself(market: Market, wrong: str) -> None:
    contacts = "support_interactions inner join customers using (customer_id)"
    assert market.count(contacts, wrong) == 0


def test_texts_are_varied_yet_many_are_said_by_several(market: Market) -> None:
    different = "select count(distinct {}) from support_interactions"
    assert market.number(different, "customer_verbatim") > 2_000
    assert market.number(different, "interaction_summary") > 3_000
    shared = """
        select count(*) from (
            select customer_verbatim from support_interactions where customer_verbatim is not null
            group by 1 having count(distinct customer_id) >= 5
        )
    """
    assert market.number(shared) > 1_000


def test_no_text_identifies_anybody(market: Market) -> None:
    texts = market.rows("""
        select distinct customer_verbatim || interaction_summary from support_interactions
        where customer_verbatim is not null
    """)
    assert not [text for (text,) in texts if re.search(r"\d{3}|@|http", text)]


def test_a_subcategory_has_one_category_and_one_intent(market: Market) -> None:
    several = """
        select subcategory from support_interactions group by subcategory
        having count(distinct category) > 1 or count(distinct intent) > 1
    """
    assert market.rows(several) == []


def test_unhappy_contacts_sound_unhappy(market: Market) -> None:
    thanks = """
        select avg((customer_verbatim like '%Thank you!%')::int) from support_interactions
        where sentiment_score {} and customer_verbatim is not null
    """
    assert market.number(thanks, "< -0.2") == 0
    assert market.number(thanks, "> 0.2") > 0.1


def test_a_customers_contacts_are_in_order_of_time(market: Market) -> None:
    backwards = """
        select count(*) from (
            select interaction_date < lag(interaction_date)
                over (partition by customer_id order by file_row_number) as earlier
            from support_interactions
        ) where earlier
    """
    assert market.number(backwards) == 0
