from __future__ import annotations

import re

import pytest

from api.admission.rates import WRONG_KEYS, Rates
from api.representations.problems import Refused

pytestmark = pytest.mark.anyio


async def test_a_key_is_told_what_it_has_left_and_then_to_wait() -> None:
    rates = Rates(requests_per_minute=3)
    left = [(await rates.count_request("one"))["RateLimit"] for _ in range(3)]
    assert [re.fullmatch(r'"requests";r=(\d);t=(\d+)', text)[1] for text in left] == ["2", "1", "0"]  # type: ignore[index]  # each matches
    with pytest.raises(Refused, match="3 requests a minute") as refused:
        await rates.count_request("one")
    assert refused.value.kind.status == 429
    assert 1 <= int(refused.value.headers["Retry-After"]) <= 60
    assert refused.value.headers["RateLimit-Policy"] == '"requests";q=3;w=60'


async def test_keys_do_not_wait_for_each_other() -> None:
    rates = Rates(requests_per_minute=1)
    await rates.count_request("one")
    assert '"requests";r=0' in (await rates.count_request("another"))["RateLimit"]


async def test_without_a_limit_nothing_is_told() -> None:
    rates = Rates(requests_per_minute=0)
    assert [await rates.count_request("one") for _ in range(3)] == [{}, {}, {}]


@pytest.mark.parametrize(
    ("guesser", "same", "other"),
    [
        ("192.0.2.7", "192.0.2.7", "192.0.2.8"),
        ("2001:db8::1", "2001:db8::ffff:1", "2001:db8:0:1::1"),
    ],
)
async def test_an_address_that_shows_wrong_keys_is_heard_no_more(
    guesser: str, same: str, other: str
) -> None:
    rates = Rates(requests_per_minute=0)
    for _ in range(WRONG_KEYS):
        await rates.refuse_guessing(guesser)
        await rates.count_wrong_key(guesser)
    with pytest.raises(Refused, match="wrong keys"):
        await rates.refuse_guessing(same)
    await rates.refuse_guessing(other)
