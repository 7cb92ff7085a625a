-- purpose: everything known of a customer in one row, from the carrier's records and the places
-- grain: one row per customer in customer_features and respondent_features
-- portable: yes
--
-- "Today" is the last day the data describe (analytics.calendar), never the day the script runs:
-- the same data give the same features on any day. Means and sums are taken over decimals, which
-- add up to the same in any order; sums of floats do not.
-- Missing values: counts and shares of things that never happened are 0; a place we know nothing
-- of is the average place, and with no places at all a stated constant. No feature is ever NULL.

use role cdt_admin;
use warehouse cdt_ml_wh;
use database customer_digital_twin;

create schema if not exists analytics;

-- one row: the last day the data describe, and where the twelve months before it begin
create or replace table analytics.calendar as
with days as (
    select last_day(max(billing_month))::date as day from raw.monthly_usage
    union all
    select max(interaction_date)::date as day from raw.support_interactions
    union all
    select max(sent_at)::date as day from raw.campaign_responses
    union all
    select max(customer_since)::date as day from raw.customers
),

anchor as (
    select max(day) as as_of_date
    from days
),

-- bills trail contacts: their twelve months end with the last month billed
billed as (
    select max(billing_month) as last_billing_month
    from raw.monthly_usage
)

select
    anchor.as_of_date,
    dateadd('day', 1, dateadd('month', -12, anchor.as_of_date)::date)::date as first_day,
    billed.last_billing_month,
    dateadd('month', -11, billed.last_billing_month)::date as first_billing_month
from anchor
cross join billed;

-- one row per customer with usage in the last twelve months
create or replace view analytics.customer_usage as
with usage as (
    select * from raw.monthly_usage
),

calendar as (
    select * from analytics.calendar
),

recent as (
    select usage.*
    from usage
    cross join calendar
    where usage.billing_month
        between calendar.first_billing_month and calendar.last_billing_month
)

select
    customer_id,
    count(*)::float as usage_months,
    avg(data_usage_gb::decimal(18,6))::float as data_gb,
    avg((voice_minutes_onnet + voice_minutes_offnet + voice_minutes_intl)::float) as voice_minutes,
    avg((sms_sent + mms_sent)::float) as messages,
    avg(roaming_days::float) as roaming_days,
    avg(total_bill::decimal(18,6))::float as monthly_bill,
    avg(overage_charges::decimal(18,6))::float as overage,
    avg(discounts_applied::decimal(18,6))::float as discounts,
    sum(iff(payment_status <> 'Paid', 1, 0))::float as late_months
from recent
group by customer_id;

-- one row per customer with a contact in the last twelve months
create or replace view analytics.customer_support as
with interactions as (
    select * from raw.support_interactions
),

calendar as (
    select * from analytics.calendar
),

recent as (
    select interactions.*
    from interactions
    cross join calendar
    where interactions.interaction_date::date
        between calendar.first_day and calendar.as_of_date
)

select
    customer_id,
    count(*)::float as contacts,
    sum(iff(category = 'Complaint', 1, 0))::float as complaints,
    sum(iff(channel = 'App', 1, 0))::float as contacts_app,
    sum(iff(channel = 'Chat', 1, 0))::float as contacts_chat,
    sum(iff(channel = 'Call', 1, 0))::float as contacts_call,
    sum(iff(channel = 'Email', 1, 0))::float as contacts_email,
    sum(iff(channel = 'Store', 1, 0))::float as contacts_store,
    sum(iff(channel = 'Social', 1, 0))::float as contacts_social,
    sum(
        iff(
            lower(subcategory) like '%coverage%'
            or lower(subcategory) like '%signal%'
            or lower(subcategory) like '%network%',
            1, 0
        )
    )::float as contacts_coverage,
    sum(iff(resolution_status in ('Pending', 'Unresolved'), 1, 0))::float as contacts_unsolved,
    sum(sentiment_score)::float as sentiment_sum,
    count(sentiment_score)::float as sentiment_rows,
    sum(csat_score)::float as csat_sum,
    count(csat_score)::float as csat_rows
from recent
group by customer_id;

-- one row per customer to whom an offer was delivered in the last twelve months
create or replace view analytics.customer_campaigns as
with responses as (
    select * from raw.campaign_responses
),

calendar as (
    select * from analytics.calendar
),

delivered as (
    select responses.*
    from responses
    cross join calendar
    where responses.delivered
        and responses.sent_at::date
        between calendar.first_day and calendar.as_of_date
)

