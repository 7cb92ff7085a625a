from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from api.app import create_app
from api.settings import PublicBindRefused, Settings, refuse_public_bind
from domain.callers import Scope

INJECTED = {
    "SNOWFLAKE_HOST": "snowflake.test",
    "SNOWFLAKE_ACCOUNT": "xy12345",
    "SNOWFLAKE_DATABASE": "SNOWMOBILE_DIGITAL_TWIN",
    "SNOWFLAKE_SCHEMA": "APP",
    "SNOWFLAKE_SERVICE_NAME": "CDT_SERVICE",
}


def none(_: Settings) -> bool:
    """Nobody has made a key."""
    return False


@pytest.fixture
def container(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The environment Snowflake gives a container; returns the file of its session token."""
    for name, value in INJECTED.items():
        monkeypatch.setenv(name, value)
    token_file = tmp_path / "token"
    token_file.write_text("a session token")
    monkeypatch.setenv("CDT_SNOWFLAKE_TOKEN_FILE", str(token_file))
    return token_file


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
    refuse_public_bind(Settings(host=host), none)


def test_an_address_beyond_loopback_needs_keys() -> None:
    public = Settings(host="192.0.2.7")
    refuse_public_bind(public, lambda settings: settings is public)
    with pytest.raises(PublicBindRefused, match="twin keys create"):
        refuse_public_bind(public, none)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "twin.example"])  # noqa: S104
def test_a_public_address_is_refused_and_the_way_out_is_named(host: str, tmp_path: Path) -> None:
    with pytest.raises(PublicBindRefused, match="CDT_ALLOW_UNAUTHENTICATED=1"):
        create_app(Settings(host=host, data_dir=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_an_operator_may_say_that_something_in_front_decides() -> None:
    refuse_public_bind(Settings(host="192.0.2.7", allow_unauthenticated=True), none)


@pytest.mark.usefixtures("container")
def test_what_snowflake_injects_is_read() -> None:
    settings = Settings()
    assert {name: getattr(settings, name.lower()) for name in INJECTED} == INJECTED


@pytest.mark.usefixtures("container")
@pytest.mark.parametrize("name", sorted(INJECTED))
def test_what_the_operator_sets_wins_over_what_snowflake_injects(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(f"CDT_{name}", "chosen")
    assert getattr(Settings(), name.lower()) == "chosen"
    assert getattr(Settings.model_validate({name.lower(): "given"}), name.lower()) == "given"


@pytest.mark.usefixtures("container")
def test_a_container_of_snowflake_is_recognized_and_may_listen_to_its_proxy() -> None:
    settings = Settings(host="0.0.0.0")  # noqa: S104 - refused elsewhere
    assert settings.in_spcs
    refuse_public_bind(settings, none)


@pytest.mark.parametrize("said", ["true", "false"])
def test_what_the_operator_says_decides_whether_it_is_snowflake(
    container: Path, monkeypatch: pytest.MonkeyPatch, said: str
) -> None:
    assert Settings().in_spcs
    if said == "true":
        container.unlink()
        monkeypatch.delenv("SNOWFLAKE_SERVICE_NAME")
        assert not Settings().in_spcs
    monkeypatch.setenv("CDT_SPCS", said)
    assert Settings().in_spcs is (said == "true")


@pytest.mark.parametrize("missing", ["name", "token"])
def test_half_of_what_snowflake_gives_is_not_snowflake(
    container: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    if missing == "name":
        monkeypatch.delenv("SNOWFLAKE_SERVICE_NAME")
    else:
        container.unlink()
    with pytest.raises(PublicBindRefused):
        refuse_public_bind(Settings(host="0.0.0.0"), none)  # noqa: S104 - refused


@pytest.mark.parametrize("host", ["http://snowflake.test", "snowflake.test/path", "a@b", ""])
def test_a_host_that_would_lead_the_token_elsewhere_is_refused(
    monkeypatch: pytest.MonkeyPatch, host: str
) -> None:
    monkeypatch.setenv("SNOWFLAKE_HOST", host)
    with pytest.raises(ValidationError, match="SNOWFLAKE_HOST"):
        Settings()


def test_scopes_are_written_with_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CDT_SPCS_SCOPES", "read,admin")
    assert Settings().spcs_scopes == {Scope.READ, Scope.ADMIN}
    monkeypatch.setenv("CDT_SPCS_SCOPES", "read,write")
    with pytest.raises(ValidationError, match="spcs_scopes"):
        Settings()
