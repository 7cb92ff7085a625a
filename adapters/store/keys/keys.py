"""API keys as rows: what every process that shares the database lets in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from sqlalchemy import BigInteger, Column, String, Table, insert, select, update

from adapters.store.database.database import Database
from adapters.store.database.rows import UNREADABLE, AnyRow
from adapters.store.database.schema import metadata
from domain.keys import ApiKey

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Of the key itself there is its hash only. Times are microseconds since 1970 UTC.
api_key = Table(
    "api_key",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("tenant", String(64), nullable=False),
    Column("name", String(100), nullable=False),
    Column("scopes", String(64), nullable=False),  # sorted, with a space between them
    Column("hashed", String(64), nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger),
    Column("last_used_at", BigInteger),
    Column("revoked_at", BigInteger),
)


class SqlKeys:
    """A KeyStore on SQLAlchemy Core."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, key: ApiKey) -> None:
        """See the port."""
        with self._database.writing() as connection:
            connection.execute(insert(api_key), _row_of(key))

    def find(self, key_id: str) -> ApiKey | None:
        """See the port."""
        query = select(api_key).where(api_key.c.id == key_id)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else key_of(row)

    def any(self) -> bool:
        """See the port."""
        with self._database.reading() as connection:
            return connection.execute(select(api_key.c.id).limit(1)).one_or_none() is not None

    def all(self) -> Sequence[ApiKey]:
        """See the port."""
        query = select(api_key).order_by(api_key.c.created_at, api_key.c.id)
        with self._database.reading() as connection:
            found = [key_of(row) for row in connection.execute(query)]
        return [key for key in found if key is not None]

    def revoke(self, key_id: str, now: datetime) -> bool:
        """See the port."""
        statement = (
            update(api_key)
            .where(api_key.c.id == key_id, api_key.c.revoked_at.is_(None))
            .values(revoked_at=_micros(now))
        )
        with self._database.writing() as connection:
            return connection.execute(statement).rowcount == 1

    def note_use(self, key_id: str, now: datetime) -> None:
        """See the port."""
        statement = update(api_key).where(api_key.c.id == key_id).values(last_used_at=_micros(now))
        with self._database.writing() as connection:
            connection.execute(statement)


def _row_of(key: ApiKey) -> dict[str, object]:
    return {
        "id": key.id,
        "tenant": key.tenant,
        "name": key.name,
        "scopes": " ".join(sorted(key.scopes)),
        "hashed": key.hashed,
        "created_at": _micros(key.created_at),
        "expires_at": _micros(key.expires_at),
        "last_used_at": _micros(key.last_used_at),
        "revoked_at": _micros(key.revoked_at),
    }


def key_of(row: AnyRow) -> ApiKey | None:
    """The key, None when its row cannot be read: it then lets nobody in."""
    times = ("created_at", "expires_at", "last_used_at", "revoked_at")
    try:
        return ApiKey.model_validate(
            {
                **row._mapping,
                "scopes": row.scopes.split(),
                **{name: _moment(getattr(row, name)) for name in times},
            }
        )
    except (*UNREADABLE, AttributeError):
        return None


def _micros(moment: datetime | None) -> int | None:
    return None if moment is None else (moment - EPOCH) // timedelta(microseconds=1)


def _moment(micros: int | None) -> datetime | None:
    return None if micros is None else EPOCH + timedelta(microseconds=micros)
