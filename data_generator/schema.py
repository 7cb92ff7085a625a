"""Schema: the nine tables, column by column, as the files carry them."""

from __future__ import annotations

import pyarrow as pa

KINDS: dict[str, pa.DataType] = {
    "text": pa.string(),
    "int": pa.int32(),
    "flag": pa.bool_(),
    "day": pa.date32(),
    "moment": pa.timestamp("us"),
    "number": pa.float64(),
}


def _table(spec: str) -> pa.Schema:
    """A schema from lines of `name type`; dP,S is a decimal of precision P and scale S."""
    columns = [line.split() for line in spec.strip().splitlines()]
    return pa.schema([pa.field(name, _type(kind)) for name, kind in columns])


def _type(kind: str) -> pa.DataType:
    if kind in KINDS:
        return KINDS[kind]
    precision, scale = kind.removeprefix("d").split(",")
    return pa.decimal128(int(precision), int(scale))


SCHEMAS: dict[str, pa.Schema] = {
    "customers": _table(
        """
        customer_id text
        account_id text
        zip_code text
        state_code text
        dma_code text
        age int
        gender text
        customer_since day
        tenure_months int
        acquisition_channel text
        plan_name text
        plan_category text
        plan_price d6,2
        lines_on_account int
        contract_type text
        contract_end_date day
        device_brand text
        device_model text
        device_tier text
        device_os text
        device_age_months int
        is_5g_capable flag
        monthly_arpu d8,2
        lifetime_value d10,2
        total_revenue_12m d10,2
        payment_method text
        autopay_enrolled flag
        paperless_billing flag
        credit_class text
        has_device_protection flag
        has_intl_roaming flag
        has_streaming_bundle flag
        rewards_member flag
        rewards_tier text
        rewards_points_balance int
        app_user flag
        app_engagement_score d3,2
        last_app_login day
        nps_score int
        nps_survey_date day
        churn_risk_score d3,2
        predicted_churn_reason text
        complaint_count_12m int
        """
    ),
    "monthly_usage": _table(
        """
        usage_id text
        customer_id text
        billing_month day
        voice_minutes_onnet int
        voice_minutes_offnet int
        voice_minutes_intl int
        voice_calls_count int
        data_usage_gb d10,3
        data_usage_4g_pct d5,2
        data_usage_5g_pct d5,2
        data_throttled_days int
        sms_sent int
        mms_sent int
        roaming_days int
        roaming_data_gb d10,3
        roaming_voice_min int
        base_charge d10,2
        overage_charges d10,2
        roaming_charges d10,2
        add_on_charges d10,2
        discounts_applied d10,2
        total_bill d10,2
        payment_status text
        days_to_payment int
        """
    ),
    "support_interactions": _table(
        """
        interaction_id text
        customer_id text
        interaction_date moment
        channel text
        category text
        subcategory text
        intent text
        resolution_status text
        resolution_time_hours d10,2
        first_contact_resolution flag
        sentiment_score d3,2
        csat_score int
        interaction_summary text
        customer_verbatim text
        """
    ),
    "campaign_responses": _table(
        """
        response_id text
        customer_id text
        campaign_id text
        campaign_name text
        campaign_type text
        campaign_category text
        offer_type text
        offer_value d10,2
        channel text
        sent_at moment
        delivered flag
        opened flag
        clicked flag
        responded flag
        response_type text
        response_at moment
        converted flag
        conversion_value d10,2
        """
    ),
    "zip_demographics": _table(
        """
        zip_code text
        zip_name text
        state_code text
        state_name text
        region text
        dma_code text
        dma_name text
        total_population int
        population_density d10,2
        land_area_sq_miles d10,2
        urban_rural_class text
        pct_age_18_24 d5,2
        pct_age_25_34 d5,2
        pct_age_35_44 d5,2
        pct_age_45_54 d5,2
        pct_age_55_64 d5,2
        pct_age_65_plus d5,2
        median_age d4,1
        median_household_income int
        mean_household_income int
        per_capita_income int
        pct_income_under_25k d5,2
        pct_income_25k_50k d5,2
        pct_income_50k_75k d5,2
        pct_income_75k_100k d5,2
        pct_income_100k_150k d5,2
        pct_income_150k_plus d5,2
        pct_high_school d5,2
        pct_some_college d5,2
        pct_bachelors d5,2
        pct_graduate_degree d5,2
        pct_owner_occupied d5,2
        pct_renter_occupied d5,2
        median_home_value int
        median_rent int
        avg_household_size d3,1
        pct_family_households d5,2
        pct_married_couples d5,2
        pct_single_parent d5,2
        pct_living_alone d5,2
        labor_force_participation d5,2
        pct_white_collar d5,2
        pct_blue_collar d5,2
        pct_service_industry d5,2
        pct_white d5,2
        pct_black d5,2
        pct_hispanic d5,2
        pct_asian d5,2
        pct_other_race d5,2
        """
    ),
    "economic_indicators": _table(
        """
        zip_code text
        cost_of_living_index d5,1
        housing_cost_index d5,1
        utilities_cost_index d5,1
        transportation_index d5,1
        groceries_index d5,1
        healthcare_index d5,1
        unemployment_rate d4,2
        job_growth_rate_yoy d5,2
        poverty_rate d5,2
        food_insecurity_rate d5,2
        uninsured_rate d5,2
        home_price_growth_yoy d5,2
        rent_growth_yoy d5,2
        vacancy_rate d5,2
        avg_credit_score int
        pct_prime_credit d5,2
        pct_subprime_credit d5,2
        avg_debt_to_income d5,2
        retail_sales_per_capita int
        ecommerce_penetration d5,2
        data_as_of_date day
        """
    ),
    "competitive_landscape": _table(
        """
        dma_code text
        dma_name text
        total_wireless_subs int
        market_size_revenue d12,2
        yoy_market_growth d5,2
        snowmobile_subs int
        snowmobile_market_share d5,2
        snowmobile_nps int
        snowmobile_coverage_pct d5,2
        snowmobile_5g_pct d5,2
        vz_market_share d5,2
        vz_avg_price d6,2
        vz_nps int
        vz_coverage_pct d5,2
        att_market_share d5,2
        att_avg_price d6,2
        att_nps int
        att_coverage_pct d5,2
        tmo_market_share d5,2
        tmo_avg_price d6,2
        tmo_nps int
        tmo_coverage_pct d5,2
        regional_market_share d5,2
        regional_avg_price d6,2
        market_concentration d5,2
        price_war_intensity text
        recent_competitor_promo text
        promo_end_date day
        """
    ),
    "lifestyle_segments": _table(
        """
        zip_code text
        primary_lifestyle text
        secondary_lifestyle text
        lifestyle_diversity d3,2
        tech_adoption_score int
        smartphone_penetration d5,2
        pct_iphone d5,2
        pct_android d5,2
        smart_home_adoption d5,2
        streaming_penetration d5,2
        cord_cutter_rate d5,2
        avg_daily_screen_time d4,1
        social_media_heavy_pct d5,2
        online_shopping_pct d5,2
        mobile_banking_pct d5,2
        streaming_hours_week d4,1
        gaming_hours_week d4,1
        news_consumption text
        primary_news_source text
        price_sensitivity_index int
        brand_loyalty_index int
        eco_consciousness int
        early_adopter_index int
        pref_channel_digital d5,2
        pref_channel_phone d5,2
        pref_channel_store d5,2
        pref_channel_chat d5,2
        avg_data_usage_gb d5,1
        avg_lines_per_account d3,1
        family_plan_propensity d5,2
        premium_plan_propensity d5,2
        prepaid_propensity d5,2
        deal_seeker_index int
        switching_propensity d5,2
        competitor_awareness d5,2
        """
    ),
    "historical_reactions": _table(
        """
        event_id text
        event_date day
        segment_id text
        scenario text
        category text
        levers text
        price_change_dollars number
        churn_rate_before number
        churn_rate_after number
        churn_uplift_points number
        sentiment number
        likely_action text
        accept_share number
        ignore_share number
        complain_share number
        threaten_churn_share number
        churn_share number
        upgrade_share number
        downgrade_share number
        sample_verbatim text
        source text
        """
    ),
}

FOLDERS: dict[str, str] = {
    "customers": "internal",
    "monthly_usage": "internal",
    "support_interactions": "internal",
    "campaign_responses": "internal",
    "zip_demographics": "external",
    "economic_indicators": "external",
    "competitive_landscape": "external",
    "lifestyle_segments": "external",
    "historical_reactions": "internal",
}
