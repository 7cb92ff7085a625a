-- purpose: fill the nine tables from staged files, all of them or none
-- grain: one row per load and table in raw.load_log
-- portable: no
--
-- A file that is missing, a column that is missing, unknown or misspelt, a value that does not fit,
-- a line too many or too few, a key twice, a customer nobody knows: each stops the load, and the
-- tables hold what they held before. Files of one's own are better sent with `twin load`, which
-- names every fault by its line, or put on @raw.data_stage and loaded as below with that stage's
-- name in place of raw.public_stage. The script can be run again: rows are replaced, never doubled.
--
-- The ninth table, past events, is the one that a stage may be without, as the published one is: no
-- file leaves it empty, a file that is there is held to all of the above. So it is copied from its
-- path, which may match nothing, and no other table is.

use role cdt_admin;
use database customer_digital_twin;

-- one row per load and table: what the file held, what the table holds, and how it ended
create table if not exists raw.load_log (
    load_id varchar(36) not null,
    ended_at timestamp_ntz not null default current_timestamp(),
    table_name varchar(64) not null,
    rows_in_file int,
    rows_loaded int,
    keys_twice int,
    customers_unknown int,
    columns_missing varchar,
    columns_unknown varchar,
    outcome varchar(20) not null,
    primary key (load_id, table_name)
);

-- Loads in one transaction and raises unless every row of every file is in its table. Copying by
-- name would leave a misspelt column empty without a word, so names are compared first; files are
-- named one by one because a path that matches nothing loads nothing, also without a word. The rows
-- are counted in the files by another read of them, not taken from what the copy says of itself.
-- It runs with the rights of whoever calls it: the loader needs no others.
create or replace procedure raw.load_public_files()
returns table (table_name varchar, rows_in_file int, rows_loaded int)
language sql
execute as caller
as
$$
declare
    columns_differ exception (
        -20051, 'Nothing was loaded: a file lacks columns or has unknown ones. See raw.load_log.'
    );
    rows_differ exception (
        -20052, 'Nothing was loaded: rows were lost, came twice or are orphans. See raw.load_log.'
    );
    this_load varchar default uuid_string();
    columns_found array;
    rows_found array;
    faults int default 0;
    loaded resultset;
