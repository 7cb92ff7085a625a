"""The customers table: one row per customer, as the carrier knows them on the as-of day."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from data_generator.customers import segments
from data_generator.customers.accounts import CONTRACT_TYPES, PAYMENT_METHODS
from data_generator.customers.billing import revenue
from data_generator.customers.devices import DEVICES
from data_generator.customers.identifiers import account_id_text
from data_generator.customers.plans import PLAN_NAMES, PLANS
from data_generator.customers.population import Population
from data_generator.customers.traits import Counts, Days
from data_generator.draws import Draws, Uint16s, bernoulli, lognormal, pick_by_group
from data_generator.places.places import places
from data_generator.schema.columns import (
    Column,
    assemble,
    characters,
    coded,
    days,
    decimals,
    flags,
    integers,
)

GENDERS = ("F", "M", "Other", "Unknown")
ACQUISITION_CHANNELS = ("Retail Store", "Online", "Telesales", "Partner", "Referral")
CREDIT_CLASSES = ("A", "B", "C", "D")
REWARDS_TIERS = ("Bronze", "Silver", "Gold", "Platinum")
CHURN_REASONS = (
    "Price",
    "Competitor Offer",
    "Coverage",
    "Service Experience",
    "Device Upgrade",
    "Life Change",
)
RISK_WORTH_A_REASON = 15  # hundredths; below it the carrier predicts no reason
POINTS_PER_DOLLAR = 0.5  # chosen: what is left of points after most were spent


def customers_table(people: Population) -> pa.RecordBatch:
    """The rows of these customers, in their order."""
    return assemble(
        "customers",
        _identity(people) | _account(people) | _device(people) | _money(people) | _relation(people),
    )


def _identity(people: Population) -> dict[str, Column]:
    where = places(people.seed)
    return {
        "customer_id": characters(people.id_text),
        "account_id": characters(account_id_text(people.rows)),
        "zip_code": coded(where.zip_code, people.place),
        "state_code": coded(where.state, people.place),
        "dma_code": coded(where.market_codes, where.market[people.place]),
        "age": integers(people.age),
        "gender": coded(GENDERS, people.gender),
        "customer_since": days(people.customer_since),
        "tenure_months": integers(people.tenure_months),
        "acquisition_channel": coded(ACQUISITION_CHANNELS, people.acquisition),
    }


def _account(people: Population) -> dict[str, Column]:
    cents = np.array([round(plan.price_dollars * 100) for plan in PLANS])
    return {
        "plan_name": coded(PLAN_NAMES, people.plan),
        "plan_category": coded([plan.category for plan in PLANS], people.plan),
        "plan_price": decimals(cents[people.plan], 6, 2),
        "lines_on_account": integers(people.lines),
        "contract_type": coded(CONTRACT_TYPES, people.contract),
        "contract_end_date": days(people.contract_end, people.contract > 0),
        "payment_method": coded(PAYMENT_METHODS, people.payment),
        "autopay_enrolled": flags(people.autopay),
        "paperless_billing": flags(people.paperless),
        "credit_class": coded(CREDIT_CLASSES, people.credit),
        "has_device_protection": flags(people.has_protection),
        "has_intl_roaming": flags(people.has_roaming),
        "has_streaming_bundle": flags(people.has_streaming),
    }


def _device(people: Population) -> dict[str, Column]:
    return {
        "device_brand": coded([device.brand for device in DEVICES], people.device),
        "device_model": coded([device.model for device in DEVICES], people.device),
        "device_tier": coded([device.tier for device in DEVICES], people.device),
        "device_os": coded([device.system for device in DEVICES], people.device),
        "device_age_months": integers(people.device_age_months),
        "is_5g_capable": flags(people.has_5g),
    }


def _money(people: Population) -> dict[str, Column]:
    """Revenue is the sum of the bills in the data; lifetime value is revenue since joining."""
    total = revenue(people)
    monthly = np.rint(total / people.months_billed).astype(np.int64)
    return {
        "monthly_arpu": decimals(monthly, 8, 2),
        "lifetime_value": decimals(monthly * people.tenure_months, 10, 2),
        "total_revenue_12m": decimals(total, 10, 2),
        "rewards_member": flags(people.rewards_member),
        "rewards_tier": coded(REWARDS_TIERS, people.rewards_tier, people.rewards_member),
        "rewards_points_balance": integers(_points(people, total)),
    }


def _relation(people: Population) -> dict[str, Column]:
    draws = Draws(people.seed, "customers")
    asked, survey, login, reason = draws.four_uint16("relation", people.rows)
    was_asked = bernoulli(segments.NPS_ASKED, asked)
    risk = people.churn_risk_hundredths
    reasons = pick_by_group(segments.CHURN_REASONS, people.segment, reason)
    return {
        "app_user": flags(people.app_user),
        "app_engagement_score": decimals(people.app_engagement_hundredths, 3, 2),
        "last_app_login": days(_last_login(people, login), people.app_user),
        "nps_score": integers(people.nps, was_asked),
        "nps_survey_date": days(_day_in_window(people, survey), was_asked),
        "churn_risk_score": decimals(risk, 3, 2),
        "predicted_churn_reason": coded(CHURN_REASONS, reasons, risk >= RISK_WORTH_A_REASON),
        "complaint_count_12m": integers(people.complaints),
    }


def _points(people: Population, revenue_cents: Counts) -> Counts:
    spread = lognormal(0.5)[Draws(people.seed, "customers").uint16("points", people.rows)]
    points = np.rint(revenue_cents / 100 * POINTS_PER_DOLLAR * spread).astype(np.int64)
    return np.where(people.rewards_member, points, 0)


def _last_login(people: Population, draw: Uint16s) -> Days:
    """The more engaged, the more recent; never before joining."""
    away = 1 + (draw.astype(np.int64) * (105 - people.app_engagement_hundredths) >> 16)
    return np.asarray(np.maximum(people.as_of - away, people.customer_since))


def _day_in_window(people: Population, draw: Uint16s) -> Days:
    return np.asarray(people.window_start + (draw * people.window_days >> 16))
