"""Addresses: of clients and proxies, read from texts that anybody may have written."""

from __future__ import annotations

import ipaddress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


def address_in(text: str) -> Address | None:
    """The address in a text such as 192.0.2.7, 192.0.2.7:80, 2001:db8::1 or [2001:db8::1]:80."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    return _plain(address)


def _plain(address: Address) -> Address:
    """Without a zone, which may be any text, and an IPv4 address as one however it is written."""
    if isinstance(address, IPv6Address):
        return address.ipv4_mapped or IPv6Address(int(address))
    return address


def network_in(text: str) -> Network:
    """The network a setting names, an address being one of its own. Raises ValueError."""
    network = ipaddress.ip_network(text)
    if network.prefixlen == 0:
        raise ValueError(f"{text} is everybody; name the addresses of your proxies")
    return network