begin
    -- columns that the database fills need not be in a file
    columns_found := (
        with wanted as (
            select table_schema || '.' || table_name as table_name, column_name, column_default
            from information_schema.columns
            where table_schema in ('RAW', 'EXTERNAL')
                or (table_schema = 'PERSONAS' and table_name = 'HISTORICAL_REACTIONS')
        ),

        in_files as (
            select 'RAW.CUSTOMERS' as table_name, column_name
            from table(infer_schema(
                location => '@raw.public_stage/internal/customers.csv',
                file_format => 'raw.csv_by_name',
                ignore_case => true,
                max_records_per_file => 1000
            ))
            union all
            select 'RAW.MONTHLY_USAGE' as table_name, column_name
            from table(infer_schema(
                location => '@raw.public_stage/internal/monthly_usage.csv',
                file_format => 'raw.csv_by_name',
                ignore_case => true,
                max_records_per_file => 1000
            ))
            union all
            select 'RAW.SUPPORT_INTERACTIONS' as table_name, column_name
            from table(infer_schema(
                location => '@raw.public_stage/internal/support_interactions.csv',
                file_format => 'raw.csv_by_name',
                ignore_case => true,
                max_records_per_file => 1000
            ))
            union all
            select 'RAW.CAMPAIGN_RESPONSES' as table_name, column_name
            from table(infer_schema(
                location => '@raw.public_stage/internal/campaign_responses.csv',
                file_format => 'raw.csv_by_name',
                ignore_case => true,
                max_records_per_file => 1000
            ))
            union all
            select 'EXTERNAL.ZIP_DEMOGRAPHICS' as table_name, column_name
            from table(infer_schema(
                location => '@raw.public_stage/external/zip_demographics.csv',
                file_format => 'raw.csv_by_name',
                ignore_case => true,
                max_records_per_file => 1000
            ))
            union all
            select 'EXTERNAL.ECONOMIC_INDICATORS' as table_name, column_name
            from table(infer_schema(
                location => '@raw.public_stage/external/economic_indicators.csv',
                file_format => 'raw.csv_by_name',
                ignore_case => true,
                max_records_per_file => 1000
            ))
            union all
            select 'EXTERNAL.COMPETITIVE_LANDSCAPE' as table_name, column_name
            from table(infer_schema(
                location => '@raw.public_stage/external/competitive_landscape.csv',
                file_format => 'raw.csv_by_name',
                ignore_case => true,
                max_records_per_file => 1000
            ))
            union all
            select 'EXTERNAL.LIFESTYLE_SEGMENTS' as table_name, column_name
            from table(infer_schema(
                location => '@raw.public_stage/external/lifestyle_segments.csv',
                file_format => 'raw.csv_by_name',
                ignore_case => true,
                max_records_per_file => 1000
            ))
            union all
            select 'PERSONAS.HISTORICAL_REACTIONS' as table_name, column_name
            from table(infer_schema(
                location => '@raw.public_stage/internal/historical_reactions.csv',
                file_format => 'raw.csv_by_name',
                ignore_case => true,
                max_records_per_file => 1000
            ))
        ),

        files as (
            select distinct table_name from in_files
        ),

        missing as (
            select wanted.table_name, wanted.column_name, 'missing' as fault
            from wanted
            inner join files on wanted.table_name = files.table_name
            left join in_files
                on wanted.table_name = in_files.table_name
                and wanted.column_name = in_files.column_name
            where in_files.column_name is null and wanted.column_default is null
        ),

        unknown as (
            select in_files.table_name, in_files.column_name, 'unknown' as fault
            from in_files
            left join wanted
                on in_files.table_name = wanted.table_name
                and in_files.column_name = wanted.column_name
            where wanted.column_name is null
        ),

        faulty as (
            select * from missing
            union all
            select * from unknown
        ),

        by_table as (
            select
                table_name,
                listagg(iff(fault = 'missing', column_name, null), ', ')
                    within group (order by column_name) as columns_missing,
                listagg(iff(fault = 'unknown', column_name, null), ', ')
                    within group (order by column_name) as columns_unknown
            from faulty
            group by table_name
        )

        select array_agg(object_construct(
            'table_name', table_name, 'missing', columns_missing, 'unknown', columns_unknown
        ))
        from by_table
    );

    faults := array_size(columns_found);
    if (faults > 0) then
        insert into raw.load_log (load_id, table_name, columns_missing, columns_unknown, outcome)
        select
            :this_load,
            found.value:table_name::varchar,
            found.value:missing::varchar,
            found.value:unknown::varchar,
            'columns differ'
        from table(flatten(input => :columns_found)) as found;
        raise columns_differ;
    end if;

    begin transaction;

    delete from raw.customers;
    copy into raw.customers
        from @raw.public_stage/internal/
        files = ('customers.csv')
        file_format = (format_name = 'raw.csv_by_name')
        match_by_column_name = case_insensitive
        on_error = abort_statement
        force = true;

    delete from raw.monthly_usage;
    copy into raw.monthly_usage
        from @raw.public_stage/internal/
        files = ('monthly_usage.csv')
        file_format = (format_name = 'raw.csv_by_name')
        match_by_column_name = case_insensitive
        on_error = abort_statement
        force = true;

    delete from raw.support_interactions;
    copy into raw.support_interactions
        from @raw.public_stage/internal/
        files = ('support_interactions.csv')
        file_format = (format_name = 'raw.csv_by_name')
        match_by_column_name = case_insensitive
        on_error = abort_statement
        force = true;

    delete from raw.campaign_responses;
    copy into raw.campaign_responses
        from @raw.public_stage/internal/
        files = ('campaign_responses.csv')
        file_format = (format_name = 'raw.csv_by_name')
        match_by_column_name = case_insensitive
        on_error = abort_statement
        force = true;

    delete from external.zip_demographics;
    copy into external.zip_demographics
        from @raw.public_stage/external/
        files = ('zip_demographics.csv')
        file_format = (format_name = 'raw.csv_by_name')
        match_by_column_name = case_insensitive
        on_error = abort_statement
        force = true;

    delete from external.economic_indicators;
    copy into external.economic_indicators
        from @raw.public_stage/external/
        files = ('economic_indicators.csv')
        file_format = (format_name = 'raw.csv_by_name')
        match_by_column_name = case_insensitive
        on_error = abort_statement
        force = true;

    delete from external.competitive_landscape;
    copy into external.competitive_landscape
        from @raw.public_stage/external/
        files = ('competitive_landscape.csv')
        file_format = (format_name = 'raw.csv_by_name')
        match_by_column_name = case_insensitive
        on_error = abort_statement
        force = true;

    delete from external.lifestyle_segments;
    copy into external.lifestyle_segments
        from @raw.public_stage/external/
        files = ('lifestyle_segments.csv')
        file_format = (format_name = 'raw.csv_by_name')
        match_by_column_name = case_insensitive
        on_error = abort_statement
        force = true;

    delete from personas.historical_reactions;
    copy into personas.historical_reactions
        from @raw.public_stage/internal/historical_reactions.csv
        file_format = (format_name = 'raw.csv_by_name')
        match_by_column_name = case_insensitive
        on_error = abort_statement
        force = true;

    -- a copy by name leaves what the file lacks empty, whatever its default
    update raw.customers
    set
        created_at = coalesce(created_at, current_timestamp()),
        updated_at = coalesce(updated_at, current_timestamp());

    rows_found := (
        with counted as (
            select
                'RAW.CUSTOMERS' as table_name,
                (
                    select count(*)
                    from @raw.public_stage/internal/customers.csv
                        (file_format => 'raw.csv_by_place')
                ) as rows_in_file,
                (select count(*) from raw.customers) as rows_loaded,
                (select count(*) - count(distinct customer_id) from raw.customers)
                    as keys_twice,
                0 as customers_unknown
            union all
            select
                'RAW.MONTHLY_USAGE' as table_name,
                (
                    select count(*)
                    from @raw.public_stage/internal/monthly_usage.csv
                        (file_format => 'raw.csv_by_place')
                ) as rows_in_file,
                (select count(*) from raw.monthly_usage) as rows_loaded,
                (select count(*) - count(distinct usage_id) from raw.monthly_usage)
                    as keys_twice,
                (
                    select count(*) from raw.monthly_usage
                    where customer_id not in (select customer_id from raw.customers)
                ) as customers_unknown
            union all
            select
                'RAW.SUPPORT_INTERACTIONS' as table_name,
                (
                    select count(*)
                    from @raw.public_stage/internal/support_interactions.csv
                        (file_format => 'raw.csv_by_place')
                ) as rows_in_file,
                (select count(*) from raw.support_interactions) as rows_loaded,
                (select count(*) - count(distinct interaction_id) from raw.support_interactions)
                    as keys_twice,
                (
                    select count(*) from raw.support_interactions
                    where customer_id not in (select customer_id from raw.customers)
                ) as customers_unknown
            union all
            select
                'RAW.CAMPAIGN_RESPONSES' as table_name,
                (
                    select count(*)
                    from @raw.public_stage/internal/campaign_responses.csv
                        (file_format => 'raw.csv_by_place')
                ) as rows_in_file,
                (select count(*) from raw.campaign_responses) as rows_loaded,
                (select count(*) - count(distinct response_id) from raw.campaign_responses)
                    as keys_twice,
                (
                    select count(*) from raw.campaign_responses
                    where customer_id not in (select customer_id from raw.customers)
                ) as customers_unknown
            union all
            select
                'EXTERNAL.ZIP_DEMOGRAPHICS' as table_name,
                (
                    select count(*)
                    from @raw.public_stage/external/zip_demographics.csv
                        (file_format => 'raw.csv_by_place')
                ) as rows_in_file,
                (select count(*) from external.zip_demographics) as rows_loaded,
                (select count(*) - count(distinct zip_code) from external.zip_demographics)
                    as keys_twice,
                0 as customers_unknown
            union all
            select
                'EXTERNAL.ECONOMIC_INDICATORS' as table_name,
                (
                    select count(*)
                    from @raw.public_stage/external/economic_indicators.csv
                        (file_format => 'raw.csv_by_place')
                ) as rows_in_file,
                (select count(*) from external.economic_indicators) as rows_loaded,
                (select count(*) - count(distinct zip_code) from external.economic_indicators)
                    as keys_twice,
                0 as customers_unknown
            union all
            select
                'EXTERNAL.COMPETITIVE_LANDSCAPE' as table_name,
                (
                    select count(*)
                    from @raw.public_stage/external/competitive_landscape.csv
                        (file_format => 'raw.csv_by_place')
                ) as rows_in_file,
                (select count(*) from external.competitive_landscape) as rows_loaded,
                (select count(*) - count(distinct dma_code) from external.competitive_landscape)
                    as keys_twice,
                0 as customers_unknown
            union all
            select
                'EXTERNAL.LIFESTYLE_SEGMENTS' as table_name,
                (
                    select count(*)
                    from @raw.public_stage/external/lifestyle_segments.csv
                        (file_format => 'raw.csv_by_place')
                ) as rows_in_file,
                (select count(*) from external.lifestyle_segments) as rows_loaded,
                (select count(*) - count(distinct zip_code) from external.lifestyle_segments)
                    as keys_twice,
                0 as customers_unknown
            union all
            select
                'PERSONAS.HISTORICAL_REACTIONS' as table_name,
                (
                    select count(*)
                    from @raw.public_stage/internal/historical_reactions.csv
                        (file_format => 'raw.csv_by_place')
                ) as rows_in_file,
                (select count(*) from personas.historical_reactions) as rows_loaded,
                (
                    select count(*) - count(distinct event_id, segment_id)
                    from personas.historical_reactions
                ) as keys_twice,
                0 as customers_unknown
        )

        select array_agg(object_construct(
            'table_name', table_name,
            'rows_in_file', rows_in_file,
            'rows_loaded', rows_loaded,
            'keys_twice', keys_twice,
            'customers_unknown', customers_unknown
        ))
        from counted
    );

    faults := (
        select count_if(
            found.value:rows_in_file::int <> found.value:rows_loaded::int
            or (
                found.value:rows_loaded::int = 0
                and found.value:table_name::varchar <> 'PERSONAS.HISTORICAL_REACTIONS'
            )
            or found.value:keys_twice::int > 0
            or found.value:customers_unknown::int > 0
        )
        from table(flatten(input => :rows_found)) as found
    );

    if (faults > 0) then
        rollback;
    else
        commit;
    end if;

    insert into raw.load_log
        (load_id, table_name, rows_in_file, rows_loaded, keys_twice, customers_unknown, outcome)
    select
        :this_load,
        found.value:table_name::varchar,
        found.value:rows_in_file::int,
        found.value:rows_loaded::int,
        found.value:keys_twice::int,
        found.value:customers_unknown::int,
        iff(:faults > 0, 'rows differ', 'loaded')
    from table(flatten(input => :rows_found)) as found;

    if (faults > 0) then
        raise rows_differ;
    end if;

    loaded := (
        select table_name, rows_in_file, rows_loaded
        from raw.load_log
        where load_id = :this_load
        order by table_name
    );
    return table(loaded);
