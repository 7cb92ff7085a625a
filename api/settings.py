"""Settings: what an operator may choose, from the environment, every name prefixed `CDT_`."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.errors import TwinError

LogLevel = Literal["debug", "info", "warning", "error"]
Provider = Literal["cortex", "openai_compatible"]
ReplyFormat = Literal["json_schema", "json_object", "text"]
SnowflakeAuth = Literal["keypair", "pat", "oauth", "spcs"]


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


class Settings(BaseSettings):
    """Every setting with its default; an empty environment gives a service on loopback."""

    model_config = SettingsConfigDict(env_prefix="CDT_", frozen=True, extra="ignore")

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
        default=None, description="Language model: cortex, openai_compatible, or none."
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
    snowflake_account: str | None = Field(
        default=None, description="Account identifier, org-account."
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
    def store_url(self) -> str:
        """Database URL of the simulations; may hold a password, so never log it."""
        if self.database_url is not None:
            return self.database_url.get_secret_value()
        return f"sqlite:///{self.data_dir / 'simulations.sqlite3'}"


def refuse_public_bind(settings: Settings) -> None:
    """Raise PublicBindRefused when the service would be open to more than this machine."""
    if not settings.allow_unauthenticated and not is_loopback(settings.host):
        raise PublicBindRefused(settings.host)


def is_loopback(host: str) -> bool:
    """Whether an address or the name `localhost` cannot be reached from another machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
