"""Settings of a command: the environment, and what its options say instead."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from domain.errors import TwinError

if TYPE_CHECKING:
    from api.settings import Settings


class EnvironmentWrong(TwinError):
    """Variables of the environment, or files of CDT_SECRETS_DIR, that cannot be used."""


def settings_of(**options: object) -> Settings:
    """The settings, with options that were given in place of the variables of their name.

    Raises BadParameter for an option, EnvironmentWrong for a variable that cannot be used.
    """
    from pydantic import ValidationError

    from api.settings import Settings

    _check_secrets()
    given = {name: value for name, value in options.items() if value is not None}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        faults = [(str(fault["loc"][0]), fault["msg"]) for fault in error.errors()]
    for name, words in faults:
        if name in given:
            raise typer.BadParameter(words, param_hint=f"'--{name.replace('_', '-')}'")
    messages = (f"CDT_{name.upper().removeprefix('CDT_')}: {words}" for name, words in faults)
    raise EnvironmentWrong("; ".join(messages))


def _check_secrets() -> None:
    folder = os.environ.get("CDT_SECRETS_DIR")
    if folder and not Path(folder).is_dir():
        raise EnvironmentWrong(f"CDT_SECRETS_DIR: there is no folder {folder}; make it or unset it")
