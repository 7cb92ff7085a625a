"""Whose word is taken for a client's address: that of proxies the operator named only."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from starlette.types import Receive, Scope, Send
from structlog.testing import capture_logs

from api.addresses import address_in, network_in
from api.admission.rates import WRONG_KEYS
from api.http.proxies import TrustedProxies
from api.settings import Settings
from domain.callers import Scope as May
from domain.keys import make_key, write_line
from tests.api.conftest import Opened
from tests.fakes.customers import FakeCustomers
from tests.fakes.keys import give_key
from tests.hostile.process import request, serving

pytestmark = pytest.mark.anyio

PROXY, OTHER_PROXY, STRANGER = "10.0.0.1", "2001:db8:ff::1", "198.51.100.9"
TRUSTED = (network_in(PROXY), network_in("2001:db8:ff::/48"))
INVENTED = [
    "127.0.0.1",
    "' or 1=1 --",
    "<script>",
    "fe80::1%<b>",
    "x" * 9_000,
    "::",
    "999.1.1.1",
    "",
]


async def seen(peer: str, *headers: tuple[str, str]) -> tuple[str, str]:
    """The client's address and scheme as the application behind the proxies sees them."""
    found: list[tuple[str, str]] = []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        found.append((scope["client"][0], scope["scheme"]))

    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    scope: dict[str, Any] = {"type": "http", "client": (peer, 1), "scheme": "http", "headers": raw}
    await TrustedProxies(app, TRUSTED)(scope, None, None)  # type: ignore[arg-type]  # neither is used
    return found[0]


@pytest.mark.parametrize("name", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Client-IP"])
@pytest.mark.parametrize("peer", ["127.0.0.1", "::1", STRANGER])
async def test_nobody_is_believed_who_is_not_named(peer: str, name: str) -> None:
    assert await seen(peer, (name, "192.0.2.7"), ("X-Forwarded-Proto", "https")) == (peer, "http")


@pytest.mark.parametrize(
    ("told", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("1.1.1.1, 192.0.2.7", "192.0.2.7"),
        (f"1.1.1.1, 192.0.2.7, {OTHER_PROXY}", "192.0.2.7"),
        (f"192.0.2.7, [{OTHER_PROXY}]:4711", "192.0.2.7"),
        ("192.0.2.7:50123", "192.0.2.7"),
        ("[2001:db8::7]:443", "2001:db8::7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::7%eth0", "fe80::7"),
        (OTHER_PROXY, OTHER_PROXY),
        ("192.0.2.7, unknown", PROXY),
        (f"192.0.2.7, _hidden, {OTHER_PROXY}", OTHER_PROXY),
        ("", PROXY),
    ],
)
async def test_the_right_most_address_that_is_no_proxy_of_ours_counts(
    told: str, client: str
) -> None:
    assert await seen(PROXY, ("X-Forwarded-For", told)) == (client, "http")


async def test_a_header_given_twice_is_one_list() -> None:
    twice = (("X-Forwarded-For", "1.1.1.1"), ("X-Forwarded-For", "192.0.2.7"))
    assert (await seen(PROXY, *twice))[0] == "192.0.2.7"


@pytest.mark.parametrize("name", ["Forwarded", "X-Real-IP"])
async def test_what_a_proxy_may_only_hand_on_is_not_believed(name: str) -> None:
    assert (await seen(PROXY, (name, "for=192.0.2.7"), (name, "192.0.2.7")))[0] == PROXY


@pytest.mark.parametrize(
    ("told", "scheme"), [("https", "https"), ("http", "http"), ("javascript", "http"), ("", "http")]
)
async def test_a_trusted_proxy_says_whether_there_was_tls(told: str, scheme: str) -> None:
    assert (await seen(PROXY, ("X-Forwarded-Proto", told)))[1] == scheme


@pytest.mark.parametrize("invented", INVENTED)
async def test_what_a_client_invents_is_never_its_address(invented: str) -> None:
    address, _ = await seen(PROXY, ("X-Forwarded-For", f"{invented}, {STRANGER}"))
    assert address == STRANGER
    alone, _ = await seen(PROXY, ("X-Forwarded-For", invented))
    assert address_in(alone) is not None
    assert "<" not in alone


@pytest.mark.parametrize("named", ["*", "banana", "0.0.0.0/0", "::/0", "10.0.0.1/8"])
def test_proxies_are_named_by_address(named: str) -> None:
    with pytest.raises(ValidationError, match="trusted_proxies"):
        Settings.model_validate({"trusted_proxies": named})


async def test_behind_a_trusted_proxy_each_client_guesses_for_itself_and_logs_have_addresses(
    settings: Settings, customers: FakeCustomers, opened: Opened
) -> None:
    behind = settings.model_copy(update={"trusted_proxies": TRUSTED})
    async with opened(behind, customers) as app:
        good = give_key(app)
        transport = httpx.ASGITransport(app, client=(PROXY, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://twin") as client:

            async def status(client_address: str, key: str) -> int:
                told = {"X-Forwarded-For": f"{secrets.token_hex(4)}, {client_address}"}
                return (
                    await client.get("/personas", headers={**told, "X-API-Key": key})
                ).status_code

            with capture_logs() as lines:
                guesses = [await status(STRANGER, "wrong") for _ in range(WRONG_KEYS + 5)]
                other = await status("192.0.2.7", good["X-API-Key"])

    assert guesses == [401] * WRONG_KEYS + [429] * 5
    assert other == 200
    assert {line["address"] for line in lines if line["event"] == "wrong key"} == {STRANGER}


async def test_a_stranger_by_a_proxy_on_this_machine_needs_a_key(
    settings: Settings, customers: FakeCustomers, opened: Opened
) -> None:
    behind = settings.model_copy(update={"trusted_proxies": TRUSTED})
    async with opened(behind, customers) as app:
        transport = httpx.ASGITransport(app, client=(PROXY, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            told = {"X-Forwarded-For": STRANGER}
            assert (await client.get("/personas", headers=told)).status_code == 403


def test_three_hundred_invented_addresses_make_one_who_guesses(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    _, kept = make_key("brand", frozenset(May), datetime.now(UTC))
    keys.write_text(write_line(kept))
    with serving(tmp_path, CDT_API_KEYS_FILE=str(keys)) as served:
        statuses = [
            served.answer_to(
                request("GET", "/personas", X_API_Key="wrong", X_Forwarded_For=f"192.0.2.{n % 256}")
            )
            for n in range(300)
        ]
    assert statuses == [401] * WRONG_KEYS + [429] * (300 - WRONG_KEYS)
