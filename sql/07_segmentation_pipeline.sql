-- purpose: group customers by behavior and describe each group in one row
-- grain: one row per customer in clustering_features, customer_clusters, customer_segments and
--        respondents; one row per segment in segment_statistics
-- portable: yes
--
-- The clustering itself is Python, called below. On Snowflake the call runs the procedure defined
-- here, which imports domain/customers/segmentation.py from a stage; elsewhere the runner answers the call
-- with the same function. The procedure needs a Snowflake account and has not been run in one.

use role cdt_admin;
use warehouse cdt_ml_wh;
use database customer_digital_twin;

set segment_count = 8;
set seed = 42;

create schema if not exists analytics;

-- one row per customer: what separates groups of customers, on scales where distances mean
-- something. Amounts are logarithms, because twice the data is one step wherever it starts; the
-- place is a density rather than a class, because one yes-or-no would outweigh a habit.
create or replace view analytics.clustering_features as
with features as (
    select * from analytics.customer_features
)

select
    customer_id,
    ln(1 + data_gb)::float as data_gb_log,
    ln(30 + voice_minutes)::float as voice_minutes_log,
    ln(10 + messages)::float as messages_log,
    ln(greatest(monthly_bill, 1.0))::float as monthly_bill_log,
    ln(lines)::float as lines_log,
    ln(6 + tenure_months)::float as tenure_months_log,
    age::float as age,
    ln(1 + population_density)::float as population_density_log,
    device_level::float as device_level,
    ln(6 + device_age_months)::float as device_age_months_log,
    ios::float as ios,
    app_engagement::float as app_engagement,
    streaming_bundle::float as streaming_bundle,
    churn_risk::float as churn_risk,
    satisfaction::float as satisfaction,
    ln(1 + complaints_12m)::float as complaints_log,
    late_payer::float as late_payer
from features;

-- one row per customer: the segment found for it, filled by the call below
create table if not exists analytics.customer_clusters (
    customer_id varchar(36) not null,
    segment_id varchar(32) not null,
    cluster_id int not null,
    distance float not null
);

-- one row per customer: the segment found for it before, so that ids stay with their customers
create table if not exists analytics.earlier_clusters (
    customer_id varchar(36) not null,
    segment_id varchar(32) not null
);

-- one row per customer goes; a run that broke off left nothing to remember instead, and keeps it
delete from analytics.earlier_clusters
where exists (select 1 from analytics.customer_clusters);

-- one row per customer comes
insert into analytics.earlier_clusters
select customer_id, segment_id
from analytics.customer_clusters;

-- one row per segment goes: nobody speaks for the segments to come until their personas are built
delete from personas.current_versions;

-- one row per customer: none until the call below has found the segments
create or replace table analytics.customer_clusters (
    customer_id varchar(36) not null,
    segment_id varchar(32) not null,
    cluster_id int not null,
    distance float not null
);

create or replace procedure analytics.discover_segments(segment_count int, seed int)
returns variant
language python
runtime_version = '3.12'
packages = ('snowflake-snowpark-python', 'numpy', 'threadpoolctl', 'pandas')
imports = ('@app.code/segmentation.py')
handler = 'run'
execute as caller
as $$
from segmentation import Earlier, discover_segments

CENTERS = "ANALYTICS.SEGMENT_CENTERS"


def run(session, segment_count, seed):
    features = session.table("ANALYTICS.CLUSTERING_FEATURES").to_pandas()
    features = features.sort_values("CUSTOMER_ID", ignore_index=True)
    names = [name.lower() for name in features.columns if name != "CUSTOMER_ID"]
    signatures = {}
    for row in session.table("ANALYTICS.SEGMENT_SIGNATURES").order_by("SEGMENT_ID").collect():
        profile = signatures.setdefault(row["SEGMENT_ID"], {})
        profile[row["FEATURE"]] = row["STANDARD_DEVIATIONS"]
    if not signatures:
        signatures = {f"S{number}": {} for number in range(1, segment_count + 1)}
    if len(signatures) != segment_count:
        raise ValueError(f"{segment_count} segments asked for, {len(signatures)} profiles known")
    matrix = features.drop(columns=["CUSTOMER_ID"]).to_numpy("float64")
    carrier = session.table("ANALYTICS.CARRIER").collect()[0]["NAME"]
    earlier = known_before(session, carrier, list(features["CUSTOMER_ID"]), names)
    found = discover_segments(matrix, names, signatures, seed=seed, earlier=earlier)
    clusters = features[["CUSTOMER_ID"]].assign(
        SEGMENT_ID=[found.segment_ids[cluster] for cluster in found.cluster],
        CLUSTER_ID=found.cluster,
        DISTANCE=found.distance,
    )
    note_that_no_build_stands(session)
    session.write_pandas(clusters, "CUSTOMER_CLUSTERS", schema="ANALYTICS", overwrite=False)
    remember(session, carrier, found, names)
    return {
        "inertia": found.inertia,
        "silhouette": found.silhouette,
        "shares": found.shares,
        "kept": found.kept,
    }


