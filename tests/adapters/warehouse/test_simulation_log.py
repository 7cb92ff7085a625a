"""Simulations told to AGENTS.SIMULATION_LOGS, over the real connector."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from adapters.snowflake.sessions import Sessions
from adapters.warehouse.scripts.scripts import play_script, script
from adapters.warehouse.simulation_log import SnowflakeSimulationLog
from domain.reactions import Reaction
from domain.simulations.simulation import (
    CallRecord,
    CallState,
    Counts,
    Failure,
    Simulation,
    SimulationState,
)
from tests.fakes.simulations import a_reaction, a_request, some_calls
from tests.fakes.snowflake_server import SnowflakeServer

CREATED_AT = datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
COUNTS = Counts(total=2, done=1, failed=1, running=0, pending=0)
TIMEOUT = Failure(code="timeout", detail="no reaction within 120 s; retry")


@pytest.fixture
def sessions(snowflake: SnowflakeServer) -> Iterator[Sessions]:
    with snowflake.sessions() as pool:
        for name in ("02_create_internal_tables", "08_persona_generation"):
            play_script(script(name), pool.run)
        yield pool


def a_simulation(name: str, text: str = "Prices rise by $5 a month.") -> Simulation:
    return Simulation(
        id=name,
        state=SimulationState.PARTIAL,
        request=a_request(text),
        counts=COUNTS,
        created_at=CREATED_AT,
    )


def records() -> list[CallRecord]:
    done, failed = some_calls(2)
    return [
        CallRecord(call=done, state=CallState.DONE, attempts=1, reaction=a_reaction("So be it.")),
        CallRecord(call=failed, state=CallState.FAILED, attempts=3, failure=TIMEOUT),
    ]


def test_every_call_is_a_row_whether_it_succeeded_or_not(sessions: Sessions) -> None:
    SnowflakeSimulationLog(sessions).record(a_simulation("sim_1"), records())

    done, failed = sessions.rows("select * from agents.simulation_logs order by call_index")

    assert (done["simulation_id"], done["segment_id"], done["state"]) == ("sim_1", "S1", "done")
    assert str(done["created_at"]).startswith("2026-03-01 12:30:00")
    assert done["initial_reaction"] == "So be it."
    assert done["sentiment_score"] == -2 / 7
    assert json.loads(str(done["action_probabilities"]))["CHURN"] == 0.4 - 1 / 3
    assert Reaction.model_validate_json(str(done["reaction"])) == a_reaction("So be it.")
    assert (failed["state"], failed["failure_code"]) == ("failed", "timeout")
    assert failed["reaction"] is None


def test_telling_it_again_changes_nothing(sessions: Sessions) -> None:
    log = SnowflakeSimulationLog(sessions)
    log.record(a_simulation("sim_1"), records())
    log.record(a_simulation("sim_2"), records())
    before = sessions.rows("select * from agents.simulation_logs order by 1, 2")

    log.record(a_simulation("sim_1"), records())

    assert sessions.rows("select * from agents.simulation_logs order by 1, 2") == before
    assert len(before) == 4


@pytest.mark.parametrize("text", ["'; drop table agents.simulation_logs; --", "ünï ${x} ? % \\n"])
def test_words_of_a_scenario_are_kept_to_the_letter(sessions: Sessions, text: str) -> None:
    SnowflakeSimulationLog(sessions).record(a_simulation("sim_1", text), records())

    logged = sessions.rows("select distinct scenario from agents.simulation_logs")

    assert logged == [{"scenario": text}]
