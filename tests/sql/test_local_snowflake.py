"""What a local Snowflake can prove: it runs the scripts, and what stands inside the functions."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from adapters.snowflake.sessions import Session
from domain.errors import Unavailable
from tests.fakes.snowflake_server import SnowflakeServer
from tests.sql.reading import body, code, every_statement, kind, parts, statement_of

# It has no procedures, no blocks and no Python: only an account can prove these.
REFUSED = {
    "05": {"create procedure": 1, "create temporary table": 1, "call": 1},
    "07": {"create procedure": 1, "call": 1},
    "08": {"create procedure": 1, "execute": 1},
    "09": {"create function": 9, "create procedure": 1},
    "10": {"create service": 1, "create function": 3, "show": 1},
}
SIMULATION = "sim_1"
ASKED = re.compile(r"agents\.read_reaction\(agents\.complete_reaction\(.*?\)\s*\)\)", re.DOTALL)
ANSWERS = {
    "announcement": {"ACCEPT": 0.1, "IGNORE": 0.3, "COMPLAIN": 0.5, "CHURN": 0.1},
    "status quo": {"IGNORE": 0.98, "CHURN": 0.02},
}


@pytest.fixture(scope="module")
def refused(snowflake: SnowflakeServer) -> dict[str, Counter[str]]:
    """Kinds of statements that were refused, by script; all ten scripts are run in order."""
    found: dict[str, Counter[str]] = {}
    with snowflake.sessions() as sessions, sessions.session() as session:
        for name, statement in every_statement():
            if kind(statement) == "copy":
                continue  # from files on the internet, which no test reads
            sql = statement if body(statement) else code(statement)
            try:
                session.run(sql)
            except Unavailable:
                found.setdefault(name[:2], Counter())[kind(statement)] += 1
    return found


@pytest.fixture(scope="module")
def simulated(snowflake: SnowflakeServer, refused: dict[str, Counter[str]]) -> Iterator[Session]:
    """Three segments, asked by the statements of agents.simulate_scenario; one call failed."""
    assert refused
    with snowflake.sessions("customer_digital_twin") as sessions, sessions.session() as session:
        session.run("use schema agents")
        for number, customers in enumerate([100, 300, 20], start=1):
            session.run(
                "insert into analytics.segment_statistics"
                " (segment_id, customers, share, avg_monthly_bill) select ?, ?, 0.3, 50",
                [f"S{number}", customers],
            )
            session.run(
                "insert into personas.persona_versions (persona_id, version, segment_id,"
                " definition, content_hash, as_of) select ?, 1, ?, '{}', 'hash', '2026-03-01'",
                [f"per_{number}", f"S{number}"],
            )
            session.run(
                "insert into personas.current_versions (segment_id, persona_id, version)"
                " select ?, ?, 1",
                [f"S{number}", f"per_{number}"],
            )
        _simulate(session)
        yield session


def _simulate(session: Session) -> None:
    statements = parts(statement_of("agents.simulate_scenario"))
    (personas,) = [s for s in statements if "table agents.personas_asked" in s]
    (log,) = [s for s in statements if s.startswith("insert")]
    session.run(_filled(personas))
    failed = json.dumps({"error": {"code": "model_failed", "detail": "over budget"}})
    session.run(
        "create or replace table agents.reactions_asked as"
        " select arms.arm, p.segment_id, p.persona_id, iff(p.segment_id = 'S3',"
        " parse_json(?), parse_json(arms.answer)) as reaction"
        " from agents.personas_asked as p cross join (select 'announcement' as arm, ? as answer"
        " union all select 'status quo' as arm, ? as answer) as arms",
        [failed, _answer("announcement"), _answer("status quo")],
    )
    session.run(_filled(log))


def _answer(arm: str) -> str:
    """What agents.read_reaction makes of a good reply."""
    shares = {"THREATEN_CHURN": 0.0, "UPGRADE": 0.0, "DOWNGRADE": 0.0, **ANSWERS[arm]}
    shares = {"ACCEPT": 0.0, "IGNORE": 0.0, "COMPLAIN": 0.0, **shares}
    likely = max(shares, key=lambda action: shares[action])
    return json.dumps(
        {
            "initial_reaction": "Oh.",
            "sentiment_score": -0.72,
            "likely_action": likely,
            "action_probability": shares[likely],
            "action_probabilities": shares,
        }
    )


def _filled(statement: str) -> str:
    """The statement with values in the place of the procedure's variables."""
    values = {
        "asked_segments": "array_construct()",
        "this_simulation": f"'{SIMULATION}'",
        "asked_text": "'Prices go up.'",
        "asked_category": "'Pricing'",
        "model_name": "'a model'",
    }
    for name, value in values.items():
        statement = statement.replace(f":{name}", value)
    return statement.replace("temporary table", "table")


