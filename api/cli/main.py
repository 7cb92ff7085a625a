"""`twin`: the command line over the same services as HTTP.

Nothing is imported before it is needed, so that `twin --help` is quick and Ctrl-C is heard from the
first moment on.
"""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from api.cli.stop import ending_when_told

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

    from api.cli.twin import twin
    from domain.errors import TwinError

    if strange := next((word for word in sys.argv if not _is_text(word)), None):
        return _failed(f"{strange!r} is no text in UTF-8; write it otherwise", code=2)
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
    sys.stderr.write(f"{command}: {_on_one_line(error.format_message())}\n")
    sys.stderr.write(f"Try '{command} --help' for help.\n")
    return error.exit_code


def _failed(words: str, code: int = 1) -> int:
    sys.stderr.write(f"twin: {_on_one_line(words)}\n")
    return code


def _is_text(word: str) -> bool:
    """Whether bytes of the command line could be read: Python hides in a word what could not."""
    return not any("\ud800" <= letter <= "\udfff" for letter in word)


def _on_one_line(words: str) -> str:
    """Words that may quote what was typed, with what moves a cursor written out."""
    return "".join(each if each.isprintable() else repr(each)[1:-1] for each in words)


def _refused() -> type[Exception]:
    """What an ask under load raises; looked up once something was raised that is nothing else."""
    from api.representations.problems import Refused

    return Refused