exception
    when other then
        rollback;
        raise;
end;
$$;

use role cdt_data_loader;
use warehouse cdt_load_wh;
use database customer_digital_twin;

-- A dry run that loads nothing and lists every fault, where the load stops at the first. Each
-- statement should return no row. Columns go by their place here (Snowflake does not validate by
-- name), so the copy of customers has the file's columns only.
create or replace temporary table raw.customers_in_file as
select * exclude (created_at, updated_at) from raw.customers where false;

copy into raw.customers_in_file
    from @raw.public_stage/internal/
    files = ('customers.csv')
    file_format = (format_name = 'raw.csv_by_place')
    validation_mode = return_errors;

copy into raw.monthly_usage
    from @raw.public_stage/internal/
    files = ('monthly_usage.csv')
    file_format = (format_name = 'raw.csv_by_place')
    validation_mode = return_errors;

copy into raw.support_interactions
    from @raw.public_stage/internal/
    files = ('support_interactions.csv')
    file_format = (format_name = 'raw.csv_by_place')
    validation_mode = return_errors;

copy into raw.campaign_responses
    from @raw.public_stage/internal/
    files = ('campaign_responses.csv')
    file_format = (format_name = 'raw.csv_by_place')
    validation_mode = return_errors;

copy into external.zip_demographics
    from @raw.public_stage/external/
    files = ('zip_demographics.csv')
    file_format = (format_name = 'raw.csv_by_place')
    validation_mode = return_errors;

copy into external.economic_indicators
    from @raw.public_stage/external/
    files = ('economic_indicators.csv')
    file_format = (format_name = 'raw.csv_by_place')
    validation_mode = return_errors;

copy into external.competitive_landscape
    from @raw.public_stage/external/
    files = ('competitive_landscape.csv')
    file_format = (format_name = 'raw.csv_by_place')
    validation_mode = return_errors;

copy into external.lifestyle_segments
    from @raw.public_stage/external/
    files = ('lifestyle_segments.csv')
    file_format = (format_name = 'raw.csv_by_place')
    validation_mode = return_errors;

copy into personas.historical_reactions
    from @raw.public_stage/internal/historical_reactions.csv
    file_format = (format_name = 'raw.csv_by_place')
    validation_mode = return_errors;

call raw.load_public_files();
