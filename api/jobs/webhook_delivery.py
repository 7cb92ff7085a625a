"""Webhook delivery: tells receivers of ended simulations, whichever process ended them."""

from __future__ import annotations

import asyncio
import os
import socket
import uuid

import structlog

from api.jobs.loops import Loop, report
from domain.errors import Unavailable
from domain.webhooks import (
    DueWebhook,
    WebhookFailed,
    WebhookSender,
    WebhookStore,
    seconds_before_next,
)

AT_ONCE = 8
POLL_SECONDS = 1.0  # chosen: one look into an index; nobody needs to ring
LEASE_SECONDS = 60.0  # longer than a try: another process sends again only for one that was killed
GRACE_SECONDS = 2.0

log = structlog.stdlib.get_logger()


class WebhookDelivery:
    """Sends what is due, a few at once, until it is stopped, beside any number of others."""

    def __init__(
        self,
        store: WebhookStore,
        sender: WebhookSender,
        *,
        poll_seconds: float = POLL_SECONDS,
        lease_seconds: float = LEASE_SECONDS,
    ) -> None:
        self._store = store
        self._sender = sender
        self._lease_seconds = lease_seconds
        self._owner = f"{socket.gethostname()}/{os.getpid()}/{uuid.uuid4().hex[:8]}"
        self._under_way: set[asyncio.Task[None]] = set()
        self._rounds = Loop("webhooks", self._round, poll_seconds)

    def start(self) -> None:
        """Begin in the running event loop."""
        self._rounds.start()

    async def end(self) -> None:
        """Start no more; what does not end soon is left to whoever takes its lease over."""
        ending = asyncio.create_task(self._rounds.end())
        if self._under_way:
            _, late = await asyncio.wait(self._under_way, timeout=GRACE_SECONDS)
            for task in late:
                task.cancel()
        await ending

    async def check(self, url: str) -> None:
        """Raise InvalidInput for a URL that would be refused."""
        await self._sender.check(url)

    async def _round(self) -> bool:
        due = await asyncio.to_thread(
            self._store.claim_webhooks, self._owner, AT_ONCE, self._lease_seconds
        )
        if not due:
            return False
        self._under_way = {asyncio.create_task(self._deliver(each)) for each in due}
        await asyncio.wait(self._under_way)
        self._under_way = set()
        return len(due) == AT_ONCE

    async def _deliver(self, due: DueWebhook) -> None:
        failure: WebhookFailed | None = None
        try:
            await self._sender.send(due)
        except WebhookFailed as error:
            failure = error
        try:
            await asyncio.to_thread(self._store.settle_webhook, due, failure)
        except Unavailable as error:
            # Its lease runs out, and it is sent again under the same id.
            report("webhook not settled", error, simulation_id=due.simulation_id)
        _tell(due, failure)


def _tell(due: DueWebhook, failure: WebhookFailed | None) -> None:
    where = {"simulation_id": due.simulation_id, "tries": due.tries}
    if failure is None:
        log.info("webhook delivered", **where)
    elif failure.lasting or seconds_before_next(due.tries) is None:
        log.error("webhook given up", reason=failure.fault, **where)
    else:
        log.warning("webhook put off", reason=failure.fault, **where)
