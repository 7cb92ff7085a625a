"""Dependencies: what routes have in common, from the services behind them to pages and ETags."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar, cast

from fastapi import Depends, Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from api.bootstrap import Services
from api.problems import NOT_ACCEPTABLE, Refused, bad_query

Item = TypeVar("Item", bound=BaseModel)

JSON = "application/json"


class Page(BaseModel, Generic[Item]):
    """Part of a list. `next_cursor` gives the rest, null at the end."""

    items: list[Item]
    next_cursor: str | None = None


@dataclass(frozen=True, slots=True)
class PageWanted:
    """How many items, and the key of the last one seen, None at the start."""

    limit: int
    after: str | None


def services_of(request: Request) -> Services:
    """The services opened at start."""
    return cast("Services", request.app.state.services)


def page_wanted(
    limit: Annotated[int, Query(ge=1, le=100, description="Most items to return.")] = 20,
    cursor: Annotated[
        str | None, Query(max_length=500, description="`next_cursor` of the page before.")
    ] = None,
) -> PageWanted:
    """The page a request asks for; 422 on a cursor no list gave out."""
    return PageWanted(limit, None if cursor is None else read_cursor(cursor))


def accepts_json(request: Request) -> None:
    """Refuse with 406 a client that cannot take JSON."""
    if not accepts(request.headers.get("accept", "*/*"), JSON):
        raise Refused(NOT_ACCEPTABLE, f"this answers {JSON}; send Accept: {JSON}")


def accepts(header: str, media_type: str) -> bool:
    """Whether an Accept header admits a media type: the most specific range decides (RFC 9110)."""
    major = media_type.partition("/")[0]
    quality = dict(_media_range(part) for part in header.split(","))
    for name in (media_type, f"{major}/*", "*/*"):
        if name in quality:
            return quality[name] > 0
    return not header.strip()


def _media_range(part: str) -> tuple[str, float]:
    name, *parameters = (piece.strip().lower() for piece in part.split(";"))
    for parameter in parameters:
        if parameter.startswith("q="):
            return name, _quality(parameter[2:])
    return name, 1.0


def _quality(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0


ServicesOf = Annotated[Services, Depends(services_of)]
PageOf = Annotated[PageWanted, Depends(page_wanted)]


def paged(items: Sequence[Item], key: Callable[[Item], str], wanted: PageWanted) -> Page[Item]:
    """A page of `items`, which are ordered by `key`."""
    left = [item for item in items if wanted.after is None or key(item) > wanted.after]
    shown = left[: wanted.limit]
    more = len(left) > len(shown)
    return Page[Item](items=shown, next_cursor=write_cursor(key(shown[-1])) if more else None)


def write_cursor(after: str) -> str:
    """An opaque cursor that leads past the item of this key."""
    return base64.urlsafe_b64encode(after.encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> str:
    """The key in a cursor; 422 when it is none of ours."""
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except (UnicodeError, binascii.Error):
        raise bad_cursor() from None


def bad_cursor() -> Refused:
    """The refusal of a cursor that no list gave out."""
    return bad_query("cursor", "not a cursor of this list; start without one", "bad_cursor")


def tagged(request: Request, content: BaseModel) -> Response:
    """The content with its ETag, or 304 when the client has it already."""
    body = content.model_dump_json().encode()
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"}
    if _matches(request.headers.get("if-none-match"), etag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=JSON)


def _matches(header: str | None, etag: str) -> bool:
    if header is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return etag in tags or tags == ["*"]