select
    customer_id,
    count(*)::float as offers,
    sum(iff(responded, 1, 0))::float as offers_responded,
    sum(iff(response_type = 'Accepted', 1, 0))::float as offers_accepted,
    sum(iff(converted, 1, 0))::float as offers_converted,
    sum(iff(offer_type in ('Bill Credit', 'Monthly Discount'), 1, 0))::float as deals,
    sum(
        iff(
            offer_type in ('Bill Credit', 'Monthly Discount') and response_type = 'Accepted', 1, 0
        )
    )::float as deals_accepted
from delivered
group by customer_id;

-- one row per ZIP code with people, economy and lifestyle side by side
create or replace view analytics.places as
with demographics as (
    select * from external.zip_demographics
),

economy as (
    select * from external.economic_indicators
),

lifestyle as (
    select * from external.lifestyle_segments
)

select
    demographics.zip_code,
    demographics.urban_rural_class,
    demographics.population_density::float as population_density,
    demographics.median_household_income::float as household_income,
    demographics.pct_family_households::float / 100 as family_households,
    economy.cost_of_living_index::float as cost_of_living_index,
    economy.unemployment_rate::float / 100 as unemployment_rate,
    economy.avg_credit_score::float as credit_score,
    lifestyle.tech_adoption_score::float / 100 as place_tech_adoption,
    lifestyle.early_adopter_index::float / 100 as place_early_adoption,
    lifestyle.streaming_penetration::float / 100 as place_streaming,
    lifestyle.price_sensitivity_index::float / 100 as place_price_sensitivity,
    lifestyle.deal_seeker_index::float / 100 as place_deal_seeking,
    lifestyle.switching_propensity::float / 100 as place_switching,
    lifestyle.competitor_awareness::float / 100 as place_rival_awareness,
    lifestyle.pref_channel_digital::float / 100 as place_digital_channels
from demographics
left join economy on demographics.zip_code = economy.zip_code
left join lifestyle on demographics.zip_code = lifestyle.zip_code;

-- one row per market: coverage, and the cheapest price a rival asks for one line
create or replace view analytics.markets as
with landscape as (
    select * from external.competitive_landscape
),

-- a rival that does not sell in a market has no price there and must not win the comparison
prices as (
    select dma_code, vz_avg_price::float as price from landscape
    union all
    select dma_code, att_avg_price::float as price from landscape
    union all
    select dma_code, tmo_avg_price::float as price from landscape
    union all
    select dma_code, regional_avg_price::float as price from landscape
),

cheapest as (
    select dma_code, min(price) as rival_price
    from prices
    where price > 0
    group by dma_code
)

select
    landscape.dma_code,
    landscape.dma_name,
    landscape.snowmobile_coverage_pct::float / 100 as coverage,
    landscape.snowmobile_5g_pct::float / 100 as coverage_5g,
    cheapest.rival_price,
    case landscape.price_war_intensity
        when 'High' then 1.0
        when 'Medium' then 0.5
        else 0.0
    end::float as price_war
from landscape
left join cheapest on landscape.dma_code = cheapest.dma_code;

-- one row per customer; no column is NULL except predicted_churn_reason and the NPS answer
create or replace table analytics.customer_features as
with customers as (
    select * from raw.customers
),

calendar as (
    select * from analytics.calendar
),

usage as (
    select * from analytics.customer_usage
),

support as (
    select * from analytics.customer_support
),

campaigns as (
    select * from analytics.customer_campaigns
),

places as (
    select * from analytics.places
),

markets as (
    select * from analytics.markets
),

plans as (
    select * from analytics.plan_catalog
),

average_customer as (
    select avg(age::float) as age
    from raw.customers
),

average_place as (
    select
        avg(population_density::decimal(18,6))::float as population_density,
        avg(household_income::decimal(18,6))::float as household_income,
        avg(family_households::decimal(18,6))::float as family_households,
        avg(cost_of_living_index::decimal(18,6))::float as cost_of_living_index,
        avg(unemployment_rate::decimal(18,6))::float as unemployment_rate,
        avg(credit_score::decimal(18,6))::float as credit_score,
        avg(place_tech_adoption::decimal(18,6))::float as place_tech_adoption,
        avg(place_early_adoption::decimal(18,6))::float as place_early_adoption,
        avg(place_streaming::decimal(18,6))::float as place_streaming,
        avg(place_price_sensitivity::decimal(18,6))::float as place_price_sensitivity,
        avg(place_deal_seeking::decimal(18,6))::float as place_deal_seeking,
        avg(place_switching::decimal(18,6))::float as place_switching,
        avg(place_rival_awareness::decimal(18,6))::float as place_rival_awareness,
        avg(place_digital_channels::decimal(18,6))::float as place_digital_channels
    from places
),

