"""`twin serve` and `doctor`: the service, and whether it has what it needs."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from api.commands.options import AsJson
from api.commands.screen import print_json, progress_bar
from api.doctor import diagnose
from api.open_store import has_keys
from api.prepare import has_twins, prepare
from api.serve import serve_http
from api.settings import Settings, refuse_public_bind

app = typer.Typer()


@app.command()
def serve(
    prepare_first: Annotated[
        bool, typer.Option("--prepare", help="Generate, load and build first where needed.")
    ] = False,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on.")] = None,
) -> None:
    """Serve the API until stopped."""
    given = {"host": host, "port": port}
    settings = Settings.model_validate({k: v for k, v in given.items() if v is not None})
    refuse_public_bind(settings, has_keys)
    twins = has_twins(settings) if prepare_first or settings.carrier_file else True
    if prepare_first and not twins:
        with progress_bar() as show:
            prepare(settings, show)
    serve_http(settings)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Check what the service needs and say how to mend what is missing."""
    findings = asyncio.run(diagnose(Settings()))
    if as_json:
        print_json(findings)
    else:
        for finding in findings:
            sys.stdout.write(
                f"{'ok  ' if finding.ok else 'FAIL'} {finding.part}: {finding.detail}\n"
            )
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)
