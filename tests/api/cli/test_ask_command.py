"""`twin ask` remembers a conversation from one run to the next."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from api.cli.twin import twin as app
from api.settings import Settings
from tests.api.conftest import fake_services
from tests.fakes.customers import FakeCustomers

RISE = "Prices go up by $5 a month."


@pytest.fixture(autouse=True)
def small_services(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "api.wiring.bootstrap.open_services", lambda _: fake_services(settings, FakeCustomers())
    )


def ask(*arguments: str) -> str:
    run = CliRunner().invoke(app, ["ask", "S1", *arguments], catch_exceptions=False)
    assert run.exit_code == 0
    return run.stdout


def test_a_further_turn_remembers_the_first() -> None:
    ask("--conversation", "launch", RISE)
    told = ask("--conversation", "launch", "--question", "What did I ask before?", "--json")
    assert RISE in json.loads(told)["text"]


def test_without_a_name_nothing_is_remembered() -> None:
    ask(RISE)
    told = ask("--question", "What did I ask before?", "--json")
    assert "first turn" in json.loads(told)["text"]


def test_what_was_not_understood_is_printed_with_its_question() -> None:
    printed = " ".join(ask("Prices go up by $5 a month in Ohio.").replace("\u2502", " ").split())
    assert 'Not understood: "in Ohio". Who pays $5 more a month: everyone, or' in printed
    assert "Not understood" not in ask(RISE)