average_market as (
    select
        avg(coverage::decimal(18,6))::float as coverage,
        avg(coverage_5g::decimal(18,6))::float as coverage_5g,
        avg(rival_price::decimal(18,6))::float as rival_price,
        avg(price_war::decimal(18,6))::float as price_war
    from markets
),

account as (
    select
        customers.customer_id,
        customers.zip_code,
        customers.state_code,
        customers.dma_code,
        coalesce(customers.age::float, average_customer.age, 45.0) as age,
        coalesce(customers.gender, 'Unknown') as gender,
        customers.tenure_months::float as tenure_months,
        coalesce(customers.acquisition_channel, 'Unknown') as acquisition_channel,
        customers.plan_name,
        customers.plan_category,
        customers.plan_price::float as plan_price,
        iff(lower(customers.plan_category) = 'prepaid', 0.0, 1.0)::float as postpaid,
        -- a plan that is not in the catalog, or has no limit there, counts as unlimited
        coalesce(plans.data_gb, 999.0) as data_allowance_gb,
        greatest(customers.lines_on_account, 1)::float as lines,
        coalesce(customers.contract_type, 'NoContract') as contract_type,
        -- a month is 365.25 / 12 days; a contract that is over, or never was, has none left
        greatest(
            0.0,
            coalesce(
                datediff('day', calendar.as_of_date, customers.contract_end_date)::float / 30.4375,
                0.0
            )
        )::float as contract_months_left,
        coalesce(customers.device_brand, 'Unknown') as device_brand,
        case customers.device_tier
            when 'Flagship' then 1.0
            when 'Mid' then 0.5
            else 0.0
        end::float as device_level,
        iff(customers.device_tier = 'Flagship', 1.0, 0.0)::float as flagship,
        iff(customers.device_os = 'iOS', 1.0, 0.0)::float as ios,
        coalesce(customers.device_age_months::float, 24.0) as device_age_months,
        iff(customers.is_5g_capable, 1.0, 0.0)::float as device_5g,
        coalesce(customers.monthly_arpu::float, customers.plan_price::float) as arpu,
        coalesce(customers.payment_method, 'Unknown') as payment_method,
        iff(customers.autopay_enrolled, 1.0, 0.0)::float as autopay,
        iff(customers.paperless_billing, 1.0, 0.0)::float as paperless,
        iff(customers.has_device_protection, 1.0, 0.0)::float as device_protection,
        iff(customers.has_intl_roaming, 1.0, 0.0)::float as roaming_option,
        iff(customers.has_streaming_bundle, 1.0, 0.0)::float as streaming_bundle,
        iff(customers.rewards_member, 1.0, 0.0)::float as rewards_member,
        iff(customers.app_user, 1.0, 0.0)::float as app_user,
        coalesce(customers.app_engagement_score::float, 0.0) as app_engagement,
        customers.nps_score::float as nps_answer,
        -- an answer of 0 to 10 becomes -1 to 1; who was never asked is neutral
        coalesce((customers.nps_score::float - 5.0) / 5.0, 0.0) as satisfaction,
        coalesce(customers.churn_risk_score::float, 0.0) as churn_risk,
        customers.predicted_churn_reason
    from customers
    cross join calendar
    cross join average_customer
    left join plans on customers.plan_name = plans.plan_name
),

