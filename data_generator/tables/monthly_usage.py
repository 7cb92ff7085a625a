"""The monthly usage table: one row per customer and billed month, oldest first."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from data_generator.customers import segments
from data_generator.customers.billing import Months, billed_months, fixed_charges
from data_generator.customers.identifiers import record_id_text
from data_generator.customers.plans import ALLOWANCE_GB
from data_generator.customers.population import Population
from data_generator.customers.traits import Counts
from data_generator.draws import Draws, Uint16s, bernoulli, exponential, lognormal, pick_by_group
from data_generator.schema.columns import (
    Column,
    assemble,
    characters,
    coded,
    days,
    decimals,
    integers,
    owners,
)

PAYMENT_STATUSES = ("Paid", "Late", "Partial", "Unpaid")
# how a bill that is not paid on time ends, by PAYMENT_STATUSES; chosen
LATE_PAYMENT_WEIGHTS = ((0.0, 0.72, 0.16, 0.12),)
MINUTES_PER_CALL = 3.4  # chosen
THROTTLED_ABOVE_GB = 50.0  # unlimited lines may be throttled in busy places; chosen
MAX_THROTTLED_DAYS = 12


def monthly_usage_table(people: Population) -> pa.RecordBatch:
    """The rows of these customers, in their order."""
    months = billed_months(people)
    draws = Draws(people.seed, "monthly_usage")
    columns = (
        _keys(people, months)
        | _voice(people, months, draws)
        | _data(people, months, draws)
        | _messages(people, months, draws)
        | _bill(people, months)
        | _payment(people, months, draws)
    )
    return assemble("monthly_usage", columns)


def _keys(people: Population, months: Months) -> dict[str, Column]:
    text = record_id_text(people.id_text, months.owner, "usage", months.back)
    return {
        "usage_id": characters(text),
        "customer_id": owners(months.owner, people.id_text),
        "billing_month": days(people.anchor_month - months.back),
    }


def _voice(people: Population, months: Months, draws: Draws) -> dict[str, Column]:
    amount, onnet, abroad, length = draws.four_uint16("voice", months.row)
    minutes = people.voice_minutes[months.owner] * lognormal(segments.MONTH_SPREAD)[amount]
    international = minutes * np.where(bernoulli(0.12, abroad), 0.06, 0.0)  # chosen
    within = (minutes - international) * (0.35 + 0.3 * onnet / 65_536)
    calls = minutes / (MINUTES_PER_CALL * (0.8 + 0.4 * length / 65_536))
    return {
        "voice_minutes_onnet": integers(within),
        "voice_minutes_offnet": integers(minutes - international - within),
        "voice_minutes_intl": integers(international),
        "voice_calls_count": integers(calls + 0.5),
    }


def _data(people: Population, months: Months, draws: Draws) -> dict[str, Column]:
    on_5g_draw, throttled, roamed, talked = draws.four_uint16("data", months.row)
    reach = people.share_on_5g[months.owner]
    on_5g = np.rint(10_000 * reach * (0.75 + 0.4 * on_5g_draw / 65_536)).astype(np.int64)
    on_5g = np.minimum(on_5g, 10_000)
    used = months.data_thousandths > 0
    abroad = months.roaming_days * (0.1 + 0.5 * roamed / 65_536)
    thousandths = np.minimum(np.rint(1000 * abroad).astype(np.int64), months.data_thousandths)
    return {
        "data_usage_gb": decimals(months.data_thousandths, 10, 3),
        "data_usage_4g_pct": decimals(np.where(used, 10_000 - on_5g, 0), 5, 2),
        "data_usage_5g_pct": decimals(np.where(used, on_5g, 0), 5, 2),
        "data_throttled_days": integers(_throttled_days(people, months, throttled)),
        "roaming_days": integers(months.roaming_days),
        "roaming_data_gb": decimals(thousandths, 10, 3),
        "roaming_voice_min": integers(months.roaming_days * (talked >> 12).astype(np.int64)),
    }


def _throttled_days(people: Population, months: Months, draw: Uint16s) -> Counts:
    """Days after the allowance ran out, or the fair use of an unlimited plan."""
    allowance = np.minimum(ALLOWANCE_GB[people.plan], THROTTLED_ABOVE_GB * people.lines)[
        months.owner
    ]
    above = np.maximum(months.data_thousandths / 1000 / allowance - 1, 0)
    longest = MAX_THROTTLED_DAYS * np.minimum(above * 1.5, 1)
    return np.asarray(np.floor(longest * (0.5 + draw / 131_072) + 0.5), dtype=np.int64)


def _messages(people: Population, months: Months, draws: Draws) -> dict[str, Column]:
    amount, pictures, _, _ = draws.four_uint16("messages", months.row)
    messages = people.messages[months.owner] * lognormal(segments.MONTH_SPREAD)[amount]
    with_picture = messages * (0.04 + 0.12 * pictures / 65_536)
    return {
        "sms_sent": integers(messages - with_picture),
        "mms_sent": integers(with_picture),
    }


def _bill(people: Population, months: Months) -> dict[str, Column]:
    fixed = fixed_charges(people)
    total = fixed.total[months.owner] + months.overage + months.roaming
    return {
        "base_charge": decimals(fixed.base[months.owner], 10, 2),
        "overage_charges": decimals(months.overage, 10, 2),
        "roaming_charges": decimals(months.roaming, 10, 2),
        "add_on_charges": decimals(fixed.add_ons[months.owner], 10, 2),
        "discounts_applied": decimals(fixed.discounts[months.owner], 10, 2),
        "total_bill": decimals(total, 10, 2),
    }


def _payment(people: Population, months: Months, draws: Draws) -> dict[str, Column]:
    """Automatic payments come on the second day, others within three weeks, late ones after."""
    late, how, wait, _ = draws.four_uint16("payment", months.row)
    untimely = bernoulli(people.late_chance[months.owner], late)
    unpaid = pick_by_group(LATE_PAYMENT_WEIGHTS, np.zeros(len(how), dtype=np.int64), how)
    status = np.where(untimely, unpaid, 0)
    on_time = np.where(people.autopay, 2.0, 19.0)[months.owner] * (wait / 65_536)
    on_time = np.where(people.prepaid[months.owner], 0.0, on_time)
    after = 31 + np.minimum(12 * exponential()[wait], 58)
    return {
        "payment_status": coded(PAYMENT_STATUSES, status),
        "days_to_payment": integers(np.where(untimely, after, on_time), status != 3),
    }
