"""Published: what everybody may read of a build, as bytes with their ETag, until the next build."""

from __future__ import annotations

import asyncio
import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Protocol, Self

from pydantic import BaseModel

TAKEN_FOR_LIVE_SECONDS = 0.2  # chosen: a look is cheap, but not for the event loop
MOST_KEPT = 128  # chosen: pages and items, 100 KB at most each where segments are eight


@dataclass(frozen=True, slots=True)
class Tagged:
    """JSON as it is sent, and its ETag."""

    body: bytes
    etag: str

    @classmethod
    def of(cls, content: BaseModel) -> Self:
        """The content written out."""
        body = content.model_dump_json().encode()
        return cls(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"')


class Versioned(Protocol):
    """What is published in builds. Raises DatasetMissing without one."""

    @property
    def version(self) -> str:
        """The name of the live build."""
        ...


class Published:
    """Pages and items of the live build. Belongs to one event loop."""

    def __init__(self, builds: Versioned, clock: Callable[[], float] = time.monotonic) -> None:
        self._builds = builds
        self._clock = clock
        self._looked_at = -math.inf
        self._lock = threading.Lock()
        self._version: str | None = None
        self._kept: OrderedDict[Hashable, Tagged] = OrderedDict()

    async def tagged(self, name: Hashable, make: Callable[[], BaseModel]) -> Tagged:
        """What `make` gives, made once per build. A name always goes with the same content.

        Raises DatasetMissing, Unavailable, and what `make` raises, which is asked again then.
        """
        if self._clock() - self._looked_at < TAKEN_FOR_LIVE_SECONDS:
            kept = self._known(name)
            if kept is not None:
                return kept
        return await asyncio.to_thread(self._look, name, make)

    def _look(self, name: Hashable, make: Callable[[], BaseModel]) -> Tagged:
        looked_at, version = self._clock(), self._builds.version
        with self._lock:
            self._looked_at = looked_at
            if version != self._version:
                self._version = version
                self._kept.clear()
        return self._known(name) or self._keep(version, name, Tagged.of(make()))

    def _known(self, name: Hashable) -> Tagged | None:
        with self._lock:
            kept = self._kept.get(name)
            if kept is not None:
                self._kept.move_to_end(name)
            return kept

    def _keep(self, version: str, name: Hashable, made: Tagged) -> Tagged:
        """Keep it, unless another build became live while it was made."""
        with self._lock:
            if version == self._version:
                self._kept[name] = made
                while len(self._kept) > MOST_KEPT:
                    self._kept.popitem(last=False)
        return made
