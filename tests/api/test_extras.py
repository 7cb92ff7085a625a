from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

# As on an installation without them: they cannot be imported.
WITHOUT = """
import sys
for name in {missing!r}:
    sys.modules[name] = None
from api.cli.main import main
sys.argv = ["twin", *{command!r}]
main()
"""
SNOWFLAKE = ("snowflake", "snowflake.connector", "cryptography", "jwt")


def twin_without(missing: tuple[str, ...], tmp_path: Path, *command: str, **settings: str) -> str:
    """What a command of an installation that lacks these packages prints; it must fail."""
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(missing=missing, command=command)],
        env=os.environ | {"CDT_DATA_DIR": str(tmp_path)} | settings,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode
    return " ".join((ran.stdout + ran.stderr).split())


@pytest.mark.parametrize(
    "settings",
    [
        {"CDT_WAREHOUSE": "snowflake"},
        {"CDT_MODEL_PROVIDER": "cortex_sql"},
        {"CDT_EMBEDDINGS": "cortex_sql"},
        {"CDT_MODEL_PROVIDER": "cortex", "CDT_SNOWFLAKE_AUTH": "keypair"},
    ],
)
def test_a_setting_whose_packages_are_missing_is_told_with_the_remedy(
    settings: dict[str, str], tmp_path: Path
) -> None:
    known = {
        "CDT_SNOWFLAKE_ACCOUNT": "org-account",
        "CDT_SNOWFLAKE_USER": "somebody",
        "CDT_SNOWFLAKE_PRIVATE_KEY_FILE": str(tmp_path / "key.p8"),
    }

    told = twin_without(SNOWFLAKE, tmp_path, "ask", "S1", "Hello", **(known | settings))

    assert "customer-digital-twin[snowflake]" in told
    assert "=".join(list(settings.items())[-1]) in told
    assert "Traceback" not in told


def test_traces_whose_packages_are_missing_are_told_with_the_remedy(tmp_path: Path) -> None:
    collector = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    missing = ("opentelemetry.sdk", "opentelemetry.exporter")

    told = twin_without(missing, tmp_path, "serve", "--port", "0", **collector)

    assert "OTEL_EXPORTER_OTLP_ENDPOINT" in told
    assert "customer-digital-twin[telemetry]" in told
    assert "Traceback" not in told


def test_the_embedded_service_needs_none_of_the_extras(tmp_path: Path) -> None:
    for missing in (SNOWFLAKE, ("opentelemetry.sdk",), ("psycopg",), ("scipy", "sklearn")):
        told = twin_without(missing, tmp_path, "ask", "S1", "Hello")

        assert "twin build" in told or "twin load" in told  # it got as far as the missing data
