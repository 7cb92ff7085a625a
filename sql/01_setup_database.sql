-- purpose: the database, its schemas, the warehouses that work in it and the roles that may use it
-- grain: none, no rows are made here
-- portable: no
--
-- Run as accountadmin, or as a role that may create databases, warehouses and roles and grant
-- account privileges; everything after this script runs as cdt_admin. Every statement can be run
-- again. Account-level names start with cdt_, and nothing outside the database is changed.
--
-- The roles, each holding all that the one before it holds, save the two that stand alone:
--   cdt_viewer       reads personas and what they said in simulations; sees no customer
--   cdt_analyst      asks personas, runs simulations, reads every table
--   cdt_developer    builds apps, views and functions beside ours; stages code
--   cdt_admin        owns the database and all of ours in it, builds the twins, grants the rest
--   cdt_data_loader  stands alone: fills raw, external and the past events, and nothing else
--   cdt_app_role     stands alone: the service. Reads, writes reactions, cannot touch customers
-- Everything hangs below sysadmin, as Snowflake advises, so that no object is out of its reach.

use role accountadmin;

create role if not exists cdt_viewer comment = 'Reads personas and simulations';
create role if not exists cdt_analyst comment = 'Asks personas and runs simulations';
create role if not exists cdt_developer comment = 'Builds apps on the twins';
create role if not exists cdt_admin comment = 'Owns the database of the twins';
create role if not exists cdt_data_loader comment = 'Loads customer data';
create role if not exists cdt_app_role comment = 'Runs the service of the twins';

grant role cdt_viewer to role cdt_analyst;
grant role cdt_analyst to role cdt_developer;
grant role cdt_developer to role cdt_admin;
grant role cdt_data_loader to role cdt_admin;
grant role cdt_app_role to role cdt_admin;
grant role cdt_admin to role sysadmin;

-- Sizes: files load in parallel, eight to a medium warehouse. A million rows of seventeen features
-- are 136 MB, so clustering and features need no more than a medium one either. Cortex gains
-- nothing beyond medium, and the service asks for small results.
create warehouse if not exists cdt_load_wh
    warehouse_size = medium
    auto_suspend = 60
    auto_resume = true
    initially_suspended = true
    statement_timeout_in_seconds = 3600
    comment = 'Loads files';

create warehouse if not exists cdt_ml_wh
    warehouse_size = medium
    auto_suspend = 60
    auto_resume = true
    initially_suspended = true
    statement_timeout_in_seconds = 3600
    comment = 'Features and clustering';

create warehouse if not exists cdt_cortex_wh
    warehouse_size = xsmall
    auto_suspend = 60
    auto_resume = true
    initially_suspended = true
    statement_timeout_in_seconds = 1800
    comment = 'Statements that call Cortex; the model does not run on it';

create warehouse if not exists cdt_app_wh
    warehouse_size = xsmall
    auto_suspend = 60
    auto_resume = true
    initially_suspended = true
    statement_timeout_in_seconds = 300
    comment = 'Queries of the service and of apps';

create database if not exists customer_digital_twin
    comment = 'Twins of customer segments: data, personas, simulations';

grant ownership on database customer_digital_twin to role cdt_admin copy current grants;

grant usage on warehouse cdt_load_wh to role cdt_data_loader;
grant usage on warehouse cdt_load_wh to role cdt_admin;
grant usage on warehouse cdt_ml_wh to role cdt_developer;
grant usage on warehouse cdt_cortex_wh to role cdt_analyst;
grant usage on warehouse cdt_app_wh to role cdt_viewer;
grant usage on warehouse cdt_app_wh to role cdt_app_role;
grant operate on warehouse cdt_load_wh to role cdt_admin;
grant operate on warehouse cdt_ml_wh to role cdt_admin;
grant operate on warehouse cdt_cortex_wh to role cdt_admin;
grant operate on warehouse cdt_app_wh to role cdt_admin;

-- Cortex asks for both: the database role and the right to call the functions. Both belong to
-- public in a new account, and an account that took them back still has them here. The analyst's
-- pass to developer and admin.
grant database role snowflake.cortex_user to role cdt_analyst;
grant database role snowflake.cortex_user to role cdt_app_role;
grant use ai functions on account to role cdt_analyst;
grant use ai functions on account to role cdt_app_role;

use role cdt_admin;
use database customer_digital_twin;

