"""Webhooks over HTTP behind the port `WebhookSender`."""
