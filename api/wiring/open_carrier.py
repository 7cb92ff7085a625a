"""Opens the carrier that the settings name: the operator's, or the reference carrier."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from tomllib import TOMLDecodeError

from pydantic import ValidationError

from api.settings import Settings
from data_generator.carrier import read_carrier, reference_carrier
from domain.catalog import Carrier
from domain.errors import Unavailable

SHOWN = 3  # faults of a carrier's file that are told at once


def carrier_of(settings: Settings) -> Carrier:
    """The carrier to build for: the operator's, or the reference carrier."""
    return _named(settings) or reference_carrier()


def serve_as(settings: Settings) -> Callable[[Carrier], Carrier]:
    """Whose customers those of a build are: its own carrier's, where no file names another.

    What is returned raises Unavailable for a build made for another carrier than the file's,
    unless the settings say that the file's is meant.
    """
    named, meant = _named(settings), settings.serve_other_carrier

    def agreed(built: Carrier) -> Carrier:
        if named is None or named == built:
            return built
        if meant:
            return named.over(built)
        raise Unavailable("the customer base", _two_carriers(named, built))

    return agreed


def _named(settings: Settings) -> Carrier | None:
    if settings.carrier_file is None:
        return None
    try:
        return read_carrier(settings.carrier_file)
    except (OSError, UnicodeDecodeError, TOMLDecodeError) as error:
        what = f"the carrier in CDT_CARRIER_FILE={settings.carrier_file}"
        raise Unavailable(what, f"make it a TOML file that can be read: {error}") from error
    except ValidationError as error:
        what = f"the carrier in CDT_CARRIER_FILE={settings.carrier_file}"
        raise Unavailable(what, f"mend it: {_faults(error)}") from error


def _faults(error: ValidationError) -> str:
    """The first of what is wrong with a carrier, by the names in its file."""
    faults = (f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}" for fault in error.errors())
    return "; ".join(islice(faults, SHOWN))


def _two_carriers(named: Carrier, built: Carrier) -> str:
    """What sets the file's carrier apart from the build's, and the ways out."""
    whose = named.name
    if named.name == built.name:
        pairs = ((n, getattr(named, n), getattr(built, n)) for n in Carrier.model_fields)
        other = [name for name, ours, theirs in pairs if ours != theirs]
        whose = f"it with other {', '.join(other)}"
    return (
        f"it was built for {built.name} and CDT_CARRIER_FILE names {whose}: build again with that "
        f"file, set CDT_SERVE_OTHER_CARRIER=1 to serve it as {named.name} all the same, or take "
        "the variable away"
    )