def note_that_no_build_stands(session):
    session.sql(
        "insert into ANALYTICS.BUILDS (version, note)"
        " select coalesce(max(version), 0) + 1, 'segments were found anew by sql/07'"
        " from ANALYTICS.BUILDS"
    ).collect()


def known_before(session, carrier, customers, names):
    centers, current = {}, set()
    for row in session.table(CENTERS).filter(f"carrier = {quoted(carrier)}").collect():
        centers.setdefault(row["SEGMENT_ID"], {})[row["FEATURE"]] = row["CENTER"]
        if row["IS_CURRENT"]:
            current.add(row["SEGMENT_ID"])
    places = {segment: place for place, segment in enumerate(sorted(centers)) if segment in current}
    last = session.table("ANALYTICS.EARLIER_CLUSTERS").to_pandas()
    before = last.set_index("CUSTOMER_ID")["SEGMENT_ID"].map(places).reindex(customers).fillna(-1)
    return Earlier.of(centers, names, before.to_numpy("int32"))


def remember(session, carrier, found, names):
    ids = ", ".join(quoted(segment) for segment in found.segment_ids)
    rows = ", ".join(
        f"({quoted(carrier)}, {quoted(segment)}, {quoted(name)}, {float(center)!r}, true)"
        for segment, centers in zip(found.segment_ids, found.centers)
        for name, center in zip(names, centers)
    )
    session.sql("begin").collect()
    session.sql(f"update {CENTERS} set is_current = false").collect()
    session.sql(
        f"delete from {CENTERS} where carrier = {quoted(carrier)} and segment_id in ({ids})"
    ).collect()
    session.sql(f"insert into {CENTERS} values {rows}").collect()
    session.sql("commit").collect()


def quoted(text):
    escaped = text.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
$$;

call analytics.discover_segments($segment_count, $seed);

-- one row per customer: the segment and every feature
create or replace view analytics.customer_segments as
with clusters as (
    select * from analytics.customer_clusters
),

features as (
    select * from analytics.customer_features
)

select
    clusters.segment_id,
    clusters.cluster_id,
    clusters.distance,
    features.*
from clusters
inner join features on clusters.customer_id = features.customer_id;

-- one row per customer: columns of domain/customers/respondents.py
create or replace table analytics.respondents as
with clusters as (
    select * from analytics.customer_clusters
),

features as (
    select * from analytics.respondent_features
)

select
    clusters.segment_id,
    features.*
from clusters
inner join features on clusters.customer_id = features.customer_id;

-- one row per segment, what is not a number, and value: how many say so, most frequent first and
-- ties by the alphabet
create or replace view analytics.segment_traits as
with customers as (
    select * from analytics.customer_segments
),

calendar as (
    select * from analytics.calendar
),

interactions as (
    select * from raw.support_interactions
),

contacts as (
    select
        customers.segment_id,
        interactions.channel,
        interactions.category
    from interactions
    inner join customers on interactions.customer_id = customers.customer_id
    cross join calendar
    where interactions.interaction_date::date
        between calendar.first_day and calendar.as_of_date
),

stated as (
    select segment_id, 'plan' as trait, plan_name as trait_value from customers
    union all
    select segment_id, 'device_brand' as trait, device_brand as trait_value from customers
    union all
    select segment_id, 'market' as trait, market as trait_value from customers
    union all
    select segment_id, 'state' as trait, state_code as trait_value from customers
    union all
    select segment_id, 'payment_method' as trait, payment_method as trait_value from customers
    union all
    select segment_id, 'gender' as trait, gender as trait_value from customers
    union all
    select segment_id, 'contract' as trait, contract_type as trait_value from customers
    union all
    select segment_id, 'contact_category' as trait, category as trait_value from contacts
    union all
    select segment_id, 'channel' as trait, channel as trait_value from contacts
),

