"""Each fault that a look at the reference system's SQL found, and that cannot come back here."""

from __future__ import annotations

import re

import pytest
import sqlglot
from sqlglot import exp

from adapters.warehouse.scripts.scripts import script
from tests.sql.reading import SCRIPTS, blocks, body, code, every_statement, kind, statement_of

TEN = "\n".join(script(name) for name in SCRIPTS)
SQL_FUNCTIONS = [
    "agents.ask_persona",
    "agents.ask_persona_by_segment",
    "agents.complete_reaction",
    "agents.quick_simulate",
    "agents.aggregate_results",
    "agents.generate_scenario",
]


def loads() -> list[str]:
    return [
        code(part)
        for _, statement in every_statement()
        for part in (body(statement) or statement).split(";\n")
        if code(part).startswith("copy into")
    ]


def test_a_load_stops_at_the_first_bad_row_and_drops_none_in_silence() -> None:
    assert "on_error = continue" not in TEN
    assert "on_error = skip_file" not in TEN
    assert len(loads()) == 18
    for load in loads():
        assert ("on_error = abort_statement" in load) != ("validation_mode = return_errors" in load)


def test_a_load_names_its_file_so_that_a_missing_one_is_an_error() -> None:
    for load in loads():
        named = re.search(r"files = \('\w+\.csv'\)", load) is not None
        assert named != ("personas.historical_reactions" in load)  # the one that may be missing


def test_a_dry_run_goes_by_place_because_snowflake_does_not_validate_by_name() -> None:
    dry = [load for load in loads() if "validation_mode" in load]

    assert len(dry) == 9
    assert not any("match_by_column_name" in load for load in dry)


def test_every_loaded_table_is_counted_in_file_and_table_within_the_transaction() -> None:
    text = code(body(statement_of("raw.load_public_files")) or "")
    inside = text[text.index("begin transaction") : text.index("commit")]
    tables = re.findall(r"copy into (\S+)", inside)

    assert len(tables) == 9
    for table in tables:
        file = table.partition(".")[2]
        assert inside.count(f" from {table};") == 1
        assert f" from {table}) as rows_loaded" in inside
        assert f"/{file}.csv (file_format => 'raw.csv_by_place') ) as rows_in_file" in inside
    assert "raise rows_differ" in text
    assert "raise columns_differ" in text


def test_no_statement_puts_parse_json_into_a_list_of_values() -> None:
    for _, statement in every_statement():
        if kind(statement) in {"insert", "merge"}:
            tree = sqlglot.parse_one(statement, read="snowflake")
            for values in tree.find_all(exp.Values):
                assert values.find(exp.ParseJSON) is None


def test_no_number_loses_its_decimals_in_a_cast_without_a_scale() -> None:
    assert not re.search(r"::\s*(decimal|number|numeric)\b(?!\s*\()", TEN)


def test_a_large_warehouse_is_not_paid_for_calls_that_do_not_run_on_it() -> None:
    sizes = dict(re.findall(r"warehouse if not exists (\w+)\s+warehouse_size = (\w+)", TEN))

    assert sizes == {
        "cdt_load_wh": "medium",
        "cdt_ml_wh": "medium",
        "cdt_cortex_wh": "xsmall",
        "cdt_app_wh": "xsmall",
    }
    assert [int(seconds) for seconds in re.findall(r"auto_suspend = (\d+)", TEN)] == [60] * 4


def test_tables_are_not_clustered_by_random_identifiers() -> None:
    assert "cluster by" not in TEN


def test_features_do_not_age_with_the_calendar() -> None:
    for name in ("06_create_enriched_views", "07_segmentation_pipeline"):
        assert "current_date" not in script(name)


@pytest.mark.parametrize("block", [block for _, block in blocks()])
def test_blocks_are_snowflake_scripting(block: str) -> None:
    text = code(body(block) or "")

    assert not re.search(r"\b\w+ record\b", text)
    assert not re.search(r"\bfor \w+ in select\b", text)
    assert not re.search(r"\w+ table\s*\(\.\.\.\)", text)
    assert not re.search(r"return table\s*\(\s*select", text)
    assert "last_query_id" not in text


