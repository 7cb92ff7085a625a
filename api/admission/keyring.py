"""Keyring: which keys let in whom, from a database and a file, remembered for seconds."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from domain.callers import Caller
from domain.errors import Unavailable
from domain.keys import ApiKey, KeyStore, id_of

# How long this process goes on letting in a key that was revoked, and letting everybody in after
# the first key was made.
REMEMBERED_SECONDS = 5.0
USE_NOTED_SECONDS = 60.0  # chosen: a write a minute and key, off the way of the request


class KeyLines(Protocol):
    """Keys that an operator wrote down elsewhere. Raises Unavailable."""

    def keys(self) -> dict[str, ApiKey]:
        """Every key by its id. Blocks."""
        ...


@dataclass(slots=True)
class _Remembered:
    key: ApiKey
    read_at: float
    noted_at: float | None = None


class Keyring:
    """Knows the keys of this service. Raises Unavailable when it cannot look them up.

    Only keys that exist are remembered, so that guessing fills no memory.
    """

    def __init__(
        self,
        store: KeyStore,
        lines: KeyLines | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._lines = lines
        self._clock = clock
        self._remembered: dict[str, _Remembered] = {}
        self._in_use = False
        self._looked_at: float | None = None

    async def in_use(self) -> bool:
        """Whether a key was ever made: from then on nobody is let in without one."""
        if not self._in_use and self._is_old(self._looked_at):
            self._in_use = await asyncio.to_thread(self.look)
            self._looked_at = self._clock()
        return self._in_use

    def look(self) -> bool:
        """Whether there are keys now. Blocks."""
        in_file = self._lines is not None and bool(self._lines.keys())
        return in_file or self._store.any()

    def knows(self, shown: str) -> bool:
        """Whether this process has looked up the key shown before, which costs nothing to say."""
        remembered = self._remembered.get(id_of(shown) or "")
        return remembered is not None and remembered.key.opens(shown, datetime.now(UTC))

    async def caller_of(self, shown: str) -> Caller | None:
        """Whom the key shown lets in, or None when it is wrong, expired or revoked."""
        key_id = id_of(shown)
        remembered = None if key_id is None else await self._read(key_id)
        now = datetime.now(UTC)
        if remembered is None or not remembered.key.opens(shown, now):
            return None
        self._note_use(remembered, now)
        return remembered.key.caller

    async def _read(self, key_id: str) -> _Remembered | None:
        remembered = self._remembered.get(key_id)
        if remembered is not None and not self._is_old(remembered.read_at):
            return remembered
        key = await asyncio.to_thread(self._find, key_id)
        if key is None:
            self._remembered.pop(key_id, None)
            return None
        noted_at = remembered.noted_at if remembered else None
        self._remembered[key_id] = fresh = _Remembered(key, self._clock(), noted_at)
        return fresh

    def _find(self, key_id: str) -> ApiKey | None:
        key = self._store.find(key_id)
        if key is None and self._lines is not None:
            return self._lines.keys().get(key_id)
        return key

    def _note_use(self, remembered: _Remembered, now: datetime) -> None:
        noted_at, seconds = remembered.noted_at, self._clock()
        if noted_at is not None and seconds - noted_at < USE_NOTED_SECONDS:
            return
        remembered.noted_at = seconds
        asyncio.get_running_loop().run_in_executor(None, self._note, remembered.key.id, now)

    def _note(self, key_id: str, now: datetime) -> None:
        with suppress(Unavailable):  # nobody is sent away because a date could not be written
            self._store.note_use(key_id, now)

    def _is_old(self, read_at: float | None) -> bool:
        return read_at is None or self._clock() - read_at >= REMEMBERED_SECONDS
