from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from api.app import create_app
from api.settings import PublicBindRefused, Settings, refuse_public_bind


def test_an_empty_environment_serves_on_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CDT_HOST", raising=False)
    settings = Settings()
    assert (settings.host, settings.port, settings.data_dir) == ("127.0.0.1", 8000, Path(".data"))


def test_the_environment_sets_what_it_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDT_PORT", "9001")
    monkeypatch.setenv("CDT_DATA_DIR", "elsewhere")
    settings = Settings()
    assert settings.port == 9001
    assert settings.store_url == "sqlite:///elsewhere/simulations.sqlite3"


def test_a_database_url_never_shows_its_password() -> None:
    settings = Settings(database_url=SecretStr("postgresql://twin:hunter2@db/twin"))
    assert "hunter2" not in repr(settings)
    assert settings.store_url.endswith("hunter2@db/twin")


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost"])
def test_loopback_needs_no_keys(host: str) -> None:
    refuse_public_bind(Settings(host=host))


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "twin.example"])  # noqa: S104
def test_a_public_address_is_refused_and_the_way_out_is_named(host: str) -> None:
    with pytest.raises(PublicBindRefused, match="CDT_ALLOW_UNAUTHENTICATED=1"):
        create_app(Settings(host=host))


def test_an_operator_may_say_that_something_in_front_decides() -> None:
    refuse_public_bind(Settings(host="192.0.2.7", allow_unauthenticated=True))
