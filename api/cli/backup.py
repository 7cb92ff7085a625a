"""`twin backup` and `restore`: simulations to a file and back."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.settings import settings_of

if TYPE_CHECKING:
    from adapters.store.database.backup import BackupContents


def backup(
    file: Annotated[Path, typer.Argument(help="The file to write; none is replaced.")],
) -> None:
    """Copy simulations to a file, also while a service is at work on them."""
    from adapters.store.database.backup import back_up, file_of

    contents = back_up(file_of(settings_of().store_url), file)
    sys.stdout.write(f"{_counted(contents)}, {contents.bytes:,} bytes, now also in {file}\n")


def restore(
    file: Annotated[Path, typer.Argument(help="A file that `twin backup` wrote.")],
    force: Annotated[
        bool, typer.Option("--force", help="Set aside the simulations that are there.")
    ] = False,
) -> None:
    """Put a backup in the place of the simulations, while no service runs."""
    from adapters.store.database.backup import file_of
    from adapters.store.database.backup import restore as restore_backup

    store = file_of(settings_of().store_url)
    contents, aside = restore_backup(file, store, force=force)
    sys.stdout.write(f"{_counted(contents)} of {file} now in {store}; start the service\n")
    if aside is not None:
        sys.stdout.write(f"what was there before is in {aside}; remove it when nobody needs it\n")


def _counted(contents: BackupContents) -> str:
    return f"{contents.simulations:,} simulation{'' if contents.simulations == 1 else 's'}"
