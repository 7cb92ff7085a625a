"""Conversations as rows: each a tenant's own, its turns numbered from zero without a gap."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Index,
    Integer,
    Select,
    String,
    Table,
    Text,
    and_,
    delete,
    insert,
    select,
    tuple_,
    update,
)

from adapters.store.database.database import MICROSECONDS, Database
from adapters.store.database.rows import UNREADABLE, AnyRow
from adapters.store.database.schema import metadata
from domain.errors import Damaged, StateConflict
from domain.interview import Conversation, Retention, Turn
from domain.personas import Persona

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

conversation = Table(
    "conversation",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("id", String(64), primary_key=True),
    Column("persona_id", String(64), nullable=False),
    Column("segment_id", String(32), nullable=False),
    Column("turns", Integer, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("expires_at", BigInteger, nullable=False),
)
Index("conversation_expiry", conversation.c.expires_at)

turn = Table(
    "turn",
    metadata,
    Column("tenant", String(64), primary_key=True),
    Column("conversation_id", String(64), primary_key=True),
    Column("idx", Integer, primary_key=True),
    Column("turn", Text, nullable=False),
)


class SqlConversations:
    """A ConversationStore on SQLAlchemy Core."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, conversation_id: str, tenant: str) -> Conversation | None:
        """See the port."""
        with self._database.reading() as connection:
            return self._find(connection, conversation_id, tenant)

    def turns(
        self, conversation_id: str, tenant: str, limit: int, after: int = -1
    ) -> Sequence[Turn]:
        """See the port."""
        query = (
            select(turn.c.turn)
            .where(_turns_of(conversation_id, tenant), turn.c.idx > after)
            .order_by(turn.c.idx)
            .limit(limit)
        )
        with self._database.reading() as connection:
            if self._find(connection, conversation_id, tenant) is None:
                return ()
            texts = connection.execute(query).scalars().all()
        return [read_turn(text) for text in texts]

    def add(
        self,
        conversation_id: str,
        tenant: str,
        persona: Persona,
        latest: Turn,
        retention: Retention,
    ) -> None:
        """See the port."""
        with self._database.alone() as connection:
            now = self._database.now(connection)
            _remove_expired(connection, now)
            known = self._find(connection, conversation_id, tenant)
            _refuse_out_of_turn(known, persona, latest)
            values = {
                "turns": latest.index + 1,
                "expires_at": now + round(retention.seconds * MICROSECONDS),
            }
            if known is None:
                row = {
                    "tenant": tenant,
                    "id": conversation_id,
                    "persona_id": persona.persona_id,
                    "segment_id": persona.segment_id,
                    "created_at": now,
                }
                connection.execute(insert(conversation), {**row, **values})
            else:
                own = _is(conversation_id, tenant)
                connection.execute(update(conversation).where(own).values(values))
            connection.execute(insert(turn), _turn_row(conversation_id, tenant, latest))

    def delete(self, conversation_id: str, tenant: str) -> bool:
        """See the port."""
        with self._database.alone() as connection:
            known = connection.execute(self._kept(connection, conversation_id, tenant)).first()
            connection.execute(delete(turn).where(_turns_of(conversation_id, tenant)))
            connection.execute(delete(conversation).where(_is(conversation_id, tenant)))
        return known is not None

    def expire(self) -> int:
        """See the port."""
        with self._database.alone() as connection:
            return _remove_expired(connection, self._database.now(connection))

    def _find(
        self, connection: Connection, conversation_id: str, tenant: str
    ) -> Conversation | None:
        """Raises Damaged."""
        row = connection.execute(self._kept(connection, conversation_id, tenant)).one_or_none()
        return None if row is None else read_conversation(row)

    def _kept(
        self, connection: Connection, conversation_id: str, tenant: str
    ) -> Select[*tuple[Any, ...]]:
        """One whose time is over is gone, removed or not."""
        return select(conversation).where(
            _is(conversation_id, tenant),
            conversation.c.expires_at > self._database.now(connection),
        )


def _refuse_out_of_turn(known: Conversation | None, persona: Persona, said: Turn) -> None:
    """Raise StateConflict unless this is the next turn of what is there."""
    if said.index != (known.turns if known else 0):
        raise StateConflict(
            "another turn of this conversation came in between, and nothing was kept of this one; "
            "put it again, one turn at a time"
        )
    if known is not None and known.persona_id != persona.persona_id:
        raise StateConflict("this conversation was opened with another persona meanwhile")


def _remove_expired(connection: Connection, now: int) -> int:
    over = select(conversation.c.tenant, conversation.c.id).where(conversation.c.expires_at <= now)
    connection.execute(delete(turn).where(tuple_(turn.c.tenant, turn.c.conversation_id).in_(over)))
    gone = connection.execute(delete(conversation).where(conversation.c.expires_at <= now))
    return gone.rowcount


def _is(conversation_id: str, tenant: str) -> ColumnElement[bool]:
    return and_(conversation.c.tenant == tenant, conversation.c.id == conversation_id)


def _turns_of(conversation_id: str, tenant: str) -> ColumnElement[bool]:
    return and_(turn.c.tenant == tenant, turn.c.conversation_id == conversation_id)


def _turn_row(conversation_id: str, tenant: str, said: Turn) -> dict[str, Any]:
    return {
        "tenant": tenant,
        "conversation_id": conversation_id,
        "idx": said.index,
        "turn": said.model_dump_json(),
    }


def read_conversation(row: AnyRow) -> Conversation:
    """A conversation as its row has it. Raises Damaged."""
    try:
        return Conversation(
            id=row.id,
            persona_id=row.persona_id,
            segment_id=row.segment_id,
            turns=row.turns,
            created_at=EPOCH + timedelta(microseconds=row.created_at),
            expires_at=EPOCH + timedelta(microseconds=row.expires_at),
        )
    except UNREADABLE:
        raise Damaged("conversation") from None  # its cause quotes what was said


def read_turn(text: str) -> Turn:
    """A turn as its row has it. Raises Damaged."""
    try:
        return Turn.model_validate_json(text)
    except UNREADABLE:
        raise Damaged("conversation") from None