def test_every_statement_runs_but_those_only_an_account_can_prove(
    refused: dict[str, Counter[str]],
) -> None:
    assert {script: dict(kinds) for script, kinds in refused.items()} == REFUSED


def test_reactions_are_logged_with_their_decimals_and_a_failure_with_its_reason(
    simulated: Session,
) -> None:
    rows = simulated.rows(
        "select call_index, segment_id, state, failure_code, sentiment_score, churn_uplift_points"
        " from agents.simulation_logs order by call_index"
    )

    assert [tuple(row.values())[:4] for row in rows] == [
        (0, "S1", "done", None),
        (1, "S2", "done", None),
        (2, "S3", "failed", "model_failed"),
    ]
    assert rows[0]["sentiment_score"] == -0.72
    assert rows[0]["churn_uplift_points"] == pytest.approx(8.0)
    assert rows[2]["churn_uplift_points"] is None


def test_a_simulation_shows_each_segment_what_the_announcement_puts_at_risk(
    simulated: Session,
) -> None:
    inside = parts(statement_of("agents.simulate_scenario"))
    (shown,) = [s for s in inside if s.startswith("simulated := (")]
    shown = shown.removeprefix("simulated := (").removesuffix(")")

    rows = simulated.rows(_filled(shown))

    assert [row["monthly_revenue_at_risk_dollars"] for row in rows] == [
        pytest.approx(0.08 * 100 * 50),
        pytest.approx(0.08 * 300 * 50),
        None,
    ]
    assert rows[2]["failure"] == "over budget"


def test_results_weigh_customers_and_count_failures(simulated: Session) -> None:
    query = (body(statement_of("agents.aggregate_results")) or "").replace(
        "of_simulation", f"'{SIMULATION}'"
    )

    (row,) = simulated.rows(query)

    values = list(row.values())
    assert values[1:5] == [3, 2, 1, 400]
    assert values[5] == pytest.approx(-0.72)
    assert json.loads(str(values[6]))["COMPLAIN"] == pytest.approx(0.5)
    assert values[7] == pytest.approx(8.0)
    assert values[8] == pytest.approx(0.08 * 400 * 50)


def test_an_unknown_simulation_has_no_results(simulated: Session) -> None:
    query = (body(statement_of("agents.aggregate_results")) or "").replace(
        "of_simulation", "'nothing'"
    )

    assert simulated.rows(query) == []


def test_a_quick_simulation_takes_each_answer_apart(simulated: Session) -> None:
    text = body(statement_of("agents.quick_simulate")) or ""
    query, replaced = ASKED.subn(f"parse_json('{_answer('announcement')}')", text)

    rows = simulated.rows(query)

    assert replaced == 1
    assert sorted(str(_cells(row)[0]) for row in rows) == ["S1", "S2", "S3"]
    assert {_cells(row)[2] for row in rows} == {-0.72}
    assert {_cells(row)[7] for row in rows} == {None}


def _cells(row: Mapping[str, object]) -> list[object]:
    return list(row.values())


@pytest.mark.parametrize(
    ("name", "argument", "column"),
    [
        ("agents.ask_persona", "of_persona", "persona_id"),
        ("agents.ask_persona_by_segment", "of_segment", "segment_id"),
    ],
)
def test_a_persona_is_found_also_when_its_name_comes_from_a_column(
    simulated: Session, name: str, argument: str, column: str
) -> None:
    expression = body(statement_of(name)) or ""
    expression = expression.replace("agents.read_reaction(", "(")
    expression = re.sub(r"agents\.\w+_(reaction|prompt)\(", "concat(", expression)
    expression = expression.replace(argument, f"asked.{column}").replace("announcement", "'!'")

    rows = simulated.rows(f"select {expression} as told from agents.current_personas as asked")  # noqa: S608

    assert [row["told"] for row in rows] == ["claude-haiku-4-5{}!"] * 3


def test_templates_merge_twice_into_the_same_rows(simulated: Session) -> None:
    (merge,) = [s for _, s in every_statement() if kind(s) == "merge"]

    simulated.run(merge)

    (row,) = simulated.rows("select count(*) as n from agents.scenario_templates")
    assert row["n"] == 15
