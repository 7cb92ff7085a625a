"""docker-compose.yml, held to the settings, the image and itself; no container is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from api.settings import Settings

ROOT = Path(__file__).parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
TWIN, POSTGRES = COMPOSE["services"]["twin"], COMPOSE["services"]["postgres"]


def test_the_service_starts_once_its_database_is_healthy() -> None:
    assert TWIN["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert POSTGRES["healthcheck"]["test"][1].startswith("pg_isready")


def test_both_read_one_password_and_it_is_in_no_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (secret,) = TWIN["secrets"]
    assert secret["source"] in POSTGRES["secrets"]
    assert POSTGRES["environment"]["POSTGRES_PASSWORD_FILE"].endswith(secret["source"])
    (tmp_path / secret["target"]).write_text("p@ss/w:rd\n")
    for name, value in {**TWIN["environment"], "CDT_SECRETS_DIR": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)

    settings = Settings()

    assert settings.store_url == "postgresql://twin:p%40ss%2Fw%3Ard@postgres:5432/twin"
    assert "p@ss" not in repr(settings)


def test_every_variable_is_a_setting_of_the_service() -> None:
    known = {f"CDT_{name.upper()}" for name in Settings.model_fields}
    assert set(TWIN["environment"]) <= known


def test_the_service_can_change_nothing_but_its_data() -> None:
    assert TWIN["read_only"] is True
    assert TWIN["cap_drop"] == ["ALL"]
    assert TWIN["security_opt"] == ["no-new-privileges:true"]
    assert TWIN["volumes"] == ["twin-data:/data"]


def test_it_is_reached_from_this_machine_only() -> None:
    assert all(port.startswith("127.0.0.1:") for port in TWIN["ports"])
    assert "ports" not in POSTGRES


def test_it_gets_the_time_it_takes_to_stop() -> None:
    settings = Settings()
    takes = settings.drain_seconds + settings.grace_seconds
    assert int(TWIN["stop_grace_period"].removesuffix("s")) > takes


def test_every_volume_and_secret_is_declared() -> None:
    used = {volume.partition(":")[0] for s in (TWIN, POSTGRES) for volume in s["volumes"]}
    assert used == set(COMPOSE["volumes"])
    assert set(COMPOSE["secrets"]) == {"database_password"}