behavior as (
    select
        account.*,
        coalesce(usage.usage_months, 0.0) as usage_months,
        coalesce(usage.data_gb, 0.0) as data_gb,
        coalesce(usage.voice_minutes, 0.0) as voice_minutes,
        coalesce(usage.messages, 0.0) as messages,
        coalesce(usage.roaming_days, 0.0) as roaming_days,
        coalesce(usage.monthly_bill, account.arpu) as monthly_bill,
        coalesce(usage.overage, 0.0) as overage,
        coalesce(usage.discounts, 0.0) as discounts,
        coalesce(usage.late_months, 0.0) as late_months,
        coalesce(support.contacts, 0.0) as contacts_12m,
        coalesce(support.complaints, 0.0) as complaints_12m,
        coalesce(support.contacts_app, 0.0) as contacts_app,
        coalesce(support.contacts_chat, 0.0) as contacts_chat,
        coalesce(support.contacts_call, 0.0) as contacts_call,
        coalesce(support.contacts_email, 0.0) as contacts_email,
        coalesce(support.contacts_store, 0.0) as contacts_store,
        coalesce(support.contacts_social, 0.0) as contacts_social,
        coalesce(support.contacts_coverage, 0.0) as contacts_coverage,
        coalesce(support.contacts_unsolved, 0.0) as contacts_unsolved,
        coalesce(support.sentiment_sum, 0.0) as sentiment_sum,
        coalesce(support.sentiment_rows, 0.0) as sentiment_rows,
        coalesce(support.csat_sum, 0.0) as csat_sum,
        coalesce(support.csat_rows, 0.0) as csat_rows,
        coalesce(campaigns.offers, 0.0) as offers,
        coalesce(campaigns.offers_responded, 0.0) as offers_responded,
        coalesce(campaigns.offers_accepted, 0.0) as offers_accepted,
        coalesce(campaigns.offers_converted, 0.0) as offers_converted,
        coalesce(campaigns.deals, 0.0) as deals,
        coalesce(campaigns.deals_accepted, 0.0) as deals_accepted
    from account
    left join usage on account.customer_id = usage.customer_id
    left join support on account.customer_id = support.customer_id
    left join campaigns on account.customer_id = campaigns.customer_id
),

surroundings as (
    select
        behavior.*,
        coalesce(places.urban_rural_class, 'Unknown') as urban_rural_class,
        iff(places.urban_rural_class in ('Rural', 'Remote'), 1.0, 0.0)::float as rural,
        iff(places.urban_rural_class = 'Suburban', 1.0, 0.0)::float as suburban,
        iff(places.urban_rural_class = 'Urban', 1.0, 0.0)::float as urban,
        coalesce(places.population_density, average_place.population_density, 0.0)
            as population_density,
        coalesce(places.household_income, average_place.household_income, 75000.0)
            as household_income,
        coalesce(places.family_households, average_place.family_households, 0.65)
            as family_households,
        coalesce(places.cost_of_living_index, average_place.cost_of_living_index, 100.0)
            as cost_of_living_index,
        coalesce(places.unemployment_rate, average_place.unemployment_rate, 0.04)
            as unemployment_rate,
        coalesce(places.credit_score, average_place.credit_score, 715.0) as credit_score,
        coalesce(places.place_tech_adoption, average_place.place_tech_adoption, 0.5)
            as place_tech_adoption,
        coalesce(places.place_early_adoption, average_place.place_early_adoption, 0.5)
            as place_early_adoption,
        coalesce(places.place_streaming, average_place.place_streaming, 0.5) as place_streaming,
        coalesce(places.place_price_sensitivity, average_place.place_price_sensitivity, 0.5)
            as place_price_sensitivity,
        coalesce(places.place_deal_seeking, average_place.place_deal_seeking, 0.5)
            as place_deal_seeking,
        coalesce(places.place_switching, average_place.place_switching, 0.2) as place_switching,
        coalesce(places.place_rival_awareness, average_place.place_rival_awareness, 0.5)
            as place_rival_awareness,
        coalesce(places.place_digital_channels, average_place.place_digital_channels, 0.5)
            as place_digital_channels,
        coalesce(markets.dma_name, 'Unknown') as market,
        coalesce(markets.coverage, average_market.coverage, 0.9) as market_coverage,
        coalesce(markets.coverage_5g, average_market.coverage_5g, 0.5) as market_coverage_5g,
        coalesce(markets.rival_price, average_market.rival_price, behavior.plan_price)
            as rival_price,
        coalesce(markets.price_war, average_market.price_war, 0.0) as price_war
    from behavior
    cross join average_place
    cross join average_market
    left join places on behavior.zip_code = places.zip_code
    left join markets on behavior.dma_code = markets.dma_code
)

select
    surroundings.*,
    -- share of months not paid on time
    iff(surroundings.usage_months > 0, surroundings.late_months / surroundings.usage_months, 0.0)::float
        as late_payer,
    -- 0 to 1: half the app, a quarter how contacts are made (the place's habit for those who make
    -- none), a quarter how bills are received and paid
    (
        0.5 * surroundings.app_engagement
        + 0.25 * iff(
            surroundings.contacts_12m > 0,
            (
                surroundings.contacts_app + surroundings.contacts_chat
                + surroundings.contacts_email + surroundings.contacts_social
            ) / surroundings.contacts_12m,
            surroundings.place_digital_channels
        )
        + 0.125 * surroundings.autopay
        + 0.125 * surroundings.paperless
    )::float as digital_engagement
