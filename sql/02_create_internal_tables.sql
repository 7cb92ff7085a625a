-- purpose: the four tables of the carrier's own records, its past events, its configuration, and
--          what builds of the twins leave for those after them
-- grain: one table per kind of record, stated above each
-- portable: yes
--
-- Snowflake records primary and foreign keys without enforcing them; loading checks both.
-- created_at and updated_at of customers are filled by the database, not by the file.

use role cdt_admin;
use database customer_digital_twin;

create schema if not exists raw;
create schema if not exists personas;
create schema if not exists analytics;

-- one row per customer, as the carrier knows them today
create table if not exists raw.customers (
    customer_id varchar(36) not null,
    account_id varchar(20),
    zip_code varchar(5) not null,
    state_code varchar(2) not null,
    dma_code varchar(3) not null,
    age int,
    gender varchar(10),
    customer_since date not null,
    tenure_months int not null,
    acquisition_channel varchar(30),
    plan_name varchar(30) not null,
    plan_category varchar(20) not null,
    plan_price decimal(6,2) not null,
    lines_on_account int not null,
    contract_type varchar(20),
    contract_end_date date,
    device_brand varchar(30),
    device_model varchar(50),
    device_tier varchar(20),
    device_os varchar(20),
    device_age_months int,
    is_5g_capable boolean,
    monthly_arpu decimal(8,2),
    lifetime_value decimal(10,2),
    total_revenue_12m decimal(10,2),
    payment_method varchar(20),
    autopay_enrolled boolean,
    paperless_billing boolean,
    credit_class varchar(10),
    has_device_protection boolean,
    has_intl_roaming boolean,
    has_streaming_bundle boolean,
    rewards_member boolean,
    rewards_tier varchar(20),
    rewards_points_balance int,
    app_user boolean,
    app_engagement_score decimal(3,2),
    last_app_login date,
    nps_score int,
    nps_survey_date date,
    churn_risk_score decimal(3,2),
    predicted_churn_reason varchar(50),
    complaint_count_12m int,
    created_at timestamp_ntz default current_timestamp(),
    updated_at timestamp_ntz default current_timestamp(),
    primary key (customer_id)
);

-- one row per customer and active month: what was used, billed and paid
create table if not exists raw.monthly_usage (
    usage_id varchar(36) not null,
    customer_id varchar(36) not null,
    billing_month date not null,
    voice_minutes_onnet int,
    voice_minutes_offnet int,
    voice_minutes_intl int,
    voice_calls_count int,
    data_usage_gb decimal(10,3),
    data_usage_4g_pct decimal(5,2),
    data_usage_5g_pct decimal(5,2),
    data_throttled_days int,
    sms_sent int,
    mms_sent int,
    roaming_days int,
    roaming_data_gb decimal(10,3),
    roaming_voice_min int,
    base_charge decimal(10,2),
    overage_charges decimal(10,2),
    roaming_charges decimal(10,2),
    add_on_charges decimal(10,2),
    discounts_applied decimal(10,2),
    total_bill decimal(10,2) not null,
    payment_status varchar(20),
    days_to_payment int,
    primary key (usage_id),
    foreign key (customer_id) references raw.customers (customer_id)
);

-- one row per contact with support, in the customer's words where they left any
create table if not exists raw.support_interactions (
    interaction_id varchar(36) not null,
    customer_id varchar(36) not null,
    interaction_date timestamp_ntz not null,
    channel varchar(20) not null,
    category varchar(50) not null,
    subcategory varchar(50),
    intent varchar(100),
    resolution_status varchar(20),
    resolution_time_hours decimal(10,2),
    first_contact_resolution boolean,
    sentiment_score decimal(3,2),
    csat_score int,
    interaction_summary varchar(1000),
    customer_verbatim varchar(2000),
    primary key (interaction_id),
    foreign key (customer_id) references raw.customers (customer_id)
);

