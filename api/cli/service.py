"""`twin serve` and `doctor`: the service, and whether it has what it needs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from api.cli.options import AsJson
from api.cli.settings import settings_of
from api.cli.stop import run_until_told

if TYPE_CHECKING:
    from api.settings import Settings


def serve(
    prepare_first: Annotated[
        bool, typer.Option("--prepare", help="Generate, load and build first where needed.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the API until stopped."""
    settings = settings_of(host=host, port=port)

    from api.cli.bind import holding_address

    with holding_address(settings.host, settings.port) as listener:
        _check_exposure(settings)
        if prepare_first or settings.carrier_file:
            _see_twins(settings, prepare_first=prepare_first)

        from api.cli.serve import serve_http

        serve_http(settings, listener)


def _check_exposure(settings: Settings) -> None:
    from api.settings import refuse_public_bind
    from api.wiring.open_store import has_keys

    refuse_public_bind(settings, has_keys)


def _see_twins(settings: Settings, *, prepare_first: bool) -> None:
    from api.cli.screen import progress_bar
    from api.wiring.prepare import has_twins, prepare

    if not has_twins(settings) and prepare_first:
        with progress_bar() as show:
            prepare(settings, show)


def doctor(as_json: AsJson = False) -> None:
    """Check what the service needs and say how to mend what is missing."""
    from api.cli.doctor import diagnose
    from api.cli.screen import print_json

    findings = run_until_told(diagnose(settings_of()))
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            sys.stdout.write(
                f"{'ok  ' if finding.ok else 'FAIL'} {finding.part}: {finding.detail}\n"
            )
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
