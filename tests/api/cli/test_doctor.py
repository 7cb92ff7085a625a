from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.store import open_store
from api.cli.doctor import diagnose
from api.settings import Settings
from domain.callers import Scope
from domain.keys import make_key
from tests.fakes.chat_server import TOKEN, ChatServer, serving
from tests.fakes.simulations import a_request, some_calls

NO_SERVICE_PORT = 9  # discard: nothing listens there


def findings(data_dir: Path, **chosen: object) -> dict[str, tuple[bool, str]]:
    settings = Settings.model_validate({"data_dir": data_dir, "port": NO_SERVICE_PORT, **chosen})
    return {f.part: (f.ok, f.detail) for f in asyncio.run(diagnose(settings))}


def test_an_empty_folder_is_told_how_to_get_data(tmp_path: Path) -> None:
    found = findings(tmp_path)

    assert not found["customer data"][0]
    assert "twin build" in found["customer data"][1]
    assert found["simulations"][0]
    assert found["service"] == (True, "not running; start it with `twin serve`")


def test_a_broken_store_is_told_apart_from_missing_data(tmp_path: Path) -> None:
    (tmp_path / "simulations.sqlite3").write_bytes(b"this is no database" * 100)

    assert not findings(tmp_path)["simulations"][0]


def test_a_data_directory_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    ok, detail = findings(tmp_path / "file" / "data")["data directory"]

    assert not ok
    assert "cannot create" in detail


@pytest.mark.parametrize("variable", ["CDT_PORT", "CDT_CONCURRENCY"])
def test_a_setting_that_makes_no_sense_is_refused(
    monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "-1")

    with pytest.raises(ValueError, match=variable.removeprefix("CDT_").lower()):
        Settings()


def test_a_model_is_asked_for_a_word_and_what_it_refuses_is_told(tmp_path: Path) -> None:
    async def look() -> tuple[tuple[bool, str], tuple[bool, str]]:
        async with serving(ChatServer()) as server:
            chosen = {
                "data_dir": tmp_path,
                "port": NO_SERVICE_PORT,
                "model_provider": "openai_compatible",
                "model_url": f"{server.address}/v1",
            }
            found = []
            for key in (TOKEN, "another"):
                settings = Settings.model_validate({**chosen, "model_api_key": key})
                (model,) = [f for f in await diagnose(settings) if f.part == "language model"]
                found.append((model.ok, model.detail))
            return found[0], found[1]

    well, refused = asyncio.run(look())

    assert well[0]
    assert "answers" in well[1]
    assert not refused[0]
    assert "credentials" in refused[1]


def test_an_account_that_cannot_be_asked_is_told_with_the_setting_that_is_missing(
    tmp_path: Path,
) -> None:
    found = findings(tmp_path, warehouse="snowflake")
    assert found["Snowflake login"][0] is False
    assert "CDT_SNOWFLAKE_ACCOUNT" in found["Snowflake login"][1]


def test_what_cannot_be_read_is_named_and_nothing_of_what_is_in_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'simulations.sqlite3'}"
    with closing(open_store(url, max_unfinished_calls=99)) as store:
        store.submit("sim_a", a_request(), some_calls(2))
        store.submit("sim_b", a_request(), some_calls(2))
        _, key = make_key("brand", frozenset(Scope), datetime.now(UTC))
        store.keys.add(key)
    assert findings(tmp_path)["stored rows"] == (True, "all can be read")
    with closing(sqlite3.connect(tmp_path / "simulations.sqlite3")) as file, file:
        file.execute("update simulation set request = 'my number is 555' where id = 'sim_a'")
        file.execute("update call set persona_id = x'ff' where simulation_id = 'sim_b' and idx = 1")
        file.execute("update api_key set scopes = 'root'")

    ok, detail = findings(tmp_path)["stored rows"]

    assert not ok
    assert "simulation sim_a (request); call sim_b/1; API key " in detail
    assert "555" not in detail
