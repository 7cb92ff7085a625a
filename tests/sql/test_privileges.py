from __future__ import annotations

import pytest

from adapters.warehouse.scripts.tables import declared_tables
from tests.sql.privileges import DATABASE, WHOLE_SCHEMA, grants, may, roles_of
from tests.sql.reading import code, every_statement, kind

ROLES = (
    "cdt_viewer",
    "cdt_analyst",
    "cdt_developer",
    "cdt_admin",
    "cdt_data_loader",
    "cdt_app_role",
)
LOADED_TABLES = [f"{table.schema}.{table.name}" for table in declared_tables()]
ASKING = ["agents.ask_persona", "agents.ask_persona_by_segment", "agents.quick_simulate"]


@pytest.mark.parametrize("table", LOADED_TABLES)
@pytest.mark.parametrize("privilege", ["select", "insert", "delete", "update"])
def test_the_loader_can_replace_the_rows_of_every_table(privilege: str, table: str) -> None:
    assert may("cdt_data_loader", privilege, f"table {table}")


@pytest.mark.parametrize(
    ("privilege", "thing"),
    [
        ("usage", "warehouse cdt_load_wh"),
        ("usage", "stage raw.public_stage"),
        ("read", "stage raw.data_stage"),
        ("write", "stage raw.data_stage"),
        ("usage", "file format raw.csv_by_name"),
        ("usage", "file format raw.parquet_format"),
        ("usage", "procedure raw.load_public_files"),
    ],
)
def test_the_loader_has_all_that_a_load_needs(privilege: str, thing: str) -> None:
    assert may("cdt_data_loader", privilege, thing)


@pytest.mark.parametrize("function", ASKING)
def test_the_analyst_can_ask_personas_in_snowflake(function: str) -> None:
    assert may("cdt_analyst", "usage", f"function {function}")
    assert may("cdt_analyst", "usage", "procedure agents.simulate_scenario")
    assert may("cdt_analyst", "usage", "warehouse cdt_cortex_wh")


@pytest.mark.parametrize("role", ["cdt_analyst", "cdt_developer", "cdt_admin", "cdt_app_role"])
def test_who_calls_cortex_has_both_rights_it_asks_for(role: str) -> None:
    assert may(role, "use ai functions", "account")
    assert may(role, "be", "snowflake.cortex_user")


@pytest.mark.parametrize("function", ["app.ask_persona", "app.ask_question", "app.simulate"])
def test_the_analyst_can_call_the_service(function: str) -> None:
    assert may("cdt_analyst", "usage", f"function {function}")
    assert "grant service role app.cdt_service!all_endpoints_usage to role cdt_analyst" in [
        code(statement) for _, statement in every_statement()
    ]


@pytest.mark.parametrize("table", [*LOADED_TABLES, "analytics.respondents", "agents.settings"])
def test_the_analyst_can_read_every_table_but_change_none(table: str) -> None:
    assert may("cdt_analyst", "select", f"table {table}")
    assert not any(
        may("cdt_analyst", privilege, f"table {table}")
        for privilege in ("insert", "update", "delete", "truncate")
    )


def test_the_developer_can_make_a_streamlit_app_where_it_lives() -> None:
    assert may("cdt_developer", "create streamlit", "schema app")
    assert may("cdt_developer", "usage", "schema app")
    assert may("cdt_developer", "usage", DATABASE)


@pytest.mark.parametrize(
    ("privilege", "thing"),
    [
        ("create service", "schema app"),
        ("create function", "schema app"),
        ("bind service endpoint", "account"),
        ("usage", "compute pool cdt_pool"),
        ("read", "image repository app.images"),
        ("read", "stage app.specs"),
        ("read", "secret app.cdt_api_key"),
        ("usage", "warehouse cdt_app_wh"),
        ("select", "table analytics.respondents"),
        ("select", "view personas.persona_definitions"),
        ("insert", "table agents.simulation_logs"),
        ("delete", "table agents.simulation_logs"),
    ],
)
def test_the_service_can_be_made_and_can_work(privilege: str, thing: str) -> None:
    assert may("cdt_app_role", privilege, thing)


def test_the_viewer_sees_personas_and_simulations() -> None:
    assert may("cdt_viewer", "select", "view personas.persona_definitions")
    assert may("cdt_viewer", "select", "table agents.simulation_logs")
    assert may("cdt_viewer", "select", "view agents.current_personas")
    assert may("cdt_viewer", "usage", "warehouse cdt_app_wh")


@pytest.mark.parametrize(
    ("role", "privilege", "thing"),
    [
        ("cdt_viewer", "select", "table raw.customers"),
        ("cdt_viewer", "select", "table analytics.respondents"),
        ("cdt_viewer", "usage", "function agents.ask_persona"),
        ("cdt_viewer", "use ai functions", "account"),
        ("cdt_developer", "insert", "table raw.customers"),
        ("cdt_data_loader", "select", "view personas.persona_definitions"),
        ("cdt_data_loader", "select", "table personas.persona_versions"),
        ("cdt_data_loader", "use ai functions", "account"),
        ("cdt_data_loader", "usage", "warehouse cdt_cortex_wh"),
        ("cdt_app_role", "select", "table raw.customers"),
        ("cdt_app_role", "insert", "table personas.persona_versions"),
        ("cdt_app_role", "delete", "table agents.settings"),
        ("cdt_app_role", "insert", "table agents.settings"),
        ("cdt_app_role", "update", "table agents.simulation_logs"),
        ("cdt_app_role", "usage", "warehouse cdt_load_wh"),
    ],
)
def test_no_role_can_do_what_is_not_its_job(role: str, privilege: str, thing: str) -> None:
    assert not may(role, privilege, thing)


@pytest.mark.parametrize("grant", grants(), ids=str)
def test_what_is_granted_now_is_granted_for_what_comes_and_the_reverse(grant: object) -> None:
    assert isinstance(grant, type(grants()[0]))
    if WHOLE_SCHEMA.fullmatch(grant.what) is None:
        return
    first, rest = grant.what.split(" ", 1)
    other = {"all": "future", "future": "all"}[first]

    assert type(grant)(grant.role, grant.privilege, f"{other} {rest}") in grants()


def test_an_external_stage_is_used_and_an_internal_one_is_read() -> None:
    external = {
        code(statement).split()[5]
        for _, statement in every_statement()
        if kind(statement) == "create stage" and "url =" in statement
    }
    on_stages = [grant for grant in grants() if grant.what.startswith("stage ")]

    assert external == {"raw.public_stage"}
    for grant in on_stages:
        is_external = grant.what.removeprefix("stage ") in external
        assert (grant.privilege == "usage") == is_external


def test_every_role_hangs_below_sysadmin_and_no_other_exists() -> None:
    created = {
        code(statement).split()[5]
        for _, statement in every_statement()
        if kind(statement) == "create role"
    }

    assert created == set(ROLES)
    assert roles_of("sysadmin") >= created
    assert {grant.role for grant in grants()} <= created


def test_the_owner_of_the_database_is_the_admin_and_nobody_owns_what_a_reader_reads() -> None:
    owners = [code(s) for _, s in every_statement() if code(s).startswith("grant ownership")]

    assert owners == [
        f"grant ownership on {DATABASE} to role cdt_admin copy current grants",
    ]