counted as (
    select segment_id, trait, trait_value, count(*) as mentions
    from stated
    group by segment_id, trait, trait_value
),

compared as (
    select
        segment_id,
        trait,
        trait_value,
        mentions,
        mentions::float / sum(mentions) over (partition by segment_id, trait)::float as share,
        (sum(mentions) over (partition by trait, trait_value))::float
        / (sum(mentions) over (partition by trait))::float as base_share
    from counted
)

-- trait_rank orders by how common a value is in the segment, mark_rank by how much commoner than
-- in the base (the residual of Pearson's chi-squared test): what the segment is known by
select
    segment_id,
    trait,
    trait_value,
    mentions,
    row_number() over (
        partition by segment_id, trait
        order by mentions desc, trait_value
    ) as trait_rank,
    row_number() over (
        partition by segment_id, trait
        order by (share - base_share) / sqrt(base_share) desc, mentions desc, trait_value
    ) as mark_rank
from compared;

-- one row per segment. Means are taken over decimals: sums of floats depend on the order of rows,
-- and a figure that changed in its sixteenth digit would make a new version of every persona
create or replace table analytics.segment_statistics as
with customers as (
    select * from analytics.customer_segments
),

respondents as (
    select * from analytics.respondents
),

traits as (
    select * from analytics.segment_traits
),

calendar as (
    select * from analytics.calendar
),

base as (
    select count(*)::float as customers
    from analytics.customer_clusters
),

clusters as (
    select * from analytics.customer_clusters
),

records as (
    select * from raw.customers
),

places as (
    select * from analytics.places
),

-- a feature has a stand-in where nothing is known; nothing is told of a segment by stand-ins alone
known as (
    select
        clusters.segment_id,
        count(records.age) as ages,
        count(places.household_income) as incomes
    from clusters
    inner join records on clusters.customer_id = records.customer_id
    left join places on records.zip_code = places.zip_code
    group by clusters.segment_id
),

features as (
    select
        segment_id,
        count(*) as customers,
        avg(age::decimal(18,6))::float as avg_age,
        percentile_cont(0.25) within group (order by age::float) as p25_age,
        percentile_cont(0.75) within group (order by age::float) as p75_age,
        avg(iff(gender = 'F', 1.0, 0.0)::float) as pct_female,
        avg(tenure_months::decimal(18,6))::float as avg_tenure_months,
        median(tenure_months::float) as median_tenure_months,
        avg(monthly_bill::decimal(18,6))::float as avg_monthly_bill,
        median(monthly_bill::float) as median_monthly_bill,
        avg(lines::decimal(18,6))::float as avg_lines,
        avg(data_gb::decimal(18,6))::float as avg_data_gb,
        percentile_cont(0.9) within group (order by data_gb::float) as p90_data_gb,
        avg(voice_minutes::decimal(18,6))::float as avg_voice_minutes,
        avg(messages::decimal(18,6))::float as avg_sms,
        avg(postpaid::decimal(18,6))::float as pct_postpaid,
        avg(iff(contract_months_left > 0, 1.0, 0.0)::float) as pct_contract,
        avg(household_income::decimal(18,6))::float as avg_household_income,
        avg(rural::decimal(18,6))::float as pct_rural,
        avg(suburban::decimal(18,6))::float as pct_suburban,
        avg(urban::decimal(18,6))::float as pct_urban,
        avg(ios::decimal(18,6))::float as pct_ios,
        avg(flagship::decimal(18,6))::float as pct_flagship,
        avg(device_5g::decimal(18,6))::float as pct_5g,
        avg(device_age_months::decimal(18,6))::float as avg_device_age_months,
        avg(autopay::decimal(18,6))::float as pct_autopay,
        avg(streaming_bundle::decimal(18,6))::float as pct_streaming_bundle,
        avg(device_protection::decimal(18,6))::float as pct_device_protection,
        avg(rewards_member::decimal(18,6))::float as pct_rewards,
        avg(app_user::decimal(18,6))::float as pct_app_user,
        avg(app_engagement::decimal(18,6))::float as avg_app_engagement,
        avg(digital_engagement::decimal(18,6))::float as avg_digital_engagement,
        avg(nps_answer::decimal(18,6))::float as avg_nps,
        avg(churn_risk::decimal(18,6))::float as avg_churn_risk,
        avg(complaints_12m::decimal(18,6))::float as avg_complaints_12m,
        avg(contacts_12m::decimal(18,6))::float as avg_contacts_12m,
        avg(overage::decimal(18,6))::float as avg_overage,
        avg(roaming_days::decimal(18,6))::float as avg_roaming_days,
        count(nps_answer) as nps_rows,
        sum(usage_months) as usage_rows,
        sum(late_months) as late_months,
        sum(contacts_12m) as support_rows,
        sum(contacts_app) as contacts_app,
        sum(contacts_chat) as contacts_chat,
        sum(contacts_call) as contacts_call,
        sum(contacts_email) as contacts_email,
        sum(contacts_store) as contacts_store,
        sum(contacts_social) as contacts_social,
        sum(sentiment_sum::decimal(18,6))::float as sentiment_sum,
        sum(sentiment_rows) as sentiment_rows,
        sum(csat_sum::decimal(18,6))::float as csat_sum,
        sum(csat_rows) as csat_rows,
        sum(offers) as campaign_rows,
        sum(offers_responded) as offers_responded,
        sum(offers_accepted) as offers_accepted,
        sum(offers_converted) as offers_converted
    from customers
    group by segment_id
),

attitudes as (
    select
        segment_id,
        avg(price_sensitivity::decimal(18,6))::float as avg_price_sensitivity,
        avg(switching_propensity::decimal(18,6))::float as avg_switching_propensity,
        avg(tech_adoption::decimal(18,6))::float as avg_tech_adoption,
        avg(streaming_affinity::decimal(18,6))::float as avg_streaming_affinity,
        avg(coverage_gap::decimal(18,6))::float as avg_coverage_gap,
        avg(competitor_saving_dollars::decimal(18,6))::float as avg_competitor_saving
    from respondents
    group by segment_id
),

typical as (
    select
        segment_id,
        max(iff(trait = 'plan' and trait_rank = 1, trait_value, null)) as top_plan,
        max(iff(trait = 'plan' and trait_rank = 1, mentions, null)) as top_plan_customers,
        max(iff(trait = 'plan' and trait_rank = 2, trait_value, null)) as second_plan,
        max(iff(trait = 'device_brand' and trait_rank = 1, trait_value, null)) as top_device_brand,
        max(iff(trait = 'market' and mark_rank = 1, trait_value, null)) as top_market,
        max(iff(trait = 'state' and trait_rank = 1, trait_value, null)) as top_state,
        max(iff(trait = 'contact_category' and trait_rank = 1, trait_value, null))
            as top_contact_category,
        max(iff(trait = 'payment_method' and trait_rank = 1, trait_value, null))
            as top_payment_method,
        max(iff(trait = 'gender' and trait_rank = 1, trait_value, null)) as top_gender,
        max(iff(trait = 'contract' and trait_rank = 1, trait_value, null)) as top_contract,
        max(iff(trait = 'channel' and trait_rank = 1, trait_value, null)) as top_channel
    from traits
    group by segment_id
)

select
    features.segment_id,
    features.customers,
    features.customers::float / base.customers as share,
    calendar.as_of_date,
    features.* exclude (
        segment_id, customers, late_months, sentiment_sum, csat_sum, contacts_app, contacts_chat,
        contacts_call, contacts_email, contacts_store, contacts_social, offers_responded,
        offers_accepted, offers_converted, avg_age, p25_age, p75_age, avg_household_income
    ),
    iff(known.ages > 0, features.avg_age, null) as avg_age,
    iff(known.ages > 0, features.p25_age, null) as p25_age,
    iff(known.ages > 0, features.p75_age, null) as p75_age,
    iff(known.incomes > 0, features.avg_household_income, null) as avg_household_income,
    features.late_months / nullif(features.usage_rows, 0) as late_payment_rate,
    features.contacts_app / nullif(features.support_rows, 0) as pct_contacts_app,
    features.contacts_chat / nullif(features.support_rows, 0) as pct_contacts_chat,
    features.contacts_call / nullif(features.support_rows, 0) as pct_contacts_call,
    features.contacts_email / nullif(features.support_rows, 0) as pct_contacts_email,
    features.contacts_store / nullif(features.support_rows, 0) as pct_contacts_store,
    features.contacts_social / nullif(features.support_rows, 0) as pct_contacts_social,
    features.sentiment_sum / nullif(features.sentiment_rows, 0) as avg_support_sentiment,
    features.csat_sum / nullif(features.csat_rows, 0) as avg_csat,
    features.offers_responded / nullif(features.campaign_rows, 0) as campaign_response_rate,
    features.offers_accepted / nullif(features.campaign_rows, 0) as campaign_acceptance_rate,
    features.offers_converted / nullif(features.campaign_rows, 0) as campaign_conversion_rate,
    typical.top_plan_customers::float / features.customers as top_plan_share,
    attitudes.* exclude (segment_id),
    typical.* exclude (segment_id, top_plan_customers)
from features
cross join base
cross join calendar
inner join known on features.segment_id = known.segment_id
inner join attitudes on features.segment_id = attitudes.segment_id
inner join typical on features.segment_id = typical.segment_id;

-- one row per segment and text said by at least five of its customers in the last twelve months;
-- fewer would let a text point at a person. mention_rank orders the texts of one category and mood
create or replace table analytics.segment_verbatims as
with clusters as (
    select * from analytics.customer_clusters
),

calendar as (
    select * from analytics.calendar
),

interactions as (
    select * from raw.support_interactions
),

said as (
    select
        clusters.segment_id,
        clusters.customer_id,
        interactions.customer_verbatim as verbatim,
        interactions.category,
        interactions.sentiment_score as sentiment
    from interactions
    inner join clusters on interactions.customer_id = clusters.customer_id
    cross join calendar
    where interactions.customer_verbatim is not null
        and interactions.interaction_date::date
        between calendar.first_day and calendar.as_of_date
),

shared as (
    select
        segment_id,
        verbatim,
        min(category) as category,
        count(distinct customer_id) as customers,
        coalesce(avg(sentiment::decimal(18,6))::float, 0.0) as sentiment
    from said
    group by segment_id, verbatim
    having count(distinct customer_id) >= 5
),

-- a text in small letters, as words between single blanks, and without the numbers that point at
-- nobody: money, data, time, ratings, years, names of devices and what has three digits at most
worded as (
    select
        shared.*,
        lower(verbatim) as small,
        ' ' || regexp_replace(lower(verbatim), '[^a-z0-9]+', ' ') || ' ' as words,
        regexp_replace(
            regexp_replace(
                lower(verbatim),
                '[$€£] ?[0-9]{1,3}(,[0-9]{3})?([.][0-9]{1,2})?'
                || '|[0-9]{1,3}(,[0-9]{3}|[0-9])?([.][0-9]{1,2})?[ -]?([$€£%]|percent|dollar'
                || '|buck|cent|pound|euro|[kmgt]b|gig|bar|line|second|minute|min|hour|hr|day|week'
                || '|month|year|time|call|phone|star|people|x )'
                || '|24/7|10/10|[2-6]g|[0-9]{1,2}(st|nd|rd|th)|(in|since|of|by|until|before'
                || '|after|is|.s|for|january|february|march|april|may|june|july|august|september'
                || '|october|november|december) (19|20)[0-9]{2}',
                ' '
            ),
            '(^|[^0-9a-z./:#-])[a-z]?[0-9]{1,3}([.][0-9]{2})?([^0-9a-z/:-]|$)',
            ' '
        ) as numbered
    from shared
),

-- what no text says that names, reaches or finds a person. Nobody has a list of all names: here are
-- the commonest of a century (United States, Social Security and Census), and the ways in which
-- people give theirs
quotable as (
    select *
    from worded
    where
        -- numbers of telephones, accounts, cards, devices and houses, in figures of any script or
        -- said one by one
        not regexp_like(numbered, '.*[0-9０-９٠-٩۰-۹०-९].*', 's')
        and not regexp_like(
            words,
            '.* ((zero|oh|o|one|two|three|four|five|six|seven|eight|nine|double|triple) ){4,}.*'
        )
        and not regexp_like(small, '.*([0-9a-f]{1,4}:+){3,}.*', 's')
        -- mail, sites and handles
        and not regexp_like(
            small,
            '.*(@|＠|https?:|www[.]|[^a-z0-9 ] ?at ?[^a-z0-9 ]'
            || '|[a-z0-9-] ?[.](com|net|org|edu|gov|io|info|biz)([^a-z]|$)).*',
            's'
        )
        and not regexp_like(
            words,
            '.* (dot (com|net|org|edu|gov|io|info|biz)|at [a-z]+ dot [a-z]+'
            || '|(at|on) (gmail|hotmail|yahoo|outlook|icloud|aol|protonmail)'
            || '|my (handle|user ?name|login) is) .*'
        )
        -- where somebody lives, and since when
        and not regexp_like(
            words,
            '.* ([0-9]+[a-z]? ([a-z]+ ){1,2}(street|avenue|ave|boulevard|blvd|road|rd|lane|ln'
            || '|st|drive|court)'
            || '|(live|lives|lived|house|home|moved) (on|at|to|near) ([a-z]+ ){1,2}(street'
            || '|avenue|ave|boulevard|blvd|road|rd|lane|ln)'
            || '|(live|lives|lived|moved) (at|to) [0-9]+[a-z]?|my ([a-z]+ )?address is|p ?o box'
            || '|(apt|apartment|suite|unit|ext) [0-9]+[a-z]?|date of birth|dob|born on) .*'
        )
        and not regexp_like(
            verbatim,
            '.*([A-Z][a-z]+ (Street|St|Avenue|Ave|Road|Rd|Boulevard|Blvd|Lane|Drive|Court|Parkway'
            || '|Terrace|Way)([^a-z].*|$)'
            || '|([a-z:,]|[a-z][.]) [A-ZÀ-Þ][^ .,!?0-9]+ [0-9]{1,3}[A-Za-z]?([., ].*|$)'
            || '|[0-9] (St|Ave|Rd|Blvd)[. ].*|[0-9][A-Za-z]?[.]?, [A-ZÀ-Þ].*|[À-ʯͰ-῿][^ ]* [0-9].*'
            || '|(at|to|in|from|is) [0-9]{1,4}[A-Za-z]?,? ([a-z]+ ){0,2}[A-ZÀ-Þ][a-z]*[aeiouy].*)',
            's'
        )
        -- who somebody is
        and not regexp_like(
            words,
            '.* (my ([a-z]+ )?name (is|s|was|spelled)|names? (is|s|was)|name of [a-z]+'
            || '|s name [a-z]+|maiden name|(i am|i m|im) called|i go by|account holder [a-z]+'
            || '|me llamo|mi nombre|ich hei(ss)? ?e|je m appelle'
            || '|this is [a-z]+ ([a-z]+ )?(calling|speaking)|(mr|mrs|mister|dr) [a-z]+) .*'
        )
        and not regexp_like(
            small,
            '(.*[^a-z])?(name ?[:=-]|(regards|sincerely|yours truly|yours faithfully|respectfully'
            || '|best wishes|signed) ?[,:;-]).*',
            's'
        )
        and not regexp_like(
            verbatim,
            '(.*[^A-Za-z])?([Mm]s[.]?|[Mm]iss|wife|husband|son|daughter|kid|mother|father|mom|dad'
            || '|brother|sister|partner|neighbor|friend|boss|agent|rep|manager|technician|customer'
            || '|under|[Nn]amed),? [A-ZÀ-Þ][^ .,!?0-9]+([ .,!?].*|$)',
            's'
        )
        and not regexp_like(
            verbatim,
            '(.*[^A-Za-z])?(([Ii] ?.?(am|m)|[Tt]his is|[Ii]t(.s| is)|[Cc]all me)'
            || ' ([A-ZÀ-Þ][^ .,!?0-9]+ [A-ZÀ-Þ].*|[A-ZÀ-Þ][^ .,!?0-9]+( again.*| here.*| from.*'
            || '| and i .*|[,.!].*|$))'
            || '|(-|–|—|[Tt]hanks|[Tt]hank you|[Cc]heers'
            || '|[Ll]ove),? ?[A-ZÀ-Þ][^ .,!?0-9]+ [A-ZÀ-Þ][^ .,!?0-9]+[.!]?$'
            || '|[A-ZÀ-Þ][^ .,!?0-9]+ [A-ZÀ-Þ][^ .,!?0-9]+,? (here|speaking).*)',
            's'
        )
        and not regexp_like(
            words,
            '.* (o brien|'
            || 'james|robert|john|michael|david|william|richard|joseph|thomas|christopher'
            || '|charles|daniel|matthew|anthony|donald|steven|andrew|paul|joshua|kenneth'
            || '|kevin|brian|timothy|ronald|jason|george|edward|jeffrey|ryan|jacob|nicholas'
            || '|gary|eric|jonathan|stephen|larry|justin|scott|brandon|benjamin|samuel'
            || '|gregory|alexander|raymond|patrick|dennis|jerry|tyler|aaron|jose|adam|nathan'
            || '|henry|douglas|peter|zachary|kyle|noah|ethan|jeremy|keith|roger|terry|carl'
            || '|gerald|harold|arthur|lawrence|albert|willie|bryan|louis|russell|philip'
            || '|phillip|johnny|bobby|eugene|randy|howard|vincent|ralph|carlos|juan|luis'
            || '|miguel|jesus|pedro|antonio|alejandro|diego|sergio|fernando|javier|bob|mike'
            || '|dave|steve|jim|jimmy|joe|tom|tommy|tony|tim|greg|jeff|ken|ron|rick|matt|dan'
            || '|danny|ben|sam|alex|andy|eddie|josh|zach|fred|ted|mary|patricia|jennifer'
            || '|linda|elizabeth|barbara|susan|jessica|sarah|karen|lisa|nancy|sandra|betty'
            || '|ashley|emily|kimberly|margaret|donna|michelle|carol|amanda|melissa|deborah'
            || '|stephanie|rebecca|sharon|laura|cynthia|dorothy|amy|kathleen|kathryn'
            || '|katherine|catherine|angela|shirley|emma|brenda|pamela|nicole|anna|samantha'
            || '|debra|rachel|carolyn|janet|maria|olivia|heather|helen|diane|julie|joyce'
            || '|victoria|ruth|lauren|kelly|christina|joan|evelyn|judith|andrea|hannah|megan'
            || '|cheryl|jacqueline|martha|teresa|ann|ann[ae]|sara|madeline|frances|kathy'
            || '|janice|jean|abigail|alice|julia|judy|sophia|denise|doris|marilyn|danielle'
            || '|beverly|theresa|diana|brittany|natalie|isabella|kayla|lori|tina|jane|jenny'
            || '|liz|beth|becky|debbie|sue[nz]anne|cindy|sandy|maggie|peggy|katie|kate|jess'
            || '|steph|mandy|priya|fatima|mohammed|muhammad|mohamed|ahmed|ali|hassan|omar'
            || '|aisha|ananya|raj|ravi|sanjay|deepak|anil|sunita|wei|li[nu]|ming|hiroshi'
            || '|yuki|ivan|olga|dmitri|svetlana|pierre|j.rgen|hans|klaus|giovanni|giulia'
            || '|agnieszka|piotr|katarzyna|nguyen|tran|smith|johnson|jones|garcia|miller'
            || '|davis|rodriguez|martinez|hernandez|lopez|gonzalez|gonzales|wilson|anderson'
            || '|taylor|thompson|robinson|clark|lewis|perez|sanchez|ramirez|torres|flores'
            || '|rivera|gomez|diaz|cruz|reyes|morales|ortiz|gutierrez|chavez|ramos|ruiz'
            || '|alvarez|mendoza|vasquez|castillo|jimenez|moreno|romero|herrera|medina'
            || '|aguilar|vargas|patel|kim|chen|singh|khan|lee|wright|roberts|evans|edwards'
            || '|collins|stewart|morris|murphy|rogers|peterson|kelly|sullivan|mcdonald'
            || '|kowalski|kowalczyk|okafor|schmidt'
            || ') .*'
        )
        -- names that are words or places too count where a name is what one expects
        and not regexp_like(
            words,
            '.* (i am|i m|im|call me|called me|hi|hey|hello|dear|thanks|cheers|ask for'
            || '|spoke (to|with)) ('
            || 'mark|bill|grace|hope|joy|rose|art|drew|chase|jack|dick|faith|max|ray|guy|eve'
            || '|ivy|iris|pearl|ruby|violet|holly|penny|bella|charlotte|madison|austin'
            || '|jackson|dallas|sydney|savannah|georgia|florence|chelsea|jordan|morgan'
            || '|taylor|logan|hunter|mason|carter|parker|cooper|walker|brooks|doe|hank|gene'
            || '|dean'
            || ') .*'
        )
),

moods as (
    select
        quotable.*,
        case
            when sentiment < -0.2 then 'negative'
            when sentiment > 0.2 then 'positive'
            else 'neutral'
        end as mood
    from quotable
)

select
    segment_id,
    verbatim,
    category,
    mood,
    customers,
    sentiment,
    row_number() over (
        partition by segment_id, category, mood
        order by customers desc, verbatim
    ) as mention_rank
from moods;