-- one row per offer sent to a customer and what became of it
create table if not exists raw.campaign_responses (
    response_id varchar(36) not null,
    customer_id varchar(36) not null,
    campaign_id varchar(36) not null,
    campaign_name varchar(100),
    campaign_type varchar(30),
    campaign_category varchar(50),
    offer_type varchar(50),
    offer_value decimal(10,2),
    channel varchar(20),
    sent_at timestamp_ntz not null,
    delivered boolean not null,
    opened boolean,
    clicked boolean,
    responded boolean,
    response_type varchar(30),
    response_at timestamp_ntz,
    converted boolean,
    conversion_value decimal(10,2),
    primary key (response_id),
    foreign key (customer_id) references raw.customers (customer_id)
);

-- one row per past event and segment: what was done and what customers did about it. Rates are
-- shares of customers, churn is monthly, and the uplift is in percentage points; shares are of the
-- segment in the month after, and levers is a JSON list as domain/levers reads it.
-- price_change_dollars is what a lasting change of price adds to the mean bill of the segment
create table if not exists personas.historical_reactions (
    event_id varchar(64) not null,
    event_date date not null,
    segment_id varchar(32) not null,
    scenario varchar(20000) not null,
    category varchar(20) not null,
    levers varchar,
    price_change_dollars float,
    churn_rate_before float,
    churn_rate_after float,
    churn_uplift_points float,
    sentiment float,
    likely_action varchar(20),
    accept_share float,
    ignore_share float,
    complain_share float,
    threaten_churn_share float,
    churn_share float,
    upgrade_share float,
    downgrade_share float,
    sample_verbatim varchar(2000),
    source varchar(200) not null,
    primary key (event_id, segment_id)
);

-- the loader fills it, and sees nothing else of personas
grant select, insert, update, delete on table personas.historical_reactions to role cdt_data_loader;

-- one row: whose customers these are, from the carrier's configuration; currency is ISO 4217
create table if not exists analytics.carrier (
    name varchar not null,
    currency varchar(3) not null,
    subscribers int not null,
    monthly_churn float not null
);

-- one row per price plan, from the carrier's configuration; data_gb NULL means unlimited
create table if not exists analytics.plan_catalog (
    plan_name varchar(30) not null,
    plan_category varchar(20) not null,
    plan_price decimal(6,2) not null,
    data_gb float,
    primary key (plan_name)
);

-- one row per segment profile and clustering feature, from the carrier's configuration: where the
-- profile lies, in standard deviations from the customer base
create table if not exists analytics.segment_signatures (
    segment_id varchar(32) not null,
    feature varchar(64) not null,
    standard_deviations float not null,
    primary key (segment_id, feature)
);

-- one row per build of the twins in this database, published once it was whole. A build writes over
-- the one before, so one without published_at means that the tables are being written. carrier is
-- the configuration of whose customers they are, JSON as domain/catalog.py reads it
create table if not exists analytics.builds (
    version int not null,
    as_of date,
    started_at timestamp_ntz not null default current_timestamp(),
    published_at timestamp_ntz,
    note varchar(1000),
    carrier varchar,
    primary key (version)
);

-- one row per build also where the table is older than its carrier; such builds are built again
alter table analytics.builds add column if not exists carrier varchar;

-- one row per segment that has a persona: the version of the persona that speaks for it now. What
-- finds segments anew empties it, and what builds personas of them fills it, all or nothing
create table if not exists personas.current_versions (
    segment_id varchar(32) not null,
    persona_id varchar(64) not null,
    version int not null,
    primary key (segment_id)
);

-- one row per segment of a carrier that was ever found, and clustering feature: the mean of its
-- customers when they were last found, by which a segment is known again
create table if not exists analytics.segment_centers (
    carrier varchar not null,
    segment_id varchar(32) not null,
    feature varchar(64) not null,
    center float not null,
    is_current boolean not null,
    primary key (carrier, segment_id, feature)
);
