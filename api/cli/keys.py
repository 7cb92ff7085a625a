"""`twin keys`: makes, lists and revokes the keys of a service, in the database it shares."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.command import Command, Group, telling_options
from api.cli.options import AsJson
from api.cli.settings import settings_of
from domain.callers import PUBLIC, Scope
from domain.errors import NotFound

if TYPE_CHECKING:
    from rich.table import Table

    from domain.keys import ApiKey

app = typer.Typer(
    name="keys", cls=Group, help="Make, list and revoke API keys.", rich_markup_mode=None
)

SHOWN_ONCE = "This is shown once and kept nowhere; send it as X-API-Key."


@app.command(cls=Command)
def create(
    tenant: Annotated[str, typer.Option(help="Whose simulations it is to see.")] = PUBLIC,
    scopes: Annotated[str, typer.Option(help="Of read, run and admin.")] = "read,run",
    name: Annotated[str, typer.Option(help="What it is for; shown in the list.")] = "",
    expires: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="The first day, by UTC, on which it is no good."),
    ] = None,
    as_line: Annotated[
        bool, typer.Option("--as-line", help="Keep it nowhere: print the line of a key file too.")
    ] = False,
) -> None:
    """Make a key and print it. From the first one on, nobody is let in without a key."""
    from api.wiring.open_store import open_keys
    from domain.keys import make_key, write_line

    now = datetime.now(UTC)
    if as_line and (expires or name):
        raise typer.BadParameter("a line has neither name nor end", param_hint="'--as-line'")
    granted, end = _scopes(scopes), _end(expires, now)
    with telling_options():
        shown, api_key = make_key(tenant, granted, now, name=name, expires_at=end)
    if not as_line:
        with open_keys(settings_of()) as keys:
            keys.add(api_key)
    sys.stderr.write(f"{SHOWN_ONCE}\n")
    sys.stdout.write(f"{shown}\n")
    if as_line:
        sys.stderr.write("The line for CDT_API_KEYS_FILE, which opens nothing by itself:\n")
        sys.stdout.write(f"{write_line(api_key)}\n")


@app.command("list", cls=Command)
def list_keys(
    as_json: AsJson = False,
) -> None:
    """List the keys there ever were, without what opens anything."""
    from api.cli.console import console
    from api.wiring.open_store import open_keys

    with open_keys(settings_of()) as store:
        keys = store.all()
    if as_json:
        shown = [key.model_dump(mode="json", exclude={"hashed"}) for key in keys]
        sys.stdout.write(f"{json.dumps(shown, indent=2)}\n")
    else:
        console().print(_table(keys))


@app.command(cls=Command)
def revoke(
    key_id: Annotated[str, typer.Argument(metavar="ID", help="See `twin keys list`.")],
) -> None:
    """Make a key useless for good, in all processes within seconds."""
    from api.admission.keyring import REMEMBERED_SECONDS
    from api.wiring.open_store import open_keys

    with open_keys(settings_of()) as keys:
        revoked = keys.revoke(key_id, datetime.now(UTC))
    if not revoked:
        raise NotFound("key that is still good", "see `twin keys list`")
    sys.stdout.write(f"revoked; no process lets it in after {REMEMBERED_SECONDS:g} s\n")


def _scopes(text: str) -> frozenset[Scope]:
    try:
        return frozenset(Scope(part.strip()) for part in text.split(","))
    except ValueError as error:
        known = ", ".join(Scope)
        raise typer.BadParameter(f"use some of {known}", param_hint="'--scopes'") from error


def _end(day: datetime | None, now: datetime) -> datetime | None:
    end = None if day is None else day.replace(tzinfo=UTC)
    if end is not None and end <= now:
        raise typer.BadParameter("must be a day to come", param_hint="'--expires'")
    return end


def _table(keys: Sequence[ApiKey]) -> Table:
    from rich.table import Table

    table = Table("id", "tenant", "name", "scopes", "created", "last used", "expires", "revoked")
    for key in keys:
        times = (key.created_at, key.last_used_at, key.expires_at, key.revoked_at)
        table.add_row(
            key.id, key.tenant, key.name, " ".join(sorted(key.scopes)), *map(_moment, times)
        )
    return table


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
