-- purpose: where files lie before they are loaded, and how they are read
-- grain: none, no rows are made here
-- portable: no
--
-- Nothing is left to a default that alters data: a backslash is a backslash
-- (escape_unenclosed_field = none), bytes that are not UTF-8 are an error, and a line of another
-- length is one as well. Only an empty field is NULL.

use role cdt_admin;
use database customer_digital_twin;

create schema if not exists raw;
create schema if not exists app;

-- Columns found by the names in the first line, in any order. The count of columns may differ from
-- the table's because the database fills created_at and updated_at; sql/05 compares the names.
create or replace file format raw.csv_by_name
    type = csv
    parse_header = true
    error_on_column_count_mismatch = false
    field_optionally_enclosed_by = '"'
    escape_unenclosed_field = none
    null_if = ('')
    empty_field_as_null = true;

-- Columns by their place, the first line passed over: to count lines, and to list every fault.
create or replace file format raw.csv_by_place
    type = csv
    skip_header = 1
    field_optionally_enclosed_by = '"'
    escape_unenclosed_field = none
    null_if = ('')
    empty_field_as_null = true;

create or replace file format raw.parquet_format
    type = parquet;

-- The carrier's files as published, readable by anyone: no integration and no key is needed.
create stage if not exists raw.public_stage
    url = 's3://pjose-public/Customer-Digital-Twin/data/'
    comment = 'Eight CSV files of a million customers';

-- Files of one's own: put 'file:///data/internal/customers.parquet' @raw.data_stage/internal/
create stage if not exists raw.data_stage
    directory = (enable = true)
    comment = 'Files put here by the loader';

-- Python that procedures import (domain/customers/segmentation.py, for sql/07), and specifications of the
-- service (deploy/service.yaml, for sql/10). A service reads its stage on the server's side.
create stage if not exists app.code
    directory = (enable = true)
    comment = 'Python imported by procedures';

create stage if not exists app.specs
    directory = (enable = true)
    encryption = (type = 'snowflake_sse')
    comment = 'Specifications of the service';

-- An external stage is used, an internal one is read and written; writing needs reading.
grant usage on stage raw.public_stage to role cdt_data_loader;
grant read, write on stage raw.data_stage to role cdt_data_loader;
grant read, write on stage app.code to role cdt_developer;
grant read, write on stage app.specs to role cdt_developer;
grant read on stage app.specs to role cdt_app_role;
