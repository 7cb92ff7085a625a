"""Open the models that the settings choose, and say who asks them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from adapters.chat.circuit import Circuit
from adapters.chat.cortex import Cortex, address_of
from adapters.chat.credentials import Credentials, KeyPair, Token, TokenFile
from adapters.chat.openai_compatible import OpenAICompatible
from adapters.chat.pacing import Pacing
from adapters.chat.retries import Retries
from adapters.chat.wire import open_transport
from adapters.snowflake.keys import read_key
from api.settings import Settings, needed
from domain.chat import ChatModel


@asynccontextmanager
async def open_chat(settings: Settings) -> AsyncIterator[ChatModel | None]:
    """The language model configured, or None; throttled, retried and cut off in one place.

    Raises SettingMissing, or Unavailable when the private key cannot be read.
    """
    if settings.model_provider is None:
        yield None
        return
    async with open_transport(settings.model_concurrency) as transport:
        bare = _cortex(settings, transport) if settings.model_provider == "cortex" else None
        guarded = Circuit(bare or _openai_compatible(settings, transport))
        yield Retries(Pacing(guarded, settings.model_concurrency))


def _openai_compatible(settings: Settings, transport: httpx.AsyncBaseTransport) -> OpenAICompatible:
    url = needed(settings.model_url, "model_url", "an OpenAI-compatible model")
    return OpenAICompatible(
        transport, url, settings.model, settings.model_api_key, settings.model_reply_format
    )


def _cortex(settings: Settings, transport: httpx.AsyncBaseTransport) -> Cortex:
    return Cortex(transport, cortex_url(settings), settings.model, _credentials(settings))


def cortex_url(settings: Settings) -> str:
    """The address chosen, or that of the account; a container's token is good at one host only."""
    if settings.model_url is not None:
        return settings.model_url
    if settings.snowflake_auth == "spcs":
        host = needed(settings.snowflake_host, "snowflake_host", "CDT_SNOWFLAKE_AUTH=spcs")
        return f"https://{host}"
    return address_of(needed(settings.snowflake_account, "snowflake_account", "Cortex"))


def _credentials(settings: Settings) -> Credentials:
    chosen = f"CDT_SNOWFLAKE_AUTH={settings.snowflake_auth}"
    match settings.snowflake_auth:
        case "spcs":
            return TokenFile(settings.snowflake_token_file)
        case "pat":
            token = needed(settings.snowflake_token, "snowflake_token", chosen)
            return Token(token, "PROGRAMMATIC_ACCESS_TOKEN")
        case "oauth":
            return Token(needed(settings.snowflake_token, "snowflake_token", chosen), "OAUTH")
        case "keypair":
            path = needed(settings.snowflake_private_key_file, "snowflake_private_key_file", chosen)
            return KeyPair(
                needed(settings.snowflake_account, "snowflake_account", chosen),
                needed(settings.snowflake_user, "snowflake_user", chosen),
                read_key(path, settings.snowflake_private_key_passphrase),
            )