from surroundings;

-- one row per customer: what the choice model may look at, named as in domain/customers/respondents.py
create or replace view analytics.respondent_features as
with features as (
    select * from analytics.customer_features
),

-- ranks are those of percent_rank(): the share of other customers who have less. There are few
-- prices and incomes but many customers, and sorting all of them took three times as long
line_prices as (
    select
        plan_price / lines as line_price,
        count(*) as customers
    from analytics.customer_features
    group by plan_price / lines
),

line_price_ranks as (
    select
        line_price,
        (sum(customers) over (order by line_price) - customers)::float
        / greatest(sum(customers) over () - 1, 1) as line_price_rank
    from line_prices
),

incomes as (
    select
        household_income,
        count(*) as customers
    from analytics.customer_features
    group by household_income
),

income_ranks as (
    select
        household_income,
        (sum(customers) over (order by household_income) - customers)::float
        / greatest(sum(customers) over () - 1, 1) as income_rank
    from incomes
),

ranked as (
    select
        features.*,
        line_price_ranks.line_price_rank,
        income_ranks.income_rank
    from features
    inner join line_price_ranks
        on features.plan_price / features.lines = line_price_ranks.line_price
    inner join income_ranks on features.household_income = income_ranks.household_income
)

select
    customer_id,
    plan_name,
    state_code,
    postpaid,
    monthly_bill as monthly_bill_dollars,
    lines,
    household_income as household_income_dollars,
    -- 0 to 1, weights sum to 1: what the customer chose (a cheap line 0.25), does (answers to price
    -- offers 0.15, overage paid 0.10) and can afford (income rank 0.15), and the place's indices
    -- (price sensitivity 0.20, deal seeking 0.15). Answers to offers are shrunk to one in ten,
    -- with ten offers' weight, and reach 1 at three in ten; overage reaches 1 at 15 % of the bill.
    (
        0.25 * (1 - line_price_rank)
        + 0.15 * least(1.0, (deals_accepted + 1) / (deals + 10) / 0.3)
        + 0.10 * least(1.0, overage / greatest(monthly_bill, 1.0) / 0.15)
        + 0.15 * (1 - income_rank)
        + 0.20 * place_price_sensitivity
        + 0.15 * place_deal_seeking
    )::float as price_sensitivity,
    -- 0 to 1, weights sum to 1: new customers (a third less each 15 months), nothing signed,
    -- the place's switching and awareness of rivals, price war in the market
    (
        0.30 * exp(-tenure_months / 36.0)
        + 0.20 * iff(contract_months_left > 0, 0.0, 1.0)
        + 0.25 * place_switching
        + 0.10 * place_rival_awareness
        + 0.15 * price_war
    )::float as switching_propensity,
    churn_risk,
    satisfaction,
    tenure_months,
    contract_months_left,
    data_gb,
    data_allowance_gb,
    -- 0 to 1, weights sum to 1: pays for streaming, uses data like a streamer (0.63 at 15 GB),
    -- lives where people stream
    (
        0.40 * streaming_bundle
        + 0.35 * (1 - exp(-data_gb / 15.0))
        + 0.25 * place_streaming
    )::float as streaming_affinity,
    -- 0 to 1, weights sum to 1: the device (tier, 5G, newness), the app, the place
    (
        0.20 * device_level
        + 0.15 * device_5g
        + 0.15 * exp(-device_age_months / 18.0)
        + 0.10 * app_engagement
        + 0.30 * place_tech_adoption
        + 0.10 * place_early_adoption
    )::float as tech_adoption,
    -- 0 to 1: the market's uncovered share, which lies where few people live (half of it for an
    -- urban customer, three times it for a rural one), plus a tenth per contact about coverage
    least(
        1.0,
        (1 - market_coverage) * (0.5 + 2.5 * rural + 0.5 * suburban)
        + 0.10 * least(contacts_coverage, 3.0)
    )::float as coverage_gap,
    rural,
    complaints_12m,
    -- rivals quote one line; each further line is taken to cost 40 % of the first, as in the
    -- carrier's own family plan
    (monthly_bill - rival_price * (1 + 0.4 * (lines - 1)))::float as competitor_saving_dollars,
    rewards_member,
    roaming_days,
    late_payer
from ranked;
