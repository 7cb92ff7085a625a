"""Rates: how many requests a key may send and how many wrong keys an address, a minute.

A moving window in the memory of this process: with N processes a key has N times as many.
"""

from __future__ import annotations

import ipaddress
import math
import time

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import MovingWindowRateLimiter

from api.representations.problems import RATE_LIMITED, Refused

WRONG_KEYS = 30  # chosen: a client with a wrong key in a loop stands out, a typing error not


class Rates:
    """Counts requests by key and wrong keys by address; a limit of 0 is none."""

    def __init__(self, requests_per_minute: int, wrong_keys_per_minute: int = WRONG_KEYS) -> None:
        self._most = requests_per_minute
        self._most_wrong = wrong_keys_per_minute
        self._wrong_keys = RateLimitItemPerMinute(max(1, wrong_keys_per_minute))
        self._requests = RateLimitItemPerMinute(max(1, requests_per_minute))
        self._windows = MovingWindowRateLimiter(MemoryStorage())

    async def count_request(self, key_id: str) -> dict[str, str]:
        """The headers that tell the client what it has left. Raises Refused with 429."""
        if not self._most:
            return {}
        admitted = await self._windows.hit(self._requests, "key", key_id)
        resets_at, left = await self._windows.get_window_stats(self._requests, "key", key_id)
        seconds = _seconds_until(resets_at)
        headers = {
            "RateLimit-Policy": f'"requests";q={self._most};w=60',
            "RateLimit": f'"requests";r={left};t={seconds}',
        }
        if not admitted:
            detail = f"a key may send {self._most:,} requests a minute; go on in {seconds} s"
            raise Refused(RATE_LIMITED, detail, headers={**headers, "Retry-After": str(seconds)})
        return headers

    async def refuse_guessing(self, address: str) -> None:
        """Raise Refused with 429 when this address has shown too many wrong keys."""
        who = _network(address)
        if not self._most_wrong or await self._windows.test(self._wrong_keys, "wrong", who):
            return
        resets_at, _ = await self._windows.get_window_stats(self._wrong_keys, "wrong", who)
        seconds = _seconds_until(resets_at)
        detail = f"too many wrong keys from your address; try again in {seconds} s"
        raise Refused(RATE_LIMITED, detail, headers={"Retry-After": str(seconds)})

    async def count_wrong_key(self, address: str) -> None:
        """Note that this address has shown a wrong key."""
        await self._windows.hit(self._wrong_keys, "wrong", _network(address))


def _network(address: str) -> str:
    """Whose address it is: with IPv6 one client has 2^64 of them."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    return str(ipaddress.ip_network((int(parsed), 64), strict=False))


def _seconds_until(moment: float) -> int:
    return max(1, math.ceil(moment - time.time()))
