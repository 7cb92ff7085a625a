"""Open the models that the settings choose, and say who asks them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from typing import assert_never

import httpx
import structlog

from adapters.chat.billing import Billed
from adapters.chat.cache import Uncached, caching
from adapters.chat.circuit import Circuit
from adapters.chat.cortex import Cortex, address_of
from adapters.chat.credentials import Credentials, RecordedCredentials, Token, TokenFile
from adapters.chat.http_transport import open_transport
from adapters.chat.openai_compatible import OpenAICompatible
from adapters.chat.pacing import CALL_SECONDS, Pacing
from adapters.chat.redaction import Redacted
from adapters.chat.retries import Retries
from adapters.embeddings.cortex import CortexEmbedder
from adapters.embeddings.retries import RetriedEmbedder
from api.extras import needing
from api.jobs.deadlines import STATEMENT_SECONDS
from api.settings import Provider, Settings, needed
from api.telemetry.metered import MeteredChat
from api.telemetry.metrics import Metrics
from api.wiring.held_secrets import HeldSecrets
from domain.errors import ChatFailed
from domain.evidence import ByMeaning, ByWords, Embedder, Retriever
from domain.language_model import ChatModel, KeepingChat

log = structlog.stdlib.get_logger()

EMBED_CONNECTIONS = 4  # chosen: a segment is embedded once per build, a text once per scenario
AI_SESSION = {"STATEMENT_TIMEOUT_IN_SECONDS": int(STATEMENT_SECONDS)}


@asynccontextmanager
async def open_chat(
    settings: Settings, metrics: Metrics | None = None, *, afresh: bool = False
) -> AsyncIterator[KeepingChat | None]:
    """The language model configured, or None; searched, kept, retried, paced, cut off in one place.

    `afresh` has it asked each time, whatever replies the settings have it keep. Raises
    SettingMissing, or Unavailable when the private key cannot be read.
    """
    provider = settings.model_provider
    if provider is None:
        yield None
        return
    secrets = HeldSecrets(settings)
    async with _open_guarded(provider, settings, metrics or Metrics(), secrets) as chat:
        if afresh or not settings.model_cache:
            yield Redacted(Uncached(chat), secrets)
            return
        path, most_bytes = settings.data_dir / "replies.sqlite3", settings.model_cache_mb * 2**20
        async with caching(chat, path, most_bytes, _origin(settings)) as cached:
            yield Redacted(cached, secrets)


@asynccontextmanager
async def _open_guarded(
    provider: Provider, settings: Settings, metrics: Metrics, secrets: HeldSecrets
) -> AsyncIterator[ChatModel]:
    match provider:
        case "cortex_sql":
            with _open_cortex_sql(settings) as sql:
                yield _guarded(sql, settings, metrics, STATEMENT_SECONDS)
        case "cortex":
            async with open_transport(settings.model_concurrency) as transport:
                yield _guarded(_cortex(settings, transport, secrets), settings, metrics)
        case "openai_compatible":
            async with open_transport(settings.model_concurrency) as transport:
                yield _guarded(_openai_compatible(settings, transport), settings, metrics)
        case _:
            assert_never(provider)


@contextmanager
def _open_cortex_sql(settings: Settings) -> Iterator[ChatModel]:
    with needing("snowflake", "CDT_MODEL_PROVIDER=cortex_sql"):
        from adapters.chat.cortex_sql import CortexSql  # noqa: PLC0415 - see open_snowflake
        from api.wiring.open_snowflake import open_sessions  # noqa: PLC0415

    # A pool of its own, for a statement may hold its session for long.
    with (
        open_sessions(settings, AI_SESSION) as sessions,
        closing(CortexSql(sessions, settings.model, settings.snowflake_sessions)) as sql,
    ):
        yield sql


def _guarded(
    bare: ChatModel, settings: Settings, metrics: Metrics, call_seconds: float = CALL_SECONDS
) -> Retries:
    """The model retried, paced, cut off, billed and counted."""
    circuit = Circuit(Billed(MeteredChat(bare, metrics.model)))
    pacing = Pacing(circuit, settings.model_concurrency, call_seconds)
    metrics.watch(
        "cdt_model_circuit_open",
        "1 while the language model is left alone because it refused for good.",
        lambda: circuit.open,
    )
    metrics.watch(
        "cdt_model_concurrency_limit",
        "Calls that may be under way at once; it falls while the provider throttles.",
        lambda: pacing.limit,
    )
    return Retries(pacing)


def _origin(settings: Settings) -> str:
    """Whose replies are kept apart: the same name may be another model elsewhere."""
    where = cortex_url(settings) if settings.asks_cortex else settings.model_url
    return f"{settings.model_provider} {where} {settings.model_reply_format}"


@asynccontextmanager
async def open_retriever(settings: Settings) -> AsyncIterator[Retriever]:
    """The way evidence is found: by meaning with an embedding model, else by shared words."""
    match settings.embeddings:
        case "none":
            yield ByWords()
        case "cortex":
            async with open_transport(EMBED_CONNECTIONS) as transport:
                yield _by_meaning(
                    CortexEmbedder(
                        transport,
                        cortex_url(settings),
                        settings.embedding_model,
                        _credentials(settings),
                    )
                )
        case "cortex_sql":
            with needing("snowflake", "CDT_EMBEDDINGS=cortex_sql"):
                from adapters.embeddings.cortex_sql import CortexSqlEmbedder  # noqa: PLC0415
                from api.wiring.open_snowflake import open_sessions  # noqa: PLC0415

            with (
                open_sessions(settings, AI_SESSION) as sessions,
                closing(CortexSqlEmbedder(sessions, settings.embedding_model)) as embedder,
            ):
                yield _by_meaning(embedder)
        case _:
            assert_never(settings.embeddings)


def _by_meaning(embedder: Embedder) -> ByMeaning:
    return ByMeaning(RetriedEmbedder(embedder), ByWords(), _tell)


def _tell(failure: ChatFailed) -> None:
    log.warning("evidence is found by words while the embedding model fails", error=str(failure))


def _openai_compatible(settings: Settings, transport: httpx.AsyncBaseTransport) -> OpenAICompatible:
    url = needed(settings.model_url, "model_url", "an OpenAI-compatible model")
    return OpenAICompatible(
        transport, url, settings.model, settings.model_api_key, settings.model_reply_format
    )


def _cortex(
    settings: Settings, transport: httpx.AsyncBaseTransport, secrets: HeldSecrets
) -> Cortex:
    url = cortex_url(settings)
    return Cortex(
        transport, url, settings.model, RecordedCredentials(_credentials(settings), secrets.note)
    )


def cortex_url(settings: Settings) -> str:
    """The address chosen, or that of the account; a container's token is good at one host only.

    The address of another vendor's model is not that of Cortex.
    """
    if settings.model_url is not None and settings.model_provider != "openai_compatible":
        return settings.model_url
    match settings.snowflake_auth:
        case "spcs":
            host = needed(settings.snowflake_host, "snowflake_host", "CDT_SNOWFLAKE_AUTH=spcs")
            return f"https://{host}"
        case "keypair" | "pat" | "oauth":
            return address_of(needed(settings.snowflake_account, "snowflake_account", "Cortex"))
        case _:
            assert_never(settings.snowflake_auth)


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
            with needing("snowflake", chosen):
                from adapters.chat.key_pair import KeyPair  # noqa: PLC0415
                from adapters.snowflake.keys import read_key  # noqa: PLC0415

            path = needed(settings.snowflake_private_key_file, "snowflake_private_key_file", chosen)
            return KeyPair(
                needed(settings.snowflake_account, "snowflake_account", chosen),
                needed(settings.snowflake_user, "snowflake_user", chosen),
                read_key(path, settings.snowflake_private_key_passphrase),
            )
        case _:
            assert_never(settings.snowflake_auth)
