"""Conversations: what was said to a persona, and by it, turn by turn."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from starlette.responses import Response

from api.http.dependencies import CallerOf, PageOf, ServicesOf, bad_cursor, write_cursor
from api.http.openapi import problems
from api.http.permissions import READ, RUN
from api.representations.bodies import ConversationBodyOut
from domain.errors import NotFound
from domain.interview import ConversationId

IdInPath = Annotated[
    ConversationId, Path(description="The `conversation_id` of the ask that opened it.")
]

router = APIRouter(prefix="/conversations", tags=["Personas"], responses=problems(404, 422, 503))


@router.get(
    "/{conversation_id}",
    operation_id="get_conversation",
    dependencies=[READ],
    summary="Read a conversation",
)
def get_conversation(
    conversation_id: IdInPath, services: ServicesOf, caller: CallerOf, page: PageOf
) -> ConversationBodyOut:
    """A conversation and its turns, oldest first. It is kept until `expires_at`."""
    conversations = services.store.conversations
    known = conversations.get(conversation_id, caller.tenant)
    if known is None:
        raise _unknown()
    after = -1 if page.after is None else _index(page.after)
    turns = conversations.turns(conversation_id, caller.tenant, page.limit + 1, after)
    shown = list(turns[: page.limit])
    more = len(turns) > len(shown)
    return ConversationBodyOut(
        **known.model_dump(),
        items=shown,
        next_cursor=write_cursor(str(shown[-1].index)) if more else None,
    )


@router.delete(
    "/{conversation_id}",
    operation_id="delete_conversation",
    dependencies=[RUN],
    summary="Delete a conversation",
    status_code=204,
)
def delete_conversation(
    conversation_id: IdInPath, services: ServicesOf, caller: CallerOf
) -> Response:
    """Remove a conversation and every turn of it, for good."""
    if not services.store.conversations.delete(conversation_id, caller.tenant):
        raise _unknown()
    return Response(status_code=204)


def _unknown() -> NotFound:
    return NotFound("conversation", "the first turn opens one: POST /personas/{id}/ask")


def _index(after: str) -> int:
    if not after.isascii() or not after.isdigit() or len(after) > 9:
        raise bad_cursor()
    return int(after)
