"""Open webhooks: settings become a courier, or none where no hosts are named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.webhooks.http import open_webhooks
from adapters.webhooks.signatures import Signatures
from api.jobs.webhook_delivery import Courier
from api.settings import Settings, needed
from domain.webhooks import WebhookRules, WebhookStore


@asynccontextmanager
async def open_courier(settings: Settings, store: WebhookStore) -> AsyncIterator[Courier | None]:
    """The courier these settings ask for. Raises SettingMissing without a secret, SecretUnfit."""
    rules = WebhookRules(settings.webhook_hosts, settings.webhook_to_loopback)
    if not rules.hosts:
        yield None
        return
    secret = needed(settings.webhook_secret, "webhook_secret", "CDT_WEBHOOK_HOSTS")
    async with open_webhooks(rules, Signatures(secret.get_secret_value())) as sender:
        yield Courier(store, sender)
