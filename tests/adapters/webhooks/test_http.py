"""Webhooks sent to real receivers on loopback, and those that must reach nobody."""

from __future__ import annotations

import base64
import datetime
import json
import os
import socket
import ssl
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from standardwebhooks import Webhook, WebhookVerificationError

from adapters.webhooks.http import LookUp, open_webhooks
from adapters.webhooks.signatures import SecretUnfit, Signatures
from domain.errors import InvalidInput
from domain.simulations.simulation import SimulationState
from domain.webhooks import AddressRefused, DueWebhook, WebhookFailed, WebhookRules
from tests.fakes.webhook_receiver import Receiver, receiving

pytestmark = pytest.mark.anyio

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
NEW_SECRET = "whsec_" + base64.b64encode(bytes(range(1, 33))).decode()
HOST = "hooks.example.com"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as receiver:
        yield receiver


def a_webhook(url: str) -> DueWebhook:
    return DueWebhook("sim_a", SimulationState.SUCCEEDED, url, "msg_1", 1, "worker")


def rules_for(receiver: Receiver, host: str = "127.0.0.1") -> WebhookRules:
    return WebhookRules((f"{host}:{receiver.port}",), to_loopback=True)


def resolving(*answers: Sequence[str]) -> LookUp:
    """A name service that gives these addresses, one answer after the other."""
    left = list(answers)

    async def look_up(_: str, __: int) -> Sequence[tuple[socket.AddressFamily, str]]:
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET6 if ":" in each else socket.AF_INET, each) for each in found]

    return look_up


async def test_what_arrives_is_thin_and_signed_as_the_standard_says(receiver: Receiver) -> None:
    async with open_webhooks(rules_for(receiver), Signatures(SECRET)) as webhooks:
        await webhooks.send(a_webhook(receiver.url))

    (got,) = receiver.received
    payload = Webhook(SECRET).verify(got.body, dict(got.headers))
    assert payload == {"id": "sim_a", "state": "succeeded"}
    assert got.headers["webhook-id"] == "msg_1"
    assert got.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(NEW_SECRET).verify(got.body, dict(got.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(got.body.replace(b"sim_a", b"sim_b"), dict(got.headers))


async def test_while_a_secret_is_replaced_both_verify(receiver: Receiver) -> None:
    both = Signatures(f"{NEW_SECRET} {SECRET}")
    async with open_webhooks(rules_for(receiver), both) as webhooks:
        await webhooks.send(a_webhook(receiver.url))

    (got,) = receiver.received
    for secret in (SECRET, NEW_SECRET):
        assert Webhook(secret).verify(got.body, dict(got.headers))


@pytest.mark.parametrize(
    "secret",
    ["", " ", "whsec_", "whsec_c2hvcnQ=", "hunter2", SECRET.removeprefix("whsec_"), "whsec_%%%%"],
)
def test_a_secret_that_cannot_sign_is_refused(secret: str) -> None:
    with pytest.raises(SecretUnfit) as refusal:
        Signatures(secret)

    assert "hunter2" not in str(refusal.value)


@pytest.mark.parametrize(
    ("status", "lasting"), [(500, False), (429, False), (404, False), (302, False), (410, True)]
)
async def test_only_a_2xx_is_a_delivery(receiver: Receiver, status: int, lasting: bool) -> None:
    receiver.statuses = [status]
    async with open_webhooks(rules_for(receiver), Signatures(SECRET)) as webhooks:
        with pytest.raises(WebhookFailed) as failure:
            await webhooks.send(a_webhook(receiver.url))

    assert failure.value.lasting is lasting


async def test_a_redirect_is_not_followed(receiver: Receiver) -> None:
    with receiving() as elsewhere:
        receiver.statuses, receiver.answer = [307], {"location": elsewhere.url}
        rules = WebhookRules((f"127.0.0.1:{receiver.port}", f"127.0.0.1:{elsewhere.port}"), True)
        async with open_webhooks(rules, Signatures(SECRET)) as webhooks:
            with pytest.raises(WebhookFailed, match="status_307"):
                await webhooks.send(a_webhook(receiver.url))

        assert (len(receiver.received), elsewhere.received) == (1, [])


async def test_a_receiver_that_does_not_answer_in_time_was_not_told(receiver: Receiver) -> None:
    receiver.go_on.clear()
    async with open_webhooks(
        rules_for(receiver), Signatures(SECRET), deadline_seconds=0.2
    ) as webhooks:
        with pytest.raises(WebhookFailed, match="timeout"):
            await webhooks.send(a_webhook(receiver.url))


async def test_a_receiver_that_is_dead_was_not_told(receiver: Receiver) -> None:
    with socket.socket() as bound:  # and does not listen
        bound.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{bound.getsockname()[1]}/"
        rules = WebhookRules((url.removeprefix("http://").strip("/"),), to_loopback=True)
        async with open_webhooks(rules, Signatures(SECRET)) as webhooks:
            with pytest.raises(WebhookFailed, match="not_connected"):
                await webhooks.send(a_webhook(url))


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "169.254.169.254", "64:ff9b::7f00:1"],
)
async def test_a_name_that_leads_into_a_hidden_network_is_refused(
    receiver: Receiver, address: str
) -> None:
    rules, url = WebhookRules((f"{HOST}:{receiver.port}",)), f"https://{HOST}:{receiver.port}/"
    names = resolving([address])
    async with open_webhooks(rules, Signatures(SECRET), look_up=names) as webhooks:
        with pytest.raises(InvalidInput, match="/webhook_url"):
            await webhooks.check(url)
        with pytest.raises(AddressRefused):
            await webhooks.send(a_webhook(url))

    assert receiver.received == []


