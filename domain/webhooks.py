"""Webhooks: who may be told that a simulation has ended, at which addresses, and how often."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NoReturn, Protocol

from domain.errors import FieldError, InvalidInput, TwinError
from domain.simulations import SimulationState

POINTER = "/webhook_url"
LONGEST_URL = 2_048
DEFAULT_PORTS = {"https": 443, "http": 80}

# Chosen: five tries over two and a half hours outlast a deployment and a short night alarm.
SECONDS_BEFORE_TRY = (0.0, 5.0, 120.0, 1_200.0, 7_200.0)
MOST_TRIES = len(SECONDS_BEFORE_TRY)

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

# So little is let through that every library reads the same host out of it: no user, no backslash,
# no escape, nothing but ASCII.
_LABEL = r"[a-z0-9](?:[a-z0-9-]*[a-z0-9])?"
_URL = re.compile(
    r"(?P<scheme>https?)://"
    rf"(?P<host>{_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]{{2,45}}\])"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?][!-~]*)?",
    re.ASCII | re.IGNORECASE,
)
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NEVER = tuple(
    ipaddress.ip_network(each)
    for each in (
        "192.0.0.0/24",  # protocol assignments; a cloud keeps its metadata there
        "168.63.129.16/32",  # public by number, but the inner host of another cloud
        "2001::/32",  # tunnels, Teredo and 6to4, whose ends may be hidden addresses
        "2002::/16",
    )
)


class WebhookState(StrEnum):
    """waiting -> delivered | given_up. A delivery waits until its simulation has ended, and on."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    GIVEN_UP = "given_up"


class WebhookFailed(TwinError):
    """A receiver was not told. `lasting`: telling it again would be no use."""

    def __init__(self, fault: str, remedy: str, *, lasting: bool = False) -> None:
        super().__init__(f"the webhook was not delivered ({fault}); {remedy}")
        self.fault = fault
        self.lasting = lasting


class AddressRefused(WebhookFailed):
    """The host's name leads into a network that webhooks must not reach."""

    def __init__(self) -> None:
        super().__init__("address_refused", "its host must have public addresses only")

    def as_input(self) -> InvalidInput:
        """The same, said of the URL in a client's request."""
        detail = "its host must have public addresses only"
        return InvalidInput([FieldError(POINTER, detail, "webhook_address")])


@dataclass(frozen=True, slots=True)
class DueWebhook:
    """An ended simulation whose receiver is to be told, leased to `owner`.

    `message_id` is the same on each of the `tries`, of which this is the latest, from 1 on.
    """

    simulation_id: str
    state: SimulationState
    url: str
    message_id: str
    tries: int
    owner: str


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a webhook URL leads, as its text says; nothing was resolved."""

    scheme: Literal["https", "http"]
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class WebhookRules:
    """Where webhooks may go: the operator's `hosts`, each `name`, `*.name` or either with a port.

    `to_loopback` is for trying webhooks out on one machine: plain http, to loopback and nowhere
    else. No hosts means no webhooks.
    """

    hosts: Collection[str] = ()
    to_loopback: bool = False

    def destination(self, url: str) -> Destination:
        """Where a URL leads. Raises InvalidInput for one that would be refused."""
        if not self.hosts:
            _refuse("webhooks are off here; an operator turns them on by naming hosts", "off")
        found = _read(url)
        if found.scheme == "http" and not self.to_loopback:
            _refuse("must begin with https://", "scheme")
        if not any(_listed(found, entry) for entry in self.hosts):
            _refuse("its host and port are not among those the operator allows", "host")
        literal = _literal(found.host)
        if literal is not None and not self.admits(str(literal)):
            _refuse("its address is not a public one", "address")
        return found

    def admits(self, address: str) -> bool:
        """Whether a webhook may connect to this IP address, a scope id or not."""
        ip = _innermost(ipaddress.ip_address(address.partition("%")[0]))
        return ip.is_loopback if self.to_loopback else _is_public(ip)


def seconds_before_next(tries: int) -> float | None:
    """How long to wait after so many tries that failed; None when that was the last."""
    return SECONDS_BEFORE_TRY[tries] if tries < MOST_TRIES else None


def _read(url: str) -> Destination:
    found = _URL.fullmatch(url) if len(url) <= LONGEST_URL else None
    if found is None or "\\" in url or "#" in url:
        _refuse(
            "must be https://host[:port][/path] in ASCII, without user, fragment or backslash",
            "url",
        )
    scheme: Literal["https", "http"] = "https" if found["scheme"].lower() == "https" else "http"
    port = int(found["port"] or DEFAULT_PORTS[scheme])
    host = found["host"].lower().strip("[]")
    if not 0 < port < 65_536 or _misread_as_number(host):
        _refuse("its host or port cannot be used", "url")
    return Destination(scheme, host, port)


def _misread_as_number(host: str) -> bool:
    """Whether some resolvers take a name for an IPv4 address: 2130706433, 127.1, 0x7f.1, 017.1."""
    last = host.rpartition(".")[2]
    return (last.isdigit() or last.startswith("0x")) and _literal(host) is None


def _listed(found: Destination, entry: str) -> bool:
    name, port = _entry(entry)
    if found.port != (port or DEFAULT_PORTS[found.scheme]):
        return False
    if name.startswith("*."):
        return found.host.endswith(name[1:])
    return found.host == name


def _entry(entry: str) -> tuple[str, int | None]:
    """Host and port of a line of the allow-list; an IPv6 address is in brackets."""
    name, colon, port = entry.strip().lower().rpartition(":")
    if colon and port.isdigit() and not name.endswith(":"):
        return name.strip("[]"), int(port)
    return entry.strip().lower().strip("[]"), None


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _innermost(ip: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it does: the way leads there."""
    if isinstance(ip, ipaddress.IPv4Address):
        return ip
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip


def _is_public(ip: Address) -> bool:
    if ip.is_multicast or any(ip in network for network in _NEVER):
        return False
    return ip.is_global and (ip.version == 4 or ip in _GLOBAL_UNICAST)


def _refuse(detail: str, code: str) -> NoReturn:
    raise InvalidInput([FieldError(POINTER, detail, f"webhook_{code}")])


class WebhookStore(Protocol):
    """Durable webhooks of a SimulationStore; what is said there holds here too.

    A webhook is laid down together with its simulation, and due once that has ended.
    """

    def claim_webhooks(self, owner: str, limit: int, lease_seconds: float) -> Sequence[DueWebhook]:
        """Lease webhooks that are due, or past their lease, and count one try more of each."""
        ...

    def settle_webhook(self, due: DueWebhook, failure: WebhookFailed | None) -> bool:
        """Note how a try went: delivered, due again later, or given up.

        False, changing nothing, when the lease had passed to another.
        """
        ...


class WebhookSender(Protocol):
    """The way to receivers."""

    async def check(self, url: str) -> None:
        """Raise InvalidInput for a URL that would be refused."""
        ...

    async def send(self, due: DueWebhook) -> None:
        """Tell the receiver, once. Raises WebhookFailed."""
        ...
