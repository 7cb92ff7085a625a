"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
SeedOption = Annotated[int, typer.Option("--seed", min=0, help="Same seed, same result.")]

# Checked where HTTP checks the fields of the same names, and left to its defaults when not given.
Engine = Annotated[
    str | None,
    typer.Option(
        "--engine",
        metavar="ENGINE",
        autocompletion=lambda: ["choice", "grounded", "llm"],
        help="choice, grounded or llm; default: the service's first.",
    ),
]
Seed = Annotated[
    int | None, typer.Option("--seed", help="Same seed, same answer; default: 42, as with HTTP.")
]
MaxCalls = Annotated[int | None, typer.Option(help="Budget: calls of the language model.")]
MaxTokens = Annotated[int | None, typer.Option(help="Budget: tokens of the language model.")]
MaxCostDollars = Annotated[float | None, typer.Option(help="Budget: dollars; needs its prices.")]


def labels_of(texts: Iterable[str]) -> dict[str, str]:
    """Labels by name, of texts like `campaign:spring`. Raises BadParameter on a name that is twice.

    A name has no colon here; what else names and values may have, the schema says.
    """
    labels: dict[str, str] = {}
    for text in texts:
        name, _, value = text.partition(":")
        if name in labels:
            raise typer.BadParameter(f"{name!r} is given twice", param_hint="'--label'")
        labels[name] = value
    return labels
