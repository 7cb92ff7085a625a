"""Settings: what an operator may choose, from the environment, every name prefixed `CDT_`.

What Snowflake itself tells a container (`SNOWFLAKE_HOST` and the like) stands in where the operator
chose nothing.
"""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal, TypeVar

from pydantic import AliasChoices, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.errors import TwinError

LogLevel = Literal["debug", "info", "warning", "error"]
Provider = Literal["cortex", "cortex_sql", "openai_compatible"]
EmbeddingProvider = Literal["none", "cortex", "cortex_sql"]
ReplyFormat = Literal["json_schema", "json_object", "text"]
SnowflakeAuth = Literal["keypair", "pat", "oauth", "spcs"]

Warehouse = Literal["duckdb", "snowflake"]

T = TypeVar("T")

IDENTIFIER = r"^[A-Za-z_][A-Za-z0-9_$]{0,254}$"

HOST_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,252}(:[0-9]{1,5})?$"


def _or_injected(name: str) -> AliasChoices:
    """Ours first, then the variable Snowflake sets in the containers it runs."""
    return AliasChoices(f"CDT_{name}", name)


class PublicBindRefused(TwinError):
    """The service was told to listen where strangers could reach it, and it has no API keys."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"refusing to listen on {host!r}: this service has no API keys yet, so anyone who "
            "reaches it may use it. Listen on 127.0.0.1, or set CDT_ALLOW_UNAUTHENTICATED=1 "
            "where something in front of it decides who may come in"
        )


class SettingMissing(TwinError):
    """What was chosen needs a setting that is not there."""

    def __init__(self, name: str, choice: str) -> None:
        super().__init__(f"{choice} needs CDT_{name.upper()}; set it, or choose otherwise")


def needed(value: T | None, name: str, choice: str) -> T:
    """A setting that a choice cannot do without. Raises SettingMissing."""
    if value is None:
        raise SettingMissing(name, choice)
    return value


class Settings(BaseSettings):
    """Every setting with its default; an empty environment gives a service on loopback."""

    model_config = SettingsConfigDict(
        env_prefix="CDT_", frozen=True, extra="ignore", populate_by_name=True
    )

    data_dir: Path = Field(
        default=Path(".data"), description="Folder of the data set and simulations."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    allow_unauthenticated: bool = Field(
        default=False, description="Serve beyond loopback although there are no API keys."
    )
    carrier_file: Path | None = Field(
        default=None, description="TOML; default: the reference carrier."
    )
    warehouse: Warehouse = Field(
        default="duckdb",
        description="Where customers are: duckdb (data directory) or snowflake.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="Where simulations are kept; default: SQLite in the data directory.",
    )
    concurrency: Annotated[int, Field(ge=1, le=4096)] = 32
    lease_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    max_unfinished_calls: Annotated[int, Field(ge=1)] = 100_000
    max_body_bytes: Annotated[int, Field(ge=1024)] = 1024 * 1024
    receive_seconds: Annotated[float, Field(gt=0, le=300)] = 15.0
    grace_seconds: Annotated[float, Field(ge=0, le=600)] = 25.0
    model_provider: Provider | None = Field(
        default=None, description="Language model: cortex, cortex_sql, openai_compatible, or none."
    )
    model: str = Field(
        default="claude-haiku-4-5", description="Its name, as the provider spells it."
    )
    model_url: str | None = Field(
        default=None, description="Base URL; default with cortex: that of the account."
    )
    model_api_key: SecretStr | None = Field(
        default=None, description="Key of an OpenAI-compatible server."
    )
    model_reply_format: ReplyFormat = "json_schema"
    model_concurrency: Annotated[int, Field(ge=1, le=1024)] = 64
    model_cache: bool = Field(
        default=True, description="Keep replies in the data directory; asking again is free."
    )
    model_cache_mb: Annotated[int, Field(ge=1, le=100_000)] = 256
    model_price_input: Annotated[float, Field(ge=0)] | None = Field(
        default=None, description="Dollars per million tokens; without prices no cost is told."
    )
    model_price_output: Annotated[float, Field(ge=0)] | None = None
    embeddings: EmbeddingProvider = Field(
        default="none", description="Find evidence by meaning: cortex, cortex_sql, or none."
    )
    embedding_model: str = Field(
        default="snowflake-arctic-embed-m-v1.5", description="Or e5-base-v2, for one."
    )
    spcs: bool | None = Field(
        default=None,
        description="Run as a Snowflake container service; default: whether Snowflake started it.",
    )
    function_hold_seconds: Annotated[float, Field(ge=0, le=20)] = Field(
        default=5.0, description="How long a service function waits before it is told to poll."
    )
    snowflake_account: str | None = Field(
        default=None,
        validation_alias=_or_injected("SNOWFLAKE_ACCOUNT"),
        description="Account identifier, org-account.",
    )
    snowflake_host: Annotated[str, Field(pattern=HOST_NAME)] | None = Field(
        default=None,
        validation_alias=_or_injected("SNOWFLAKE_HOST"),
        description="With auth spcs: the only host that takes the token.",
    )
    snowflake_url: Annotated[str, Field(pattern=r"^https?://")] | None = Field(
        default=None, description="Where the account answers, if not at its own address."
    )
    snowflake_database: Annotated[str, Field(pattern=IDENTIFIER)] = Field(
        default="customer_digital_twin", validation_alias=_or_injected("SNOWFLAKE_DATABASE")
    )
    snowflake_warehouse: Annotated[str, Field(pattern=IDENTIFIER)] | None = Field(
        default=None, description="Default: the user's own."
    )
    snowflake_role: Annotated[str, Field(pattern=IDENTIFIER)] | None = Field(
        default=None, description="Default: the user's own."
    )
    snowflake_sessions: Annotated[int, Field(ge=1, le=64)] = 4
    snowflake_schema: str | None = Field(
        default=None, validation_alias=_or_injected("SNOWFLAKE_SCHEMA")
    )
    snowflake_service_name: str | None = Field(
        default=None, validation_alias=_or_injected("SNOWFLAKE_SERVICE_NAME")
    )
    snowflake_user: str | None = Field(default=None, description="User of the private key.")
    snowflake_auth: SnowflakeAuth = "keypair"
    snowflake_private_key_file: Path | None = Field(default=None, description="PEM file, RSA.")
    snowflake_private_key_passphrase: SecretStr | None = None
    snowflake_token: SecretStr | None = Field(default=None, description="With auth pat or oauth.")
    snowflake_token_file: Path = Field(
        default=Path("/snowflake/session/token"),
        description="With auth spcs; read for each request.",
    )
    log_level: LogLevel = "info"
    docs: bool = Field(default=True, description="Serve the interactive documentation.")

    @property
    def in_spcs(self) -> bool:
        """Whether Snowflake runs this service, so that its proxy decides who may come in.

        When the operator does not say, a service name and a session token, both of which only
        Snowflake gives, say so. Looks at the disk: ask once.
        """
        if self.spcs is not None:
            return self.spcs
        return self.snowflake_service_name is not None and self.snowflake_token_file.is_file()

    @property
    def open_to_others(self) -> bool:
        """Whether something in front decides who may come in. Looks at the disk: ask once."""
        return self.allow_unauthenticated or self.in_spcs

    @property
    def store_url(self) -> str:
        """Database URL of the simulations; may hold a password, so never log it."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir / 'simulations.sqlite3'}"


def refuse_public_bind(settings: Settings) -> None:
    """Raise PublicBindRefused when the service would be open to more than this machine."""
    if not is_loopback(settings.host) and not settings.open_to_others:
        raise PublicBindRefused(settings.host)


def is_loopback(host: str) -> bool:
    """Whether an address or the name `localhost` cannot be reached from another machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
