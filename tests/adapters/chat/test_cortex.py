from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from pydantic import SecretStr

from adapters.chat.cortex import Cortex, address_of, body_of
from adapters.chat.credentials import Token, TokenFile
from adapters.chat.key_pair import KeyPair
from adapters.snowflake.keys import account_name, read_key
from domain.errors import ChatRefused, Unavailable
from domain.language_model.chat import ChatModel
from domain.language_model.replies import reaction_schema
from tests.fakes.chat_server import TOKEN, Handler, refusing, saying
from tests.fakes.chats import PROMPT, Make, cortex, opened

EXPIRED_SESSION = saying('{"code": "390112", "message": "Session expired", "success": false}')
BOUND = replace(PROMPT, schema=reaction_schema())


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
def key() -> RSAPrivateKey:
    return generate_private_key(public_exponent=65537, key_size=2048)


def with_token_in(path: Path) -> Make:
    def make(transport: httpx.AsyncBaseTransport, address: str) -> ChatModel:
        return Cortex(transport, address, "claude-haiku-4-5", TokenFile(path))

    return make


@pytest.mark.anyio
async def test_the_token_file_is_read_again_for_each_request(tmp_path: Path) -> None:
    file = tmp_path / "token"
    async with opened(with_token_in(file)) as (chat, server):
        for token in ("first", "second"):
            file.write_text(f"{token}\n")
            server.token = token
            await chat.complete(PROMPT, deadline_seconds=5)
    assert [h["authorization"] for h in server.headers] == ["Bearer first", "Bearer second"]
    assert {h["x-snowflake-authorization-token-type"] for h in server.headers} == {"OAUTH"}


@pytest.mark.anyio
@pytest.mark.parametrize("fault", [refusing(401, "expired"), EXPIRED_SESSION])
async def test_an_expired_token_is_fetched_anew_once(tmp_path: Path, fault: Handler) -> None:
    file = tmp_path / "token"
    file.write_text(TOKEN)
    async with opened(with_token_in(file)) as (chat, server):
        server.script.extend([fault])
        assert (await chat.complete(PROMPT, deadline_seconds=5)).text == server.text
        assert len(server.bodies) == 2
        server.script.extend([fault, fault])
        with pytest.raises(ChatRefused, match="credentials"):
            await chat.complete(PROMPT, deadline_seconds=5)
    assert len(server.bodies) == 4


@pytest.mark.anyio
async def test_a_fixed_token_is_not_shown_twice() -> None:
    async with opened(cortex) as (chat, server):
        server.token = "another"  # noqa: S105 - of nothing but this server
        with pytest.raises(ChatRefused):
            await chat.complete(PROMPT, deadline_seconds=5)
    assert len(server.bodies) == 1


@pytest.mark.anyio
async def test_a_signed_token_names_account_user_and_key(key: RSAPrivateKey) -> None:
    pair = KeyPair("acme-west.eu-central-1", "jane", key, clock=lambda: 1_800_000_000.5)
    headers = pair.headers()
    token = headers["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(
        token, key.public_key(), ["RS256"], options={"verify_exp": False, "verify_iat": False}
    )
    assert headers["x-snowflake-authorization-token-type"] == "KEYPAIR_JWT"
    assert claims["sub"] == "ACME-WEST.JANE"
    assert claims["iss"].startswith("ACME-WEST.JANE.SHA256:")
    assert claims["exp"] - claims["iat"] == 3600


def test_a_signed_token_serves_for_54_minutes_and_until_refused(key: RSAPrivateKey) -> None:
    now = [1_800_000_000.0]
    pair = KeyPair("acme", "jane", key, clock=lambda: now[0])
    tokens = []
    for minutes in (0, 53, 2):
        now[0] += 60 * minutes
        tokens.append(pair.headers()["authorization"])
    assert tokens[0] == tokens[1] != tokens[2]
    now[0] += 1
    assert pair.renewed()
    assert pair.headers()["authorization"] != tokens[2]


@pytest.mark.parametrize(
    ("account", "name"),
    [("acme", "ACME"), ("ab12345.us-east-1.aws", "AB12345"), ("org-acme.global", "ORG")],
)
def test_an_account_is_named_without_its_region(account: str, name: str) -> None:
    assert account_name(account) == name


def test_a_host_has_hyphens_for_underscores() -> None:
    assert address_of("My_Org-Acme_1") == "https://my-org-acme-1.snowflakecomputing.com"


@pytest.mark.parametrize("passphrase", [None, "open sesame"])
def test_a_private_key_is_read_from_its_file(
    key: RSAPrivateKey, tmp_path: Path, passphrase: str | None
) -> None:
    lock = BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()
    file = tmp_path / "key.p8"
    file.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
    read = read_key(file, SecretStr(passphrase) if passphrase else None)
    assert read.private_numbers() == key.private_numbers()
    with pytest.raises(Unavailable, match="private key"):
        read_key(file, SecretStr("wrong"))


def test_no_credential_shows_its_secret(key: RSAPrivateKey, tmp_path: Path) -> None:
    pair = KeyPair("acme", "jane", key)
    signed = pair.headers()["authorization"].removeprefix("Bearer ")
    shown = f"{pair!r} {Token(SecretStr(TOKEN), 'OAUTH')!r} {TokenFile(tmp_path)!r}"
    assert TOKEN not in shown
    assert signed not in shown
    assert "RSAPrivateKey" not in shown


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "na\u00efve"])
def test_a_mangled_token_is_refused_before_it_is_sent(token: str) -> None:
    with pytest.raises(ChatRefused, match="set it again") as caught:
        Token(SecretStr(token), "OAUTH").headers()
    assert not token or token not in str(caught.value)


def test_a_schema_is_sent_only_to_models_that_heed_it() -> None:
    assert "response_format" in body_of("claude-haiku-4-5", BOUND)
    assert "response_format" in body_of("openai-gpt-5-mini", BOUND)
    assert "response_format" not in body_of("llama3.3-70b", BOUND)


def test_a_model_that_reasons_gets_room_for_it_and_no_temperature() -> None:
    plain, reasoning = body_of("llama3.3-70b", PROMPT), body_of("openai-gpt-5-mini", PROMPT)
    assert plain["max_completion_tokens"] == PROMPT.max_tokens
    assert reasoning["max_completion_tokens"] > PROMPT.max_tokens
    assert "temperature" in plain
    assert "temperature" not in reasoning


def test_no_more_tokens_are_asked_for_than_there_can_be() -> None:
    body = body_of("claude-haiku-4-5", replace(PROMPT, max_tokens=100_000))
    assert body["max_completion_tokens"] == 16_384
