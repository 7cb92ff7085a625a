"""Settings: what an operator may choose, from the environment, every name prefixed `CDT_`.

What Snowflake itself tells a container (`SNOWFLAKE_HOST` and the like) stands in where the operator
chose nothing.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal, TypeVar, assert_never
from urllib.parse import quote, urlsplit

from pydantic import AliasChoices, BeforeValidator, Field, PlainValidator, SecretStr
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

from api.addresses import Network, network_in
from domain.callers import Scope
from domain.errors import TwinError

USUAL_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})

LogLevel = Literal["debug", "info", "warning", "error"]
Provider = Literal["cortex", "cortex_sql", "openai_compatible"]
EmbeddingProvider = Literal["none", "cortex", "cortex_sql"]
ReplyFormat = Literal["json_schema", "json_object", "text"]
SnowflakeAuth = Literal["keypair", "pat", "oauth", "spcs"]
SpcsTenants = Literal["account", "user"]

Warehouse = Literal["duckdb", "snowflake"]

T = TypeVar("T")


def _listed(text: object) -> object:
    return tuple(text.replace(",", " ").split()) if isinstance(text, str) else text


HostList = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
ProxyNetwork = Annotated[Network, PlainValidator(lambda given: network_in(str(given)))]
ProxyList = Annotated[tuple[ProxyNetwork, ...], NoDecode, BeforeValidator(_listed)]

IDENTIFIER = r"^[A-Za-z_][A-Za-z0-9_$]{0,254}$"

HOST_NAME = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,252}(:[0-9]{1,5})?$"


def _comma_separated(value: object) -> object:
    return value.split(",") if isinstance(value, str) else value


def _or_injected(name: str) -> AliasChoices:
    """Ours first, then the variable Snowflake sets in the containers it runs."""
    return AliasChoices(f"CDT_{name}", name)


class PublicBindRefused(TwinError):
    """The service was told to listen where strangers could reach it, and it has no API keys."""

    def __init__(self, host: str) -> None:
        super().__init__(
            f"refusing to listen on {host!r}: this service has no API keys yet, so anyone who "
            "reaches it may use it. Make one with `twin keys create`, listen on 127.0.0.1, or set "
            "CDT_ALLOW_UNAUTHENTICATED=1 where something in front of it decides who may come in"
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
        env_prefix="CDT_",
        frozen=True,
        hide_input_in_errors=True,
        extra="ignore",
        populate_by_name=True,
    )

    data_dir: Path = Field(
        default=Path(".data"), description="Folder of the data set and simulations."
    )
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: Annotated[int, Field(ge=0, le=65_535)] = 8000
    allow_unauthenticated: bool = Field(
        default=False,
        description="Serve beyond loopback as long as there are no API keys; with keys, no effect.",
    )
    api_keys_file: Path | None = Field(
        default=None,
        description="Further API keys, as `twin keys create --as-line` prints them; read again.",
    )
    requests_per_minute: Annotated[int, Field(ge=0)] = Field(
        default=600, description="Of each key to each process; 0: any number."
    )
    wrong_keys_per_minute: Annotated[int, Field(ge=0)] = Field(
        default=30, description="From each address to each process; 0: any number."
    )
    trusted_proxies: ProxyList = Field(
        default=(),
        description="Addresses and networks of proxies that say who sent a request; none: nobody.",
    )
    reactions_per_day: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Of each tenant, by UTC days; default: any number."
    )
    carrier_file: Path | None = Field(
        default=None,
        description="TOML of the carrier to build for; default: the reference carrier. A build "
        "keeps its carrier, so serving needs no file.",
    )
    serve_other_carrier: bool = Field(
        default=False,
        description="Serve a build as the carrier of `carrier_file`, whomever it was made for.",
    )
    warehouse: Warehouse = Field(
        default="duckdb",
        description="Where customers are: duckdb (data directory) or snowflake.",
    )
    secrets_dir: Path | None = Field(
        default=None,
        description="Folder of files named as variables in lower case, each with its value.",
    )
    database_url: SecretStr | None = Field(
        default=None,
        description="Where simulations are kept; default: SQLite in the data directory.",
    )
    database_password: SecretStr | None = Field(
        default=None, description="Goes into that URL, which then needs to name a user only."
    )
    database_connections: Annotated[int, Field(ge=2, le=1000)] = Field(
        default=10, description="To PostgreSQL, at most, by each process."
    )
    concurrency: Annotated[int, Field(ge=1, le=4096)] = 32
    max_asks: Annotated[int, Field(ge=1, le=4096)] = Field(
        default=64,
        description="Asks a language model has a part in under way before more are refused.",
    )
    max_computed_asks: Annotated[int, Field(ge=1, le=4096)] = Field(
        default=32, description="Asks of the offline engine under way before more are refused."
    )
    max_streams_per_caller: Annotated[int, Field(ge=0)] = Field(
        default=100, description="Event streams open at once, in each process; 0: any number."
    )
    conversation_turns: Annotated[int, Field(ge=1, le=1000)] = Field(
        default=50, description="Turns a conversation may have."
    )
    conversation_days: Annotated[float, Field(gt=0, le=3650)] = Field(
        default=30.0, description="How long a conversation is kept after its latest turn."
    )
    lease_seconds: Annotated[float, Field(gt=0, le=3600)] = 30.0
    max_unfinished_calls: Annotated[int, Field(ge=1)] = 100_000
    max_unfinished_calls_per_tenant: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Default: no limit but that of all tenants."
    )
    max_running_calls: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="By all processes together; default: no limit."
    )
    call_retries: Annotated[int, Field(ge=0, le=4)] = Field(
        default=2, description="After 5, 30, 180 and 600 seconds, of failures that may pass."
    )
    retention_days: Annotated[float, Field(gt=0)] | None = Field(
        default=90.0, description="How long simulations that ended are kept."
    )
    max_body_bytes: Annotated[int, Field(ge=1024)] = 1024 * 1024
    receive_seconds: Annotated[float, Field(gt=0, le=300)] = 15.0
    drain_seconds: Annotated[float, Field(ge=0, le=300)] = Field(
        default=2.0, description="How long a service told to stop still takes requests."
    )
    grace_seconds: Annotated[float, Field(ge=0, le=600)] = 25.0
    webhook_hosts: HostList = Field(
        default=(), description="Hosts that may be told of ended simulations; none: nobody is."
    )
    webhook_secret: SecretStr | None = Field(
        default=None, description="Signs webhooks: whsec_ and base64; two while one is replaced."
    )
    webhook_to_loopback: bool = Field(
        default=False, description="To try webhooks out: to this machine only, also over http."
    )
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
    spcs_tenants: SpcsTenants = Field(
        default="account",
        description="Whether users of the account share the tenant `public` or have one each.",
    )
    spcs_scopes: Annotated[frozenset[Scope], NoDecode, BeforeValidator(_comma_separated)] = Field(
        default=frozenset({Scope.READ, Scope.RUN}), description="What users of the account may do."
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

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the files of CDT_SECRETS_DIR."""
        folder = os.environ.get("CDT_SECRETS_DIR")
        files = SecretsSettingsSource(settings_cls, secrets_dir=folder)
        return init_settings, env_settings, files

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
    def asks_cortex(self) -> bool:
        """Whether the language model is one of the Snowflake account."""
        match self.model_provider:
            case "cortex" | "cortex_sql":
                return True
            case "openai_compatible" | None:
                return False
            case _:
                assert_never(self.model_provider)

    @property
    def open_to_others(self) -> bool:
        """Whether something in front decides who may come in. Looks at the disk: ask once."""
        return self.allow_unauthenticated or self.in_spcs

    @property
    def store_url(self) -> str:
        """Database URL of the simulations; may hold a password, so never log it."""
        if self.database_url is not None:
            url = self.database_url.get_secret_value()
            password = self.database_password
            return url if password is None else _with_password(url, password)
        return f"sqlite:///{self.store_file}"

    @property
    def store_file(self) -> Path:
        """Where simulations are kept when no database was chosen."""
        return self.data_dir / "simulations.sqlite3"


def _with_password(url: str, password: SecretStr) -> str:
    """The URL with a password for its user, who must be named."""
    parts = urlsplit(url)
    if not parts.username:
        raise SettingMissing("database_url", "a password of a database, a user in its URL:")
    _, at, host = parts.netloc.rpartition("@")
    word = quote(password.get_secret_value().rstrip("\n"), safe="")
    return parts._replace(netloc=f"{parts.username}:{word}{at}{host}").geturl()


def refuse_public_bind(settings: Settings, has_keys: Callable[[Settings], bool]) -> None:
    """Raise PublicBindRefused when the service would be open to more than this machine.

    `has_keys` is asked only where it matters.
    """
    if is_loopback(settings.host) or settings.open_to_others or has_keys(settings):
        return
    raise PublicBindRefused(settings.host)


def is_loopback(host: str) -> bool:
    """Whether an address or the name `localhost` cannot be reached from another machine."""
    if host in USUAL_LOOPBACK:  # asked twice a request, and parsing an address takes its time
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
