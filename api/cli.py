"""`twin`: the command line over the same services as HTTP.

Nothing is imported before it is needed, so that `twin --help` is quick and Ctrl-C is heard from the
first moment on.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from api.stop import ending_when_told

if TYPE_CHECKING:
    from typer import TyperException


def main() -> None:
    """Run `twin`; what a user can mend is told in a line or two.

    Exit code 2 for what was typed wrong, 1 for what else is to be mended, 130 or 143 when stopped.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may know fewer letters than we write
            stream.reconfigure(errors="backslashreplace")
    with ending_when_told():
        code = _run()
    raise SystemExit(code)


def _run() -> int:
    from typer import TyperException

    from api.commands.twin import twin
    from domain.errors import TwinError

    try:
        return twin(prog_name="twin", standalone_mode=False) or 0
    except TyperException as error:
        return _misused(error)
    except TwinError as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(f"{error.filename or 'a file'}: {error.strerror or error}")
    except _refused() as error:
        return _failed(str(error))


def _misused(error: TyperException) -> int:
    context = getattr(error, "ctx", None)
    command = context.command_path if context else "twin"
    sys.stderr.write(f"{command}: {error.format_message()}\nTry '{command} --help' for help.\n")
    return error.exit_code


def _failed(words: str) -> int:
    sys.stderr.write(f"twin: {words}\n")
    return 1


def _refused() -> type[Exception]:
    """What an ask under load raises; looked up once something was raised that is nothing else."""
    from api.problems import Refused

    return Refused