@pytest.mark.parametrize("name", SQL_FUNCTIONS)
def test_a_function_uses_everything_it_is_given_and_no_other_query(name: str) -> None:
    statement = code(statement_of(name))
    arguments = re.search(r"\(([^)]*)\)", statement)
    text = body(statement_of(name)) or ""

    assert arguments
    for argument in arguments.group(1).split(","):
        assert re.search(rf"\b{argument.split()[0]}\b", text)
    assert "result_scan" not in text


@pytest.mark.parametrize("name", ["agents.ask_persona", "agents.ask_persona_by_segment"])
def test_a_scalar_function_looks_up_only_what_is_one_row_for_certain(name: str) -> None:
    tree = sqlglot.parse_one(f"select {body(statement_of(name))}", read="snowflake")

    found = list(tree.find_all(exp.Subquery))
    assert len(found) == 2
    for subquery in found:
        assert subquery.this.expressions[0].find(exp.AggFunc)
        assert not subquery.find(exp.Group, exp.Limit, exp.Qualify)


def test_a_model_is_called_once_for_each_persona_and_never_taken_apart_unkept() -> None:
    for name, statement in every_statement():
        text = body(statement) or ""
        for call in re.findall(r"(?:ai_complete|complete_reaction)\(", text):
            assert name[:2] in {"08", "09"}
            assert call
        assert not re.search(r"(complete_reaction|ai_complete)\([^;]*?\)\s*:\s*\w", text)
    answered = code(body(statement_of("agents.simulate_scenario")) or "")
    assert answered.index("create or replace temporary table agents.reactions_asked") < (
        answered.index("asked.reaction:sentiment_score")
    )


def test_nothing_is_concatenated_that_one_null_would_swallow() -> None:
    prompt = code(body(statement_of("personas.write_narratives")) or "")
    pieces = prompt[prompt.index("'Describe the typical") : prompt.index("as prompt")].split("||")

    for piece in (" ".join(piece.split()) for piece in pieces):
        assert piece.startswith(("'", "char(10)", "coalesce(", "replace(coalesce(")), piece


def test_the_functions_speak_to_a_model_that_can_still_be_had() -> None:
    assert "'model', 'claude-haiku-4-5'" in TEN
    assert not re.search(r"model => '", TEN)


def test_revenue_at_risk_counts_what_the_status_quo_would_not_lose() -> None:
    text = code(body(statement_of("agents.simulate_scenario")) or "")

    assert "'status quo' as arm" in text
    assert "greatest(logs.churn_uplift_points, 0) / 100" in text
    assert "action_probability *" not in text


def test_the_service_is_made_by_a_role_that_may_own_it_and_runs_once() -> None:
    statements = [code(s) for name, s in every_statement() if name.startswith("10")]
    place = next(i for i, s in enumerate(statements) if s.startswith("create service"))
    roles = [s for s in statements[:place] if s.startswith("use role")]

    assert roles[-1] == "use role cdt_app_role"
    for words in ("min_instances = 1", "max_instances = 1", "query_warehouse = cdt_app_wh"):
        assert words in statements[place]
    assert statements[place].index("compute pool") < statements[place].index("specification_file")


@pytest.mark.parametrize(
    ("function", "path"),
    [
        ("app.ask_persona", "/sf/ask"),
        ("app.ask_question", "/sf/question"),
        ("app.simulate", "/sf/simulate"),
    ],
)
def test_a_service_function_fails_aloud_and_says_who_asks(function: str, path: str) -> None:
    text = code(statement_of(function))

    assert "service = app.cdt_service endpoint = api" in text
    assert "on_batch_failure = abort" in text
    assert "context_headers = (current_user" in text
    assert text.endswith(f"as '{path}'")
