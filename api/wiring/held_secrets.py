"""Held secrets: what this process knows and nobody may hear from a language model."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pydantic import SecretStr

from api.settings import Settings
from domain.callers import key_at_hand

NOT_WHOLE = frozenset({"database_url", "webhook_secret"})  # of which a part is the secret
MOST_NOTED = 16  # tokens are renewed every few minutes, and old ones are good for an hour


class HeldSecrets:
    """Every secret held at the moment: of the settings, of files, of tokens made, of the request.

    Files that are rewritten while the service runs are read when they are asked about.
    """

    def __init__(self, settings: Settings) -> None:
        self._fixed = frozenset(_of_settings(settings))
        self._token_file = settings.snowflake_token_file
        self._noted: deque[str] = deque(maxlen=MOST_NOTED)

    def note(self, secret: str) -> None:
        """Remember one that was made or read now."""
        if secret not in self._noted:
            self._noted.append(secret)

    def __call__(self) -> Iterator[str]:
        """All of them."""
        yield from self._fixed
        yield from tuple(self._noted)
        yield from _read(self._token_file)
        if shown := key_at_hand.get():
            yield shown


def _of_settings(settings: Settings) -> Iterator[str]:
    for name in type(settings).model_fields:
        value = getattr(settings, name)
        if isinstance(value, SecretStr) and name not in NOT_WHOLE:
            yield value.get_secret_value().strip()
    if settings.webhook_secret is not None:
        yield from settings.webhook_secret.get_secret_value().split()  # two while one is replaced
    if settings.database_url is not None:
        yield from _password_in(settings.database_url.get_secret_value())
    yield from _password_in(settings.model_url or "")
    if settings.snowflake_private_key_file is not None:
        yield from _read(settings.snowflake_private_key_file)


def _password_in(url: str) -> Iterator[str]:
    password = urlsplit(url).password
    if password is not None:
        yield unquote(password)


def _read(path: Path) -> Iterator[str]:
    """What a file holds, without the lines that say what it is. Nothing where there is none."""
    with suppress(OSError, UnicodeDecodeError):
        lines = path.read_text().split("\n")
        yield "".join(line.strip() for line in lines if not line.startswith("-----"))
