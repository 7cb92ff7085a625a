"""Open Snowflake as the settings say: who asks, where, and what is there.

Imported only where the settings choose Snowflake: its connector takes half a second to import.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import assert_never
from urllib.parse import urlsplit

from adapters.snowflake.checkup import Check, check_account, check_model
from adapters.snowflake.keys import read_key
from adapters.snowflake.logins import KeyPairLogin, Login, TokenFileLogin, TokenLogin
from adapters.snowflake.sessions import ConnectionSettings, Sessions
from adapters.warehouse.build.build import WarehouseBuild
from adapters.warehouse.build.snowflake import open_snowflake_build
from adapters.warehouse.live.snowflake import SnowflakeCustomerBase
from adapters.warehouse.load.snowflake import send_to_snowflake
from adapters.warehouse.simulation_log import SnowflakeSimulationLog
from api.settings import Settings, needed
from api.wiring.open_carrier import serve_as
from domain.catalog import Carrier

Progress = Callable[[str, int, int], None]


@contextmanager
def open_remote_customers(
    settings: Settings,
) -> Iterator[tuple[SnowflakeCustomerBase, SnowflakeSimulationLog]]:
    """The customer base of the database and the log of simulations in it."""
    with open_sessions(settings) as sessions:
        customers = SnowflakeCustomerBase(sessions, serve_as(settings))
        yield customers, SnowflakeSimulationLog(sessions)


@contextmanager
def open_remote_build(settings: Settings, carrier: Carrier) -> Iterator[WarehouseBuild]:
    """A build in the database."""
    with open_sessions(settings) as sessions, open_snowflake_build(sessions, carrier) as build:
        yield build


def send_loaded(settings: Settings, progress: Progress) -> None:
    """Send what was loaded into the data directory."""
    with open_sessions(settings) as sessions:
        send_to_snowflake(settings.data_dir, sessions, progress)


def check_snowflake(settings: Settings) -> Iterator[Check]:
    """What the account lets the service do, and whether it has the model where Cortex is asked."""
    with open_sessions(settings) as sessions:
        let_in = False
        for check in check_account(sessions):
            let_in = let_in or check.ok
            yield check
        if let_in and settings.asks_cortex:
            yield check_model(sessions, settings.model)


@contextmanager
def open_sessions(
    settings: Settings,
    parameters: Mapping[str, object] | None = None,
    *,
    at_work: bool = True,
) -> Iterator[Sessions]:
    """Sessions of the Snowflake account that begin with `parameters`. Raises SettingMissing.

    `at_work`: in the database, warehouse and role of the settings, which deploying has yet to make.
    """
    connection = replace(_connection_settings(settings), parameters=parameters or {})
    if not at_work:
        connection = replace(connection, database=None, warehouse=None, role=None)
    sessions = Sessions(connection, _login(settings), settings.snowflake_sessions)
    try:
        yield sessions
    finally:
        sessions.close()


def _connection_settings(settings: Settings) -> ConnectionSettings:
    address = urlsplit(settings.snowflake_url or "")
    return ConnectionSettings(
        account=needed(settings.snowflake_account, "snowflake_account", "Snowflake"),
        database=settings.snowflake_database,
        warehouse=settings.snowflake_warehouse,
        role=settings.snowflake_role,
        host=address.hostname or settings.snowflake_host,
        port=address.port,
        protocol=address.scheme or "https",
    )


def _login(settings: Settings) -> Login:
    chosen = f"CDT_SNOWFLAKE_AUTH={settings.snowflake_auth}"
    match settings.snowflake_auth:
        case "spcs":
            return TokenFileLogin(settings.snowflake_token_file)
        case "pat":
            token = needed(settings.snowflake_token, "snowflake_token", chosen)
            return TokenLogin(token, "PROGRAMMATIC_ACCESS_TOKEN", settings.snowflake_user)
        case "oauth":
            return TokenLogin(needed(settings.snowflake_token, "snowflake_token", chosen), "oauth")
        case "keypair":
            path = needed(settings.snowflake_private_key_file, "snowflake_private_key_file", chosen)
            key = read_key(path, settings.snowflake_private_key_passphrase)
            return KeyPairLogin(needed(settings.snowflake_user, "snowflake_user", chosen), key)
        case _:
            assert_never(settings.snowflake_auth)
