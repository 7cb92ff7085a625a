"""Signatures: what proves to a receiver that a message is ours (Standard Webhooks 1.0.0)."""

from __future__ import annotations

import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from standardwebhooks import Webhook

from domain.errors import TwinError

PREFIX = "whsec_"
BYTES = range(24, 65)  # what the specification asks of a secret


class SecretUnfit(TwinError):
    """The secret cannot sign. Its text is nowhere in the message."""

    def __init__(self) -> None:
        super().__init__(
            "CDT_WEBHOOK_SECRET must be whsec_ and base64 of 24 to 64 random bytes; make one with "
            'python -c "import base64, os; '
            "print('whsec_' + base64.b64encode(os.urandom(32)).decode())\""
        )


class Signatures:
    """Signs with every secret of a text, separated by spaces: two while one is being replaced.

    Raises SecretUnfit.
    """

    def __init__(self, secrets: str) -> None:
        self._signers = _signers(secrets.split())

    def headers(self, message_id: str, body: str, at: datetime) -> Mapping[str, str]:
        """The three headers of the standard; `at` is UTC and the moment of this try."""
        moment = at.astimezone(UTC)
        signed = (signer.sign(message_id, moment, body) for signer in self._signers)
        return {
            "webhook-id": message_id,
            "webhook-timestamp": str(int(moment.timestamp())),
            "webhook-signature": " ".join(signed),
        }


def _signers(secrets: Sequence[str]) -> Sequence[Webhook]:
    if not secrets:
        raise SecretUnfit
    return [Webhook(_bytes(secret)) for secret in secrets]


def _bytes(secret: str) -> bytes:
    encoded = secret.removeprefix(PREFIX)
    try:
        key = binascii.a2b_base64(encoded + "=" * (-len(encoded) % 4), strict_mode=True)
    except (binascii.Error, ValueError) as error:
        raise SecretUnfit from error
    if secret == encoded or len(key) not in BYTES:
        raise SecretUnfit
    return key