create schema if not exists raw comment = 'The carrier''s own records';
create schema if not exists external comment = 'What is known of places and rivals';
create schema if not exists analytics comment = 'Features, segments and their figures';
create schema if not exists personas comment = 'Personas and past reactions';
create schema if not exists agents comment = 'Functions that ask personas, and what they said';
create schema if not exists app comment = 'The service: images, specifications, code';

-- Grants of a schema to come need the right to manage grants, which accountadmin has.
use role accountadmin;
use database customer_digital_twin;

-- viewer: personas and simulations
grant usage on database customer_digital_twin to role cdt_viewer;
grant usage on schema personas to role cdt_viewer;
grant usage on schema agents to role cdt_viewer;
grant select on all tables in schema personas to role cdt_viewer;
grant select on future tables in schema personas to role cdt_viewer;
grant select on all views in schema personas to role cdt_viewer;
grant select on future views in schema personas to role cdt_viewer;
grant select on all tables in schema agents to role cdt_viewer;
grant select on future tables in schema agents to role cdt_viewer;
grant select on all views in schema agents to role cdt_viewer;
grant select on future views in schema agents to role cdt_viewer;

-- analyst: all there is to read, and what asks a language model
grant usage on schema raw to role cdt_analyst;
grant usage on schema external to role cdt_analyst;
grant usage on schema analytics to role cdt_analyst;
grant usage on schema app to role cdt_analyst;
grant select on all tables in schema raw to role cdt_analyst;
grant select on future tables in schema raw to role cdt_analyst;
grant select on all tables in schema external to role cdt_analyst;
grant select on future tables in schema external to role cdt_analyst;
grant select on all tables in schema analytics to role cdt_analyst;
grant select on future tables in schema analytics to role cdt_analyst;
grant select on all views in schema analytics to role cdt_analyst;
grant select on future views in schema analytics to role cdt_analyst;
grant usage on all functions in schema agents to role cdt_analyst;
grant usage on future functions in schema agents to role cdt_analyst;
grant usage on all procedures in schema agents to role cdt_analyst;
grant usage on future procedures in schema agents to role cdt_analyst;

-- developer: apps and functions of their own, beside ours
grant create view on schema agents to role cdt_developer;
grant create function on schema agents to role cdt_developer;
grant create procedure on schema agents to role cdt_developer;
grant create streamlit on schema app to role cdt_developer;
grant create notebook on schema app to role cdt_developer;
grant create stage on schema app to role cdt_developer;

-- loader: rows of raw and external, and of past events (the grant is in sql/02); whoever replaces
-- rows deletes the ones before
grant usage on database customer_digital_twin to role cdt_data_loader;
grant usage on schema raw to role cdt_data_loader;
grant usage on schema external to role cdt_data_loader;
grant usage on schema personas to role cdt_data_loader;
grant select, insert, update, delete on all tables in schema raw to role cdt_data_loader;
grant select, insert, update, delete on future tables in schema raw to role cdt_data_loader;
grant select, insert, update, delete on all tables in schema external to role cdt_data_loader;
grant select, insert, update, delete on future tables in schema external to role cdt_data_loader;
grant usage on all file formats in schema raw to role cdt_data_loader;
grant usage on future file formats in schema raw to role cdt_data_loader;
grant usage on all procedures in schema raw to role cdt_data_loader;
grant usage on future procedures in schema raw to role cdt_data_loader;

-- service: reads what builds made, and writes down reactions (the grant is in sql/08); raw stays
-- out of its sight
grant usage on database customer_digital_twin to role cdt_app_role;
grant usage on schema analytics to role cdt_app_role;
grant usage on schema personas to role cdt_app_role;
grant usage on schema agents to role cdt_app_role;
grant usage on schema app to role cdt_app_role;
grant select on all tables in schema analytics to role cdt_app_role;
grant select on future tables in schema analytics to role cdt_app_role;
grant select on all views in schema analytics to role cdt_app_role;
grant select on future views in schema analytics to role cdt_app_role;
grant select on all tables in schema personas to role cdt_app_role;
grant select on future tables in schema personas to role cdt_app_role;
grant select on all views in schema personas to role cdt_app_role;
grant select on future views in schema personas to role cdt_app_role;
grant select on all tables in schema agents to role cdt_app_role;
grant select on future tables in schema agents to role cdt_app_role;
grant select on all views in schema agents to role cdt_app_role;
grant select on future views in schema agents to role cdt_app_role;
