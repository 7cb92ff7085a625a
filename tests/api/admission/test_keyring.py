from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.store import SqlSimulationStore, open_store
from adapters.store.keys.key_file import KeyFile
from api.admission.keyring import REMEMBERED_SECONDS, USE_NOTED_SECONDS, Keyring
from domain.callers import Caller, Scope
from domain.errors import Unavailable
from domain.keys import ApiKey, make_key, write_line

pytestmark = pytest.mark.anyio

NOW = datetime.now(UTC)
MAY_READ = frozenset({Scope.READ})


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlSimulationStore]:
    store = open_store(f"sqlite:///{tmp_path / 'store'}", max_unfinished_calls=1)
    yield store
    store.close()


def a_key(store: SqlSimulationStore, **fields: object) -> tuple[str, ApiKey]:
    shown, kept = make_key("brand", MAY_READ, NOW)
    store.keys.add(kept := ApiKey.model_validate({**kept.model_dump(), **fields}))
    return shown, kept


async def test_a_key_lets_in_whom_it_was_made_for(store: SqlSimulationStore, clock: Clock) -> None:
    shown, kept = a_key(store)
    keyring = Keyring(store.keys, clock=clock)
    assert await keyring.caller_of(shown) == Caller("brand", MAY_READ, kept.id)
    assert await keyring.caller_of(shown[:-1] + "x") is None
    assert await keyring.caller_of("cdt_" + "0" * 16 + "_" + "0" * 64) is None


async def test_a_revoked_key_is_let_in_for_seconds_and_no_longer(
    store: SqlSimulationStore, clock: Clock
) -> None:
    shown, kept = a_key(store)
    keyring = Keyring(store.keys, clock=clock)
    await keyring.caller_of(shown)
    store.keys.revoke(kept.id, NOW)
    clock.seconds = REMEMBERED_SECONDS - 0.1
    assert await keyring.caller_of(shown)
    clock.seconds = REMEMBERED_SECONDS
    assert await keyring.caller_of(shown) is None
    assert not keyring.knows(shown)


async def test_a_key_that_expires_is_good_for_nothing_at_once(store: SqlSimulationStore) -> None:
    shown, _ = a_key(store, expires_at=NOW - timedelta(seconds=1))
    assert await Keyring(store.keys).caller_of(shown) is None


async def test_the_first_key_closes_the_service_within_seconds(
    store: SqlSimulationStore, clock: Clock
) -> None:
    keyring = Keyring(store.keys, clock=clock)
    assert not await keyring.in_use()
    _, kept = a_key(store)
    clock.seconds = REMEMBERED_SECONDS
    assert await keyring.in_use()
    store.keys.revoke(kept.id, NOW)
    clock.seconds *= 2
    assert await keyring.in_use()


async def test_keys_of_a_file_are_let_in_until_they_are_taken_out(
    store: SqlSimulationStore, clock: Clock, tmp_path: Path
) -> None:
    shown, kept = make_key("brand", MAY_READ, NOW)
    file = KeyFile(tmp_path / "keys")
    file.path.write_text(write_line(kept))
    keyring = Keyring(store.keys, file, clock)
    assert await keyring.in_use()
    assert await keyring.caller_of(shown) == Caller("brand", MAY_READ, kept.id)
    file.path.write_text("")
    clock.seconds = REMEMBERED_SECONDS
    assert await keyring.caller_of(shown) is None


async def test_a_key_of_the_database_does_not_need_the_file(
    store: SqlSimulationStore, tmp_path: Path
) -> None:
    shown, _ = a_key(store)
    keyring = Keyring(store.keys, KeyFile(tmp_path / "not there"))
    assert await keyring.caller_of(shown)
    with pytest.raises(Unavailable, match="CDT_API_KEYS_FILE"):
        await keyring.caller_of("cdt_" + "0" * 16 + "_" + "0" * 64)


async def test_a_key_is_known_once_it_has_been_let_in(store: SqlSimulationStore) -> None:
    shown, _ = a_key(store)
    keyring = Keyring(store.keys)
    assert not keyring.knows(shown)
    await keyring.caller_of(shown[:-1] + "0")
    await keyring.caller_of(shown)
    assert keyring.knows(shown)
    assert not keyring.knows(shown[:-1] + "x")


async def test_the_last_use_is_written_once_a_minute(clock: Clock) -> None:
    keys = CountingKeys()
    keyring = Keyring(keys, clock=clock)
    for seconds in (0.0, 1.0, USE_NOTED_SECONDS - 1, USE_NOTED_SECONDS, USE_NOTED_SECONDS + 1):
        clock.seconds = seconds
        assert await keyring.caller_of(keys.shown)
    await asyncio.get_running_loop().shutdown_default_executor()
    assert keys.noted == 2


class CountingKeys:
    """A KeyStore of one key that cannot write, and counts how often it was told to."""

    def __init__(self) -> None:
        self.shown, self.key = make_key("brand", MAY_READ, NOW)
        self.noted = 0

    def find(self, key_id: str) -> ApiKey | None:
        return self.key if key_id == self.key.id else None

    def any(self) -> bool:
        return True

    def all(self) -> list[ApiKey]:
        return [self.key]

    def add(self, key: ApiKey) -> None:
        raise AssertionError("no key is added here")

    def revoke(self, key_id: str, now: datetime) -> bool:
        raise AssertionError("no key is revoked here")

    def note_use(self, key_id: str, now: datetime) -> None:
        self.noted += 1
        raise Unavailable("the simulation store", "free some disk")
