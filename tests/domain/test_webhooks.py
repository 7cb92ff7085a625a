"""Where webhooks may go: what a URL says, and which addresses are never connected to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidInput
from domain.webhooks import (
    MOST_TRIES,
    Destination,
    WebhookRules,
    seconds_before_next,
)

HOSTS = (
    "hooks.example.com",
    "*.partner.example",
    "api.example.org:8443",
    "[2606:4700::1111]",
    "93.184.216.34",
)
RULES = WebhookRules(HOSTS)

PUBLIC = ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
HIDDEN = [
    "127.0.0.1", "127.8.8.8", "0.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254",
    "100.64.0.1", "192.0.0.8", "192.0.0.192", "168.63.129.16", "198.18.0.1",
    "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "fe80::1", "fe80::1%eth0", "fc00::1", "fec0::1", "ff02::1", "2001:db8::1",
    "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::127.0.0.1",
    "64:ff9b::7f00:1", "64:ff9b:1::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::",
]  # fmt: skip


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("https://hooks.example.com", "hooks.example.com", 443),
        ("https://hooks.example.com/cdt?for=pricing", "hooks.example.com", 443),
        ("HTTPS://Hooks.Example.com:443/", "hooks.example.com", 443),
        ("https://eu.partner.example/", "eu.partner.example", 443),
        ("https://api.example.org:8443/", "api.example.org", 8443),
        ("https://[2606:4700::1111]/", "2606:4700::1111", 443),
        ("https://93.184.216.34/", "93.184.216.34", 443),
    ],
)
def test_a_url_of_an_allowed_host_leads_there(url: str, host: str, port: int) -> None:
    assert RULES.destination(url) == Destination("https", host, port)


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("http://hooks.example.com/", "webhook_scheme"),
        ("https://elsewhere.example/", "webhook_host"),
        ("https://partner.example/", "webhook_host"),
        ("https://evilpartner.example/", "webhook_host"),
        ("https://hooks.example.com.evil.example/", "webhook_host"),
        ("https://hooks.example.com:8443/", "webhook_host"),
        ("https://api.example.org/", "webhook_host"),
        ("https://hooks.example.com:0/", "webhook_url"),
        ("https://hooks.example.com:99999/", "webhook_url"),
        ("https://me:secret@hooks.example.com/", "webhook_url"),
        ("https://hooks.example.com@evil.example/", "webhook_url"),
        ("https://hooks.example.com\\@evil.example/", "webhook_url"),
        ("https://evil.example#@hooks.example.com/", "webhook_url"),
        ("https://hooks.example.com/#part", "webhook_url"),
        ("https://hooks.example.com./", "webhook_url"),
        ("https://hooks%2eexample.com/", "webhook_url"),
        ("https://hoo\u212as.example.com/", "webhook_url"),
        ("https://hooks\u3002example\u3002com/", "webhook_url"),
        ("https://hooks.example.com/a b", "webhook_url"),
        ("https://hooks.example.com/\r\nHost: evil", "webhook_url"),
        (" https://hooks.example.com/", "webhook_url"),
        ("https:hooks.example.com", "webhook_url"),
        ("ftp://hooks.example.com/", "webhook_url"),
        ("file:///etc/passwd", "webhook_url"),
        ("https://hooks.example.com/" + "a" * 2_048, "webhook_url"),
        ("", "webhook_url"),
    ],
)
def test_any_other_url_is_refused_at_its_field(url: str, code: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        RULES.destination(url)

    (fault,) = refusal.value.faults
    assert (fault.pointer, fault.code) == ("/webhook_url", code)
    assert "secret" not in fault.detail


@pytest.mark.parametrize(
    "host", ["2130706433", "0x7f000001", "0x7f.1", "017700000001", "127.1", "127.0.0.01"]
)
def test_a_number_that_a_resolver_takes_for_an_address_is_no_host(host: str) -> None:
    with pytest.raises(InvalidInput, match="cannot be used"):
        WebhookRules((host,)).destination(f"https://{host}/")


@pytest.mark.parametrize("address", HIDDEN)
def test_an_address_that_is_not_public_is_never_connected_to(address: str) -> None:
    assert not RULES.admits(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_a_public_address_may_be_connected_to(address: str) -> None:
    assert RULES.admits(address)


def test_an_operator_who_allows_a_hidden_address_is_not_obeyed() -> None:
    for host in ("127.0.0.1", "[::1]", "[::ffff:10.0.0.1]", "169.254.169.254"):
        with pytest.raises(InvalidInput, match="not a public one"):
            WebhookRules((host,)).destination(f"https://{host}/")


def test_without_hosts_webhooks_are_off() -> None:
    with pytest.raises(InvalidInput, match="webhooks are off"):
        WebhookRules().destination("https://hooks.example.com/")


def test_trying_out_on_loopback_leads_nowhere_else() -> None:
    rules = WebhookRules(("127.0.0.1:8999", "93.184.216.34"), to_loopback=True)

    assert rules.destination("http://127.0.0.1:8999/hook").scheme == "http"
    assert rules.admits("127.0.0.1")
    assert not any(rules.admits(address) for address in PUBLIC)
    with pytest.raises(InvalidInput):
        rules.destination("http://93.184.216.34/")


@given(st.text(max_size=80))
def test_whatever_stands_before_an_at_sign_the_host_is_not_fooled(text: str) -> None:
    with pytest.raises(InvalidInput):
        RULES.destination(f"https://{text}@elsewhere.example/")


def test_pauses_grow_and_end() -> None:
    pauses = [seconds_before_next(tries) for tries in range(1, MOST_TRIES + 1)]

    assert pauses == [5, 120, 1_200, 7_200, None]
