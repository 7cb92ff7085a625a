"""Open webhooks: settings become their delivery, or none where no hosts are named."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.webhooks.http import open_webhooks
from adapters.webhooks.signatures import Signatures
from api.jobs.webhook_delivery import WebhookDelivery
from api.settings import Settings, needed
from domain.webhooks import WebhookRules, WebhookStore


@asynccontextmanager
async def open_webhook_delivery(
    settings: Settings, store: WebhookStore
) -> AsyncIterator[WebhookDelivery | None]:
    """What delivers webhooks as these settings ask. Raises SettingMissing and SecretUnfit."""
    rules = WebhookRules(settings.webhook_hosts, settings.webhook_to_loopback)
    if not rules.hosts:
        yield None
        return
    secret = needed(settings.webhook_secret, "webhook_secret", "CDT_WEBHOOK_HOSTS")
    async with open_webhooks(rules, Signatures(secret.get_secret_value())) as sender:
        yield WebhookDelivery(store, sender)
