-- purpose: where personas and fitted choice models are kept, every version of them
-- grain: one row per version of a persona, one per fitted model, stated above each
-- portable: yes
--
-- Definitions are JSON kept as text: what reads them checks them, and both engines return the same
-- bytes that were stored.

use database customer_digital_twin;

create schema if not exists personas;
create schema if not exists analytics;

-- one row per persona and version; the highest version speaks
create table if not exists personas.persona_definitions (
    persona_id varchar(64) not null,
    version int not null,
    segment_id varchar(32) not null,
    definition varchar not null,
    content_hash varchar(64) not null,
    as_of date not null,
    built_at timestamp_ntz not null default current_timestamp(),
    primary key (persona_id, version)
);

-- one row per choice model fitted to outcomes
create table if not exists analytics.choice_models (
    model_id varchar(64) not null,
    as_of date not null,
    parameters varchar not null,
    fitted_at timestamp_ntz not null default current_timestamp(),
    primary key (model_id)
);

-- one row per build of the twins in this database, published once it was whole. A build writes over
-- the one before, so one without published_at means that the tables are being written
create table if not exists analytics.builds (
    version int not null,
    as_of date,
    started_at timestamp_ntz not null default current_timestamp(),
    published_at timestamp_ntz,
    primary key (version)
);