async def test_one_hidden_address_among_public_ones_is_enough() -> None:
    names = resolving(["93.184.216.34", "127.0.0.1"])
    rules = WebhookRules((HOST,))
    async with open_webhooks(rules, Signatures(SECRET), look_up=names) as webhooks:
        with pytest.raises(InvalidInput):
            await webhooks.check(f"https://{HOST}/")


async def test_a_name_that_leads_elsewhere_after_the_check_reaches_nobody(
    receiver: Receiver,
) -> None:
    rules, url = WebhookRules((f"{HOST}:{receiver.port}",)), f"https://{HOST}:{receiver.port}/"
    names = resolving(["93.184.216.34"], ["127.0.0.1"])
    async with open_webhooks(rules, Signatures(SECRET), look_up=names) as webhooks:
        await webhooks.check(url)
        with pytest.raises(AddressRefused):
            await webhooks.send(a_webhook(url))

    assert receiver.received == []


async def test_the_systems_own_name_for_loopback_is_refused() -> None:
    rules = WebhookRules(("localhost",))
    async with open_webhooks(rules, Signatures(SECRET)) as webhooks:
        with pytest.raises(InvalidInput, match="public addresses only"):
            await webhooks.check("https://localhost/")


async def test_a_name_nobody_knows_now_may_be_known_later() -> None:
    async def unknown(_: str, __: int) -> Sequence[tuple[socket.AddressFamily, str]]:
        raise socket.gaierror

    async with open_webhooks(
        WebhookRules((HOST,)), Signatures(SECRET), look_up=unknown
    ) as webhooks:
        await webhooks.check(f"https://{HOST}/")
        with pytest.raises(WebhookFailed, match="name_not_found"):
            await webhooks.send(a_webhook(f"https://{HOST}/"))


async def test_a_host_struck_off_the_list_is_told_no_more(receiver: Receiver) -> None:
    rules = WebhookRules(("127.0.0.1:1",), to_loopback=True)
    async with open_webhooks(rules, Signatures(SECRET)) as webhooks:
        with pytest.raises(WebhookFailed) as failure:
            await webhooks.send(a_webhook(receiver.url))

    assert failure.value.lasting
    assert receiver.received == []


async def test_a_proxy_in_the_environment_is_not_asked(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as proxy:
        monkeypatch.setenv("HTTP_PROXY", f"http://127.0.0.1:{proxy.port}")
        async with open_webhooks(rules_for(receiver), Signatures(SECRET)) as webhooks:
            await webhooks.send(a_webhook(receiver.url))

        assert (len(receiver.received), proxy.received) == (1, [])


async def test_over_tls_the_name_is_checked_though_an_address_is_dialled(tmp_path: Path) -> None:
    server, client = certified(tmp_path, HOST)
    names = resolving(["127.0.0.1"])
    with receiving(server) as receiver:
        rules = WebhookRules((f"{HOST}:{receiver.port}", f"other.{HOST}:{receiver.port}"), True)
        async with open_webhooks(rules, Signatures(SECRET), tls=client, look_up=names) as webhooks:
            await webhooks.send(a_webhook(f"https://{HOST}:{receiver.port}/hook"))
            with pytest.raises(WebhookFailed, match="tls"):
                await webhooks.send(a_webhook(f"https://other.{HOST}:{receiver.port}/hook"))

        (got,) = receiver.received
        assert got.headers["host"] == f"{HOST}:{receiver.port}"
        assert receiver.server_names == [HOST, f"other.{HOST}"]
        assert json.loads(got.body)["id"] == "sim_a"


async def test_a_certificate_nobody_vouches_for_is_not_trusted(tmp_path: Path) -> None:
    server, _ = certified(tmp_path, HOST)
    with receiving(server) as receiver:
        rules, names = rules_for(receiver, HOST), resolving(["127.0.0.1"])
        async with open_webhooks(rules, Signatures(SECRET), look_up=names) as webhooks:
            with pytest.raises(WebhookFailed, match="tls"):
                await webhooks.send(a_webhook(f"https://{HOST}:{receiver.port}/"))

        assert receiver.received == []


def certified(folder: Path, host: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server that can prove it is `host`, and a client that trusts who says so."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate_file, key_file = folder / "certificate.pem", folder / "key.pem"
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(certificate_file, key_file)
    return server, ssl.create_default_context(cafile=os.fspath(certificate_file))
