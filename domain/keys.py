"""Keys: what a client shows to be let in, and what is kept to know it again.

Only the SHA-256 of a key is kept. Slow or salted hashes protect secrets that people choose; a
secret of 256 random bits can neither be guessed nor looked up, and is checked on every request.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Protocol

from pydantic import Field

from domain.callers import Caller, Scope
from domain.values import Value

SECRET_BYTES = 32
KEY = re.compile(r"cdt_([0-9a-f]{16})_[0-9a-f]{64}")
LINE = re.compile(r"([0-9a-f]{16}):([^:]+):([^:]+):([0-9a-f]{64})")

KeyId = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
KeyHash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Tenant = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
KeyName = Annotated[str, Field(max_length=100)]


class ApiKey(Value):
    """A key as it is kept. `hashed` is the SHA-256 of all of it, in hexadecimal.

    `last_used_at` is right to about a minute.
    """

    id: KeyId
    tenant: Tenant
    scopes: Annotated[frozenset[Scope], Field(min_length=1)]
    hashed: KeyHash
    created_at: datetime
    name: KeyName = ""
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def caller(self) -> Caller:
        """Who shows this key."""
        return Caller(self.tenant, self.scopes, self.id)

    def opens(self, shown: str, now: datetime) -> bool:
        """Whether this key is the one shown and still good. Takes as long for any wrong one."""
        same = hmac.compare_digest(self.hashed, hash_of(shown))
        expired = self.expires_at is not None and self.expires_at <= now
        return same and not expired and self.revoked_at is None


def make_key(
    tenant: str,
    scopes: frozenset[Scope],
    now: datetime,
    *,
    name: str = "",
    expires_at: datetime | None = None,
) -> tuple[str, ApiKey]:
    """A new key, to be shown once, and what is kept of it. Raises ValidationError."""
    key_id = secrets.token_hex(8)
    shown = f"cdt_{key_id}_{secrets.token_hex(SECRET_BYTES)}"
    kept = ApiKey(
        id=key_id,
        tenant=tenant,
        scopes=scopes,
        hashed=hash_of(shown),
        created_at=now,
        name=name,
        expires_at=expires_at,
    )
    return shown, kept


def id_of(shown: str) -> str | None:
    """The id in a key, or None when it is no key of ours."""
    found = KEY.fullmatch(shown)
    return found and found[1]


def hash_of(shown: str) -> str:
    """The SHA-256 of a key, in hexadecimal."""
    return hashlib.sha256(shown.encode()).hexdigest()


def write_line(key: ApiKey) -> str:
    """A key as a line of a key file, `id:tenant:scope+scope:hash`. It opens nothing by itself."""
    scopes = "+".join(sorted(key.scopes))
    return f"{key.id}:{key.tenant}:{scopes}:{key.hashed}"


def read_line(line: str, now: datetime) -> ApiKey:
    """The key of a line that write_line wrote. Raises ValueError, which quotes nothing of it."""
    found = LINE.fullmatch(line)
    if found is None:
        raise ValueError("not id:tenant:scopes:hash, as `twin keys create --as-line` prints it")
    key_id, tenant, scopes, hashed = found.groups()
    fields = {"id": key_id, "tenant": tenant, "scopes": scopes.split("+"), "hashed": hashed}
    return ApiKey.model_validate({**fields, "created_at": now})


class KeyStore(Protocol):
    """API keys that all processes of a service share. All methods block. Raises Unavailable."""

    def add(self, key: ApiKey) -> None:
        """Keep a new key."""
        ...

    def find(self, key_id: str) -> ApiKey | None:
        """The key with this id, also when it is no longer good, or None."""
        ...

    def any(self) -> bool:
        """Whether a key was ever made, good or not."""
        ...

    def all(self) -> Sequence[ApiKey]:
        """Every key there ever was, oldest first."""
        ...

    def revoke(self, key_id: str, now: datetime) -> bool:
        """Make a key useless for good; False when there is none or it was revoked before."""
        ...

    def note_use(self, key_id: str, now: datetime) -> None:
        """Note that a key let somebody in."""
        ...
