"""Keys of made-up tenants, kept where the service under test looks for them."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import FastAPI

from api.services import Services
from domain.callers import Scope
from domain.keys import ApiKey, make_key

Headers = dict[str, str]


def give_key(app: FastAPI, *scopes: Scope, tenant: str = "brand", **fields: object) -> Headers:
    """The header that shows a new key of this tenant; with every scope unless some are named."""
    services: Services = app.state.services
    shown, kept = make_key(tenant, frozenset(scopes or Scope), datetime.now(UTC))
    services.store.keys.add(ApiKey.model_validate({**kept.model_dump(), **fields}))
    return {"X-API-Key": shown}
