"""ETag cache: what everybody may read of a build, as bytes with their ETag, until the next one."""

from __future__ import annotations

import asyncio
import hashlib
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, Self

from starlette.responses import Response
from starlette.types import Scope

TAKEN_FOR_LIVE_SECONDS = 0.2  # chosen: a look is cheap, but not for the event loop
MOST_KEPT = 128  # chosen: pages and items, 100 KB at most each where segments are eight

CACHING = b"private, no-cache"

Target = tuple[str, bytes]  # the path of a request and its query, as it was written


@dataclass(frozen=True, slots=True)
class Tagged:
    """JSON as it is sent, with its ETag, and the route that answers with it."""

    body: bytes
    etag: str
    route: object = None

    @classmethod
    def of(cls, body: bytes, route: object = None) -> Self:
        """The JSON with the ETag it has."""
        return cls(body, f'"{hashlib.sha256(body).hexdigest()[:32]}"', route)

    def response(self, if_none_match: str | None) -> Response:
        """The answer with all of it, or 304 when the client has it already."""
        return _NotModified(self) if _matches(if_none_match, self.etag) else _Whole(self)


class _Whole(Response):
    """Written without what a response in general may need, which takes as long as sending it."""

    def __init__(self, tagged: Tagged) -> None:
        self.status_code = 200
        self.body = tagged.body
        self.background = None
        self.raw_headers = [
            (b"etag", tagged.etag.encode()),
            (b"cache-control", CACHING),
            (b"content-length", str(len(tagged.body)).encode()),
            (b"content-type", b"application/json"),
        ]


class _NotModified(Response):
    """The client has it already."""

    def __init__(self, tagged: Tagged) -> None:
        self.status_code = 304
        self.body = b""
        self.background = None
        self.raw_headers = [(b"etag", tagged.etag.encode()), (b"cache-control", CACHING)]


class Versioned(Protocol):
    """What is published in builds. Raises DatasetMissing without one."""

    @property
    def version(self) -> str:
        """The name of the live build."""
        ...


class EtagCache:
    """Answers of the live build by what was asked for. Belongs to one event loop."""

    def __init__(self, builds: Versioned, clock: Callable[[], float] = time.monotonic) -> None:
        self._builds = builds
        self._clock = clock
        self._looked_at = -math.inf
        self._lock = threading.Lock()
        self._version: str | None = None
        self._answers: OrderedDict[Target, Tagged] = OrderedDict()

    def ready(self, target: Target) -> Tagged | None:
        """What was made for this target of the live build, None when that has to be looked for."""
        if self._clock() - self._looked_at < TAKEN_FOR_LIVE_SECONDS:
            return self._known(target)
        return None

    async def tagged(self, target: Target, make: Callable[[], Tagged]) -> Tagged:
        """What `make` gives, made once per build. A target always has the same content.

        Raises DatasetMissing, Unavailable, and what `make` raises, which is asked again then.
        """
        if (answer := self.ready(target)) is not None:
            return answer
        return await asyncio.to_thread(self._look, target, make)

    def _look(self, target: Target, make: Callable[[], Tagged]) -> Tagged:
        looked_at, version = self._clock(), self._builds.version
        with self._lock:
            self._looked_at = looked_at
            if version != self._version:
                self._version = version
                self._answers.clear()
        return self._known(target) or self._remember(version, target, make())

    def _known(self, target: Target) -> Tagged | None:
        with self._lock:
            answer = self._answers.get(target)
            if answer is not None:
                self._answers.move_to_end(target)
            return answer

    def _remember(self, version: str, target: Target, made: Tagged) -> Tagged:
        """Keep it, unless another build became live while it was made."""
        with self._lock:
            if version == self._version:
                self._answers[target] = made
                while len(self._answers) > MOST_KEPT:
                    self._answers.popitem(last=False)
        return made


def target_of(scope: Scope) -> Target:
    """What a request asks for, so that one with the same target is answered alike."""
    return scope["path"], scope["query_string"]


def _matches(header: str | None, etag: str) -> bool:
    if header is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return etag in tags or tags == ["*"]
