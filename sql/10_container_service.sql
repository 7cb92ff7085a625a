-- purpose: the service in Snowpark Container Services, and the functions that call it from SQL
-- grain: none, no rows are made here
-- portable: no
--
-- Before: build and push the image to the repository made here (show image repositories in schema
-- app gives its address), and put deploy/service.yaml as service.yaml on @app.specs. Run the script
-- as far as the repository first, push, put, and run it again: every statement can be repeated.
-- The order is Snowflake's: pool, repository, secret and grants, and only then the service, made
-- by the role that owns it, because accountadmin cannot own one.
--
-- Costs: the pool bills by the second while a node runs, also when nobody asks. To stop:
--   alter service app.cdt_service suspend; alter compute pool cdt_pool suspend;
-- Snowflake suspends no service with a public endpoint by itself. Resuming starts the service as it
-- was; to update it, push another image and put its specification, then
--   alter service app.cdt_service from @app.specs specification_file = 'service.yaml';

use role accountadmin;

-- one small node: a single instance is all that may run, see below
create compute pool if not exists cdt_pool
    min_nodes = 1
    max_nodes = 1
    instance_family = cpu_x64_xs
    auto_resume = true
    auto_suspend_secs = 600
    comment = 'Runs the service of the twins';

grant usage, monitor on compute pool cdt_pool to role cdt_app_role;
grant operate, monitor on compute pool cdt_pool to role cdt_admin;
grant bind service endpoint on account to role cdt_app_role;

use role cdt_admin;
use database customer_digital_twin;

create schema if not exists app;

create image repository if not exists app.images;

-- Lines of `twin keys create --as-line`, for clients that show a key besides their token; the service
-- reads them from a file. Set with: alter secret app.cdt_api_key set secret_string = '...'. Empty, it
-- opens nothing: Snowflake names the users, all of whom hold the service role.
create secret if not exists app.cdt_api_key
    type = generic_string
    secret_string = ''
    comment = 'Hashes of the keys that clients show to the service';

grant read, write on image repository app.images to role cdt_developer;
grant read on image repository app.images to role cdt_app_role;
grant read on secret app.cdt_api_key to role cdt_app_role;
grant create service on schema app to role cdt_app_role;
grant create function on schema app to role cdt_app_role;

use role cdt_app_role;
use warehouse cdt_app_wh;
use database customer_digital_twin;

-- One instance, never two: simulations live on the block volume of the one that took them.
create service if not exists app.cdt_service
    in compute pool cdt_pool
    from @app.specs
    specification_file = 'service.yaml'
    auto_resume = true
    min_instances = 1
    min_ready_instances = 1
    max_instances = 1
    query_warehouse = cdt_app_wh
    comment = 'Customer Digital Twin';

-- Rows go in batches, each a POST of {"data": [[0, ...], [1, ...]]}; an answer that takes longer
-- than a few seconds is 202, and Snowflake asks again under the same batch id. A row that cannot be
-- answered is an object with `error`. A batch that failed three times ends the statement, loudly:
-- rows of NULL would pass for answers.

-- how a persona, named by its id or its segment, reacts to a scenario
create or replace function app.ask_persona(persona varchar, scenario varchar)
returns variant
service = app.cdt_service
endpoint = api
context_headers = (current_user, current_role)
max_batch_rows = 8
max_batch_retries = 3
on_batch_failure = abort
batch_timeout_secs = 600
as '/sf/ask';

-- what a persona answers to a free question
create or replace function app.ask_question(persona varchar, question varchar)
returns variant
service = app.cdt_service
endpoint = api
context_headers = (current_user, current_role)
max_batch_rows = 8
max_batch_retries = 3
on_batch_failure = abort
batch_timeout_secs = 600
as '/sf/question';

-- what the whole market does about a scenario
create or replace function app.simulate(scenario varchar)
returns variant
service = app.cdt_service
endpoint = api
context_headers = (current_user, current_role)
max_batch_rows = 4
max_batch_retries = 3
on_batch_failure = abort
batch_timeout_secs = 1800
as '/sf/simulate';

-- who may reach the endpoint, who may call the functions, who may look and stop
grant service role app.cdt_service!all_endpoints_usage to role cdt_analyst;
grant usage on function app.ask_persona(varchar, varchar) to role cdt_analyst;
grant usage on function app.ask_question(varchar, varchar) to role cdt_analyst;
grant usage on function app.simulate(varchar) to role cdt_analyst;
grant monitor on service app.cdt_service to role cdt_developer;
grant operate on service app.cdt_service to role cdt_admin;

show endpoints in service app.cdt_service;
