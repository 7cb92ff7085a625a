"""Permissions: the scope each route needs, said where the route is declared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Depends, Request
from fastapi.routing import APIRoute, RouteContext, iter_route_contexts
from starlette.routing import BaseRoute

from api.http.authentication import is_open
from api.representations.problems import NOT_PERMITTED, Refused
from domain.callers import Caller, Scope


@dataclass(frozen=True, slots=True)
class Needs:
    """A dependency that lets only callers with this scope pass."""

    scope: Scope

    async def __call__(self, request: Request) -> None:
        """Raise Refused with 403 for other callers."""
        caller: Caller = request.state.caller
        if self.scope not in caller.scopes:
            detail = f"this needs a key with the scope {self.scope}; ask for one"
            raise Refused(NOT_PERMITTED, detail)


READ = Depends(Needs(Scope.READ))
RUN = Depends(Needs(Scope.RUN))
ADMIN = Depends(Needs(Scope.ADMIN))


def scopes_needed(routes: Sequence[BaseRoute]) -> dict[str, Scope | None]:
    """By operation: the scope it needs, None where anybody may come in.

    Raises LookupError when a route does not say, so that none is open by mistake.
    """
    return {
        route.operation_id or str(route.path): _scope_of(route)
        for route in iter_route_contexts(routes)
        if isinstance(route.original_route, APIRoute)
    }


def _scope_of(route: RouteContext) -> Scope | None:
    dependencies = (each.dependency for each in route.dependencies)
    scopes = [need.scope for need in dependencies if isinstance(need, Needs)]
    if len(scopes) == 1:
        return scopes[0]
    if not scopes and is_open(route.path or ""):
        return None
    raise LookupError(f"{route.path}: say dependencies=[READ], [RUN] or [ADMIN], one of them")
