"""`twin simulate` takes what HTTP takes, and `twin simulations` does with one what HTTP does."""

from __future__ import annotations

import json
from typing import Any

import pytest

from adapters.store import open_store
from api.settings import Settings
from domain.simulations.simulation import CallState, SimulationState
from tests.api.conftest import fake_services
from tests.command_line import Typed, typed
from tests.fakes.customers import FakeCustomers
from tests.fakes.simulations import a_request, some_calls

RISE = "Prices go up by $5 a month."


@pytest.fixture(autouse=True)
def small_services(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDT_DATA_DIR", str(settings.data_dir))
    monkeypatch.setattr(
        "api.wiring.bootstrap.open_services", lambda _: fake_services(settings, FakeCustomers())
    )


def told(*words: str) -> Any:  # noqa: ANN401 - JSON
    done = typed(*words, "--json")
    assert (done.code, done.told) == (0, "")
    return json.loads(done.out)


def test_a_simulation_is_asked_for_as_with_http() -> None:
    request = told(
        *("simulate", RISE, "--segment", "S1", "--segment", "S2", "--respondents", "30"),
        *("--min-tenure-months", "2", "--engine", "choice", "--seed", "7", "--repeats", "2"),
        *("--label", "campaign:spring 2026", "--max-calls", "9", "--max-tokens", "99"),
    )["request"]

    assert request["panel"]["segments"] == ["S1", "S2"]
    assert request["panel"]["respondents_per_segment"] == 30
    assert request["panel"]["audience"]["min_tenure_months"] == 2
    assert (request["engine"], request["seed"], request["repeats"]) == ("choice", 7, 2)
    assert request["labels"] == {"campaign": "spring 2026"}
    assert request["budget"] == {"max_calls": 9, "max_tokens": 99, "max_cost_dollars": None}


def test_what_is_not_said_is_as_http_has_it() -> None:
    assert told("simulate", RISE)["request"] == a_request(RISE, engine="choice").model_dump(
        mode="json"
    )


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--seed", "-1"), "--seed"),
        (("--seed", "9007199254740992"), "--seed"),
        (("--repeats", "21"), "--repeats"),
        (("--respondents-per-segment", "29"), "--respondents-per-segment"),
        (("--engine", "oracle"), "--engine"),
        (("--segment", "S99"), "--segment"),
        (("--segment", "S 1"), "--segment"),
        (("--persona", "per_nobody"), "--persona"),
        (("--plan", "Nothing"), "--plan"),
        (("--state", "Montana"), "--state"),
        (("--min-tenure-months", "-1"), "--min-tenure-months"),
        (("--max-tenure-months", "601"), "--max-tenure-months"),
        (("--label", "campaign"), "--label"),
        (("--label", "a:1", "--label", "a:2"), "--label"),
        (("--max-calls", "0"), "--max-calls"),
        (("--max-tokens", "many"), "--max-tokens"),
        (("--max-cost-dollars", "nan"), "--max-cost-dollars"),
        (("--export", "report.doc"), "--export"),
        (("--export", "nowhere/report.html"), "--export"),
    ],
)
def test_an_option_that_cannot_be_used_is_named(words: tuple[str, ...], named: str) -> None:
    refused = typed("simulate", RISE, *words)

    assert refused.code == 2
    assert named in refused.told.splitlines()[0]
    assert told("simulations", "list") == []


@pytest.mark.parametrize(
    "words", [("--seed", "-1"), ("--engine", "oracle"), ("--conversation", "a b")]
)
def test_an_option_of_an_ask_that_cannot_be_used_is_named(words: tuple[str, ...]) -> None:
    refused = typed("ask", "S1", RISE, *words)

    assert refused.code == 2
    assert words[0] in refused.told


def test_an_ask_takes_its_engine_and_seed() -> None:
    provenance = told("ask", "S1", RISE, "--engine", "choice", "--seed", "7")["provenance"]

    assert (provenance["engine"], provenance["seed"]) == ("choice", 7)


def test_simulations_are_listed_by_state_and_label() -> None:
    first = told("simulate", RISE, "--label", "quarter:1")["id"]
    second = told("simulate", RISE, "--label", "quarter:2")["id"]

    assert [each["id"] for each in told("simulations", "list")] == [second, first]
    assert [each["id"] for each in told("simulations", "list", "--limit", "1")] == [second]
    assert [each["id"] for each in told("simulations", "list", "--label", "quarter:1")] == [first]
    assert told("simulations", "list", "--state", "failed") == []
    assert told("simulations", "list", "--tenant", "another") == []
    assert first in typed("simulations", "list").out


def test_a_simulation_is_shown_as_http_shows_it() -> None:
    made = told("simulate", RISE)

    assert told("simulations", "show", made["id"]) == made
    assert "subscribers affected" in typed("simulations", "show", made["id"]).out


def test_a_simulation_that_waits_is_cancelled_and_retried(settings: Settings) -> None:
    waits(settings, "sim_a")

    assert typed("simulations", "cancel", "sim_a").out == "sim_a: cancelled\n"
    again = told("simulations", "retry", "sim_a")

    assert again["counts"]["cancelled"] == 0
    assert SimulationState(again["state"]).final


def test_a_replay_tells_whether_the_same_came_out() -> None:
    made = told("simulate", RISE)["id"]

    assert told("simulations", "replay", made)["replay"]["identical"] is True


def test_a_simulation_that_was_deleted_is_gone() -> None:
    made = told("simulate", RISE)["id"]

    assert typed("simulations", "delete", made).out == f"{made}: deleted\n"
    assert "was deleted" in failed("simulations", "show", made).told


@pytest.mark.parametrize("verb", ["show", "cancel", "retry", "replay", "delete"])
def test_a_simulation_that_never_was_is_not_found(verb: str) -> None:
    assert "see `twin simulations list`" in failed("simulations", verb, "sim_none").told


def test_what_is_worked_on_is_neither_deleted_nor_retried(settings: Settings) -> None:
    waits(settings, "sim_a")

    for verb in ("delete", "retry", "replay"):
        assert "still worked on" in failed("simulations", verb, "sim_a").told


def failed(*words: str) -> Typed:
    done = typed(*words)
    assert done.code == 1
    assert len(done.told.splitlines()) == 1
    return done


def waits(settings: Settings, simulation_id: str) -> None:
    store = open_store(settings.store_url, max_unfinished_calls=10)
    store.submit(simulation_id, a_request(), some_calls(2))
    assert {record.state for record in store.records(simulation_id, 2)} == {CallState.READY}
    store.close()


def test_what_was_not_understood_is_printed_with_its_question() -> None:
    done = typed("simulate", "Prices go up by $5 a month in Ohio.")
    printed = " ".join(done.out.split())
    assert "No verdict: not all of the text was read" in printed
    assert "Of the part of the text that was read" in printed
    assert 'Not understood: "in Ohio". Who pays $5 more a month: everyone, or' in printed


def test_a_text_that_was_read_whole_is_printed_without_a_question() -> None:
    assert "Not understood" not in typed("simulate", RISE).out
