"""Command: what all commands have in common, from the log to how their options' faults are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

if TYPE_CHECKING:
    from domain.values import Value

    Body = TypeVar("Body", bound=Value)

# Options that are not called like the field of a body; of others the name is the field's.
OPTIONS = {
    "scenario": "the text",
    "scenarios": "the text",
    "question": "the text",
    "segments": "--segment",
    "personas": "--persona",
    "plans": "--plan",
    "states": "--state",
    "labels": "--label",
    "conversation_id": "--conversation",
}
GROUPS = frozenset({"panel", "audience", "budget"})


class Command(TyperCommand):
    """A command that tells of what is wrong with its options by their names, with exit code 2."""

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401, D102 - typer's
        from api.http.request_log import configure_logging
        from domain.errors import InvalidInput

        configure_logging("warning")
        try:
            return super().invoke(ctx)
        except InvalidInput as error:
            faults = [(fault.pointer.split("/")[1:], fault.detail) for fault in error.faults]
            raise _misuse(faults, ctx) from error


class Group(TyperGroup):
    """Commands of one kind; their names alone give their help, with exit code 2."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401, D102 - typer's
        if not args and not ctx.resilient_parsing:  # which completion does
            typer.echo(ctx.get_help())
            ctx.exit(2)
        return super().parse_args(ctx, args)


def body_of(kind: type[Body], **fields: object) -> Body:
    """A body as HTTP takes it, out of options: checked as there, with the defaults it has there.

    Options not given are None, or empty. Raises BadParameter.
    """
    with telling_options():
        return kind.model_validate(_filled(fields))


@contextmanager
def telling_options() -> Iterator[None]:
    """Tell of values that cannot be used by the options they were given with: BadParameter."""
    from pydantic import ValidationError

    try:
        yield
    except ValidationError as error:
        faults = [([str(part) for part in fault["loc"]], fault["msg"]) for fault in error.errors()]
        raise _misuse(faults) from error


def _filled(fields: dict[str, object]) -> dict[str, object]:
    """What there is in fields and in the fields of those; nothing where there is nothing."""
    inner = {k: _filled(v) if isinstance(v, dict) else v for k, v in fields.items()}
    return {name: value for name, value in inner.items() if value not in (None, [], (), {})}


def _misuse(
    faults: Iterable[tuple[list[str], str]], ctx: typer.Context | None = None
) -> typer.BadParameter:
    messages: dict[str, str] = {}
    for path, words in faults:
        messages.setdefault(_option(path), words.removeprefix("Value error, "))
    return typer.BadParameter("; ".join(": ".join(pair) for pair in messages.items()), ctx)


def _option(path: Iterable[str]) -> str:
    """The option that gave the field at a path into a body."""
    inside = [part for part in path if part not in GROUPS]
    if not inside:
        return "the options"
    return OPTIONS.get(inside[0], f"--{inside[0].replace('_', '-')}")
